"""Lists, targets and what `implicit` says of them: writes tests/metrics/implicit.json, which `cargo test` compares with ours.

    <venv>/bin/python benches/quality/metrics_cases.py
"""

import json
import random
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from implicit.evaluation import ranking_metrics_at_k

ITEMS = 400
chance = random.Random(1)


class Lists:
    """What `implicit` takes for a model: it recommends these."""

    def __init__(self, lists):
        self.lists = lists

    def recommend(self, users, _, N=10, **__):
        return np.array([self.lists[user][:N] for user in users], dtype=np.int32), np.zeros((len(users), N))


cases = []
for size in [1, 2, 3, 7, 12, 20, 35, 50, 80, 120] * 3:
    target = chance.sample(range(ITEMS), size)
    # Some of the targets among the first, the rest anywhere.
    ranked = chance.sample(range(ITEMS), ITEMS)
    likely = set(chance.sample(target, chance.randint(0, size)))
    ranked.sort(key=lambda item: chance.random() * (0.2 if item in likely else 1.0))
    cases.append({"list": ranked[:100], "target": sorted(target)})
for case in cases:
    shape = (1, ITEMS)
    test = sp.csr_matrix((np.ones(len(case["target"])), ([0] * len(case["target"]), case["target"])), shape=shape)
    for k in (10, 20, 50, 100):
        told = ranking_metrics_at_k(Lists([case["list"]]), sp.csr_matrix(shape), test, K=k, show_progress=False, num_threads=1)
        # Its precision has min(k, targets) below, which others call recall.
        case["recall" if k in (20, 50) else "ndcg"] = case.get("recall" if k in (20, 50) else "ndcg", []) + [told["precision" if k in (20, 50) else "ndcg"]]
out = Path(__file__).parents[2] / "tests" / "metrics" / "implicit.json"
out.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
