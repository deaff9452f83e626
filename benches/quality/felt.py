"""What is felt of the lists after the first events and after whole histories, with base and without a model. Called by run.mjs.

After so many events the 20 that came next are to be found, and of a whole history its last fifth: of what was rated 4 or more, in order of time.
"""

import sys
import tempfile
from pathlib import Path

import in_full
from common import Data, figure, folds, liked, read, write

FIRST, NEXT = (1, 2, 3, 5, 6, 8, 10), 20
COLUMNS = {
    "ndcg@10": 3,
    "personal@20": 3,
    "personal@5": 3,
    "overlap@20": 3,
    "coverage@20": 3,
    "novelty@20": 2,
    "calibration_kl": 3,
    "ild@20": 3,
    "ips_recall@20": 3,
    "ips_ndcg@20": 3,
}


def asked(histories):
    """What is shown and what is hidden, by how many events are known; of those who have enough."""
    for known in FIRST:
        enough = {viewer: history for viewer, history in histories.items() if len(history) >= known + NEXT}
        yield known, {viewer: history[:known] for viewer, history in enough.items()}, {viewer: history[known : known + NEXT] for viewer, history in enough.items()}
    last = lambda history: max(1, len(history) // 5)
    yield "all", {viewer: history[: -last(history)] for viewer, history in histories.items()}, {viewer: history[-last(history) :] for viewer, history in histories.items()}


def measure(title, sets):
    print(f"\n{title}\n\n| known | {' | '.join(COLUMNS)} |\n|---|{'---|' * len(COLUMNS)}")
    for with_model in (True, False):
        results = {}
        for data, histories in sets:
            for known, shown, hidden in asked(histories):
                write(data.path("shown.csv"), shown)
                write(data.path("hidden.csv"), hidden)
                files = ["--foldin", data.path("shown.csv"), "--target", data.path("hidden.csv"), "--order", "yes"]
                results.setdefault(known, []).append(data.evaluate(with_model, *files))
        for known, of_known in results.items():
            figures = [figure(of_known, name, digits) for name, digits in COLUMNS.items()]
            print(f"| {'base' if with_model else 'no model'}, {known} | {' | '.join(figures)} |", flush=True)
        if with_model:
            exponents = [result["propensity_exponent"] for result in results[1]]
    in_full.measure(sets, exponents, asked)


def main(binary, latest_small, *chosen):
    with tempfile.TemporaryDirectory() as folder:
        if chosen:
            train, shown, hidden = (read(f"{chosen[0]}-B/{name}.csv.gz") for name in ("train", "val_foldin", "val_target"))
            histories = {viewer: history + hidden.get(viewer, []) for viewer, history in shown.items()}
            measure(Path(chosen[0]).name, [(Data(binary, Path(folder) / "data", chosen[1], liked(train), {}), liked(histories))])
        else:
            viewers = liked(read(Path(latest_small) / "ratings.csv.gz"))
            sets = [(Data(binary, Path(folder) / str(fold), Path(latest_small) / "movies.csv", *part), part[1]) for fold, part in enumerate(folds(viewers))]
            measure("ml-latest-small, five folds", sets)


if __name__ == "__main__":
    main(*sys.argv[1:])
