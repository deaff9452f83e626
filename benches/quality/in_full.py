"""The peer of the first events: how many watch both, of all pairs of items and of every training viewer, nothing left out or rounded."""

import csv
import math

import numpy as np

LIST, FIRST, PRIOR = 20, (1, 2, 3, 5, 8), 20
DISCOUNTS = (0.0, 0.3, 0.5, 0.6)
COLUMNS = ("ndcg@10", "personal@20", "ips_recall@20")
GAINS = 1 / np.log2(np.arange(2, 2 + LIST))


class InFull:
    """`P(j | i)`, shrunk by as many viewers of everybody's taste as PRIOR, its mean over the history, by `p_j^-discount`."""

    def __init__(self, data):
        with open(data.path("train.csv")) as file:
            rows = [(row["user"], row["item"]) for row in csv.DictReader(file)]
        self.items = {item: place for place, item in enumerate(sorted({item for _, item in rows}))}
        viewers = {viewer: place for place, viewer in enumerate(dict.fromkeys(viewer for viewer, _ in rows))}
        watched = np.zeros((len(viewers), len(self.items)), np.float32)
        for viewer, item in rows:
            watched[viewers[viewer], self.items[item]] = 1
        both = watched.T @ watched
        self.counts = np.diag(both).copy()
        share = self.counts / len(viewers)
        self.given = (both + PRIOR * share) / (self.counts + PRIOR)[:, None]
        self.share = share

    def figures(self, shown, hidden, exponent, discount):
        """Each viewer's COLUMNS, written anew from their definitions in docs/quality.md."""
        rarity = (self.counts / self.counts.min()) ** (-(exponent + 1) / 2)
        everybody = np.argsort(-self.counts, kind="stable")
        for viewer, history in shown.items():
            known = [self.items[item] for item, *_ in history if item in self.items]
            targets = [self.items.get(item) for item, *_ in hidden[viewer]]
            score = (self.given[known].mean(axis=0) if known else self.share) * self.share**-discount
            score[known] = -np.inf
            listed = np.argsort(-score, kind="stable")[:LIST]
            hits = np.isin(listed, [item for item in targets if item is not None])
            popular = [item for item in everybody[: LIST + len(known)] if item not in known][:LIST]
            most = sorted((1.0 if item is None else rarity[item] for item in targets), reverse=True)[:LIST]
            ndcg = (hits * GAINS)[:10].sum() / GAINS[: min(10, len(targets))].sum()
            yield ndcg, 1 - len(set(listed) & set(popular)) / LIST, rarity[listed][hits].sum() / sum(most)


def measure(sets, exponents, asked):
    """`sets` of data and held-out histories, and the propensity exponent of each; `asked` says what is shown and hidden, by how many events are known."""
    rows = {}
    for (data, histories), exponent in zip(sets, exponents):
        peer = InFull(data)
        for known, shown, hidden in asked(histories):
            for discount in DISCOUNTS if known in FIRST else ():
                rows.setdefault((known, discount), []).extend(peer.figures(shown, hidden, exponent, discount))
    print(f"\nco-watching in full\n\n| known, discount | {' | '.join(COLUMNS)} |\n|---|{'---|' * len(COLUMNS)}")
    for (known, discount), figures in rows.items():
        errors = np.std(figures, axis=0, ddof=1) / math.sqrt(len(figures))
        print(f"| {known}, {discount} | {' | '.join(f'{mean:.3f} ± {error:.3f}' for mean, error in zip(np.mean(figures, axis=0), errors))} |", flush=True)
