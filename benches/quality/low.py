"""How many titles that a viewer will rate 2 or less are in their list, when they say what they rated low, and when they do not.

Called by run.mjs. Of each held-out viewer's ratings the last fifth is hidden (B), or a random fifth (A).
"""

import random
import sys
import tempfile
from pathlib import Path

from common import Data, figure, folds, pooled, read, write


def split(held_out, protocol):
    shown, hidden = {}, {}
    for viewer, history in held_out.items():
        places = range(len(history))
        chosen = random.Random(f"{protocol} {viewer}").sample(places, max(1, len(history) // 5)) if protocol == "A" else places[len(history) * 4 // 5 :]
        chosen = set(chosen)
        shown[viewer] = [row for place, row in enumerate(history) if place not in chosen]
        hidden[viewer] = [row for place, row in enumerate(history) if place in chosen]
    return shown, hidden


def row(name, told, results):
    figures = [figure(results, "ndcg@10"), figure(results, "low@20", 4), figure(results, "personal@20")]
    print(f"| {name}, {told} | {' | '.join(figures)} |", flush=True)


def measure(title, parts):
    """`parts` by protocol: data sets with the viewers that are shown and hidden."""
    for protocol, sets in parts.items():
        print(f"\n{title}, protocol {protocol}\n\n| | ndcg@10 | low@20 | personal@20 |\n|---|---|---|---|")
        for with_model in (True, False):
            results = {}
            for told in (False, True):
                name = "told.csv" if told else "untold.csv"
                for data, shown, hidden in sets:
                    write(data.path(name), shown, rated=told)
                    write(data.path("hidden.csv"), hidden)
                    files = ["--foldin", data.path(name), "--target", data.path("hidden.csv"), "--ratings"]
                    order = ["--order", "yes" if protocol == "B" else "no"]
                    results.setdefault(told, []).append(data.evaluate(with_model, *files, *order))
                row("base" if with_model else "no model", "ratings told" if told else "all watched", results[told])
            less = 1 - pooled(results[True], "low@20")[0] / pooled(results[False], "low@20")[0]
            print(f"  {less:.0%} fewer", file=sys.stderr)


def main(binary, latest_small, *chosen):
    with tempfile.TemporaryDirectory() as folder:
        if chosen:
            parts = {}
            for protocol in "AB":
                train, shown, hidden = (read(f"{chosen[0]}-{protocol}/{name}.csv.gz") for name in ("train", "val_foldin", "val_target"))
                parts[protocol] = [(Data(binary, Path(folder) / protocol, chosen[1], train, shown), shown, hidden)]
            measure(Path(chosen[0]).name, parts)
        else:
            viewers = read(Path(latest_small) / "ratings.csv.gz")
            sets = [Data(binary, Path(folder) / str(fold), Path(latest_small) / "movies.csv", *part) for fold, part in enumerate(folds(viewers))]
            measure("ml-latest-small", {protocol: [(data, *split(data.held_out, protocol)) for data in sets] for protocol in "AB"})


if __name__ == "__main__":
    main(*sys.argv[1:])
