"""Compares watchnext with its peers on the same files. Called by run.mjs."""

import csv
import gzip
import json
import multiprocessing
import random
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from peers import PEERS

warnings.filterwarnings("ignore", module="implicit")
METRICS = ["recall@20", "ndcg@10", "ndcg@100"]
PROCESSES = multiprocessing.get_context("forkserver")
DISCOUNTS = 1 / np.log2(np.arange(2, 102))


def read(path):
    """Viewers' items in order of time."""
    opened = gzip.open(path, "rt") if str(path).endswith(".gz") else open(path)
    with opened as file:
        rows = [(row.get("user") or row["userId"], row.get("item") or row["movieId"], float(row["timestamp"])) for row in csv.DictReader(file)]
    viewers = {}
    for viewer, item, _ in sorted(rows, key=lambda row: row[2]):
        viewers.setdefault(viewer, []).append(item)
    return viewers


def write(path, viewers, first=0):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["user", "item", "timestamp"])
        for viewer, items in viewers.items():
            writer.writerows((viewer, item, place + (0 if isinstance(first, int) else len(first[viewer]))) for place, item in enumerate(items))


def metrics(ranked, target):
    """Recall@20, nDCG@10 and nDCG@100 of one list, written anew here so that watchnext's own are checked."""
    hits = np.array([item in target for item in ranked[:100]], dtype=float)
    ideal = lambda k: DISCOUNTS[: min(k, len(target))].sum()
    return [
        hits[:20].sum() / min(20, len(target)),
        (hits[:10] * DISCOUNTS[: len(hits[:10])]).sum() / ideal(10),
        (hits * DISCOUNTS[: len(hits)]).sum() / ideal(100),
    ]


def matrix(viewers, items):
    rows, columns = [], []
    for place, history in enumerate(viewers):
        known = {items[item] for item in history if item in items}
        rows += [place] * len(known)
        columns += known
    return sp.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(viewers), len(items)))


def evaluate_peer(name, parameters, train, foldin, target):
    fit = PEERS[name][0]
    items = {item: place for place, item in enumerate(dict.fromkeys(item for history in train.values() for item in history))}
    names = list(items)
    start = time.perf_counter()
    score = fit(matrix(list(train.values()), items), parameters)
    seconds = time.perf_counter() - start
    viewers = list(target)
    scores = score(matrix([foldin.get(viewer, []) for viewer in viewers], items))
    results = []
    for row, viewer in zip(scores, viewers):
        row = np.array(row, dtype=float)
        row[[items[item] for item in foldin.get(viewer, []) if item in items]] = -np.inf
        best = np.argsort(-row, kind="stable")[:100]
        results.append(metrics([names[place] for place in best], set(target[viewer])))
    return results, seconds, peak_memory("self")


def peak_memory(process):
    """In kilobytes, since the process's program was started; 0 where the system does not say."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def alone(name, parameters, part):
    """The same in a process of its own, whose peak memory is this peer's."""
    with PROCESSES.Pool(1) as pool:
        return pool.apply(evaluate_peer, (name, parameters, *part))


def supported(train, least=3):
    """Without the items that fewer viewers have, for every system alike: the dense ones could not be inverted in reasonable time."""
    counts = {}
    for items in train.values():
        for item in items:
            counts[item] = counts.get(item, 0) + 1
    return {viewer: [item for item in items if counts[item] >= least] for viewer, items in train.items()}


def split(viewers, protocol, fold, folds):
    """A fifth of the held-out viewers' items is to be found: a random one, or the last."""
    chance = random.Random(f"{protocol} {fold}")
    held_out = [viewer for place, viewer in enumerate(viewers) if place % folds == fold and len(viewers[viewer]) >= 5]
    foldin, target = {}, {}
    for viewer in held_out:
        history = viewers[viewer]
        hidden = set(chance.sample(range(len(history)), max(1, len(history) // 5))) if protocol == "A" else set(range(len(history) * 4 // 5, len(history)))
        foldin[viewer] = [item for place, item in enumerate(history) if place not in hidden]
        target[viewer] = [item for place, item in enumerate(history) if place in hidden]
    train = {viewer: items for viewer, items in viewers.items() if viewer not in target}
    return supported(train), foldin, target


class Watchnext:
    """watchnext's own rows: a way to train and a way to ask."""

    def __init__(self, binary, movies, folder):
        self.binary, self.movies, self.folder = binary, movies, Path(folder)
        self.trained = {}
        self.peak = 0

    def run(self, *arguments):
        with subprocess.Popen([self.binary, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            self.peak = 0
            while process.poll() is None:
                self.peak = max(self.peak, peak_memory(process.pid))
                time.sleep(0.01)
            out = process.stdout.read()
        assert process.returncode == 0, f"watchnext {arguments} failed"
        return out

    def evaluate(self, row, train, foldin, target, protocol):
        files = {name: self.folder / f"{name}.csv" for name in ("train", "foldin", "target", "lists")}
        write(files["train"], train)
        write(files["foldin"], foldin)
        write(files["target"], target, first=foldin)
        kind, shape, scorers = row
        # Both protocols of a fold are learnt from the same viewers.
        key = (kind, shape, hash(tuple(train)))
        model = self.folder / f"{len(self.trained) if key not in self.trained else self.trained[key][0]}.wnm"
        catalog = []
        if self.movies:
            # Popularity from the viewers that are learnt from, and from nobody else.
            catalog = ["--catalog", self.folder / "catalog.json"]
            self.run("catalog", self.movies, "--ratings", files["train"], "--out", catalog[1])
        if kind != "none" and key not in self.trained:
            start = time.perf_counter()
            self.run(kind, "--interactions", files["train"], "--preset", shape, "--out", model, *catalog)
            self.trained[key] = (len(self.trained), time.perf_counter() - start, self.peak)
        _, seconds, peak = self.trained[key] if kind != "none" else (0, 0.0, None)
        asked = ["--no-model"] if kind == "none" else ["--model", model]
        order = ["--order", "yes" if protocol == "B" else "no"]
        told = json.loads(self.run("evaluate", *asked, "--foldin", files["foldin"], "--target", files["target"], "--scorers", scorers, "--predictions", files["lists"], "--json", *order, *catalog))
        lists = {}
        with open(files["lists"]) as file:
            for line in csv.DictReader(file):
                lists.setdefault(line["user"], []).append(line["item"])
        results = [metrics(lists[viewer], set(target[viewer])) for viewer in target]
        for name, value in zip(METRICS, np.mean(results, axis=0)):
            assert abs(told[name] - value) < 1e-9, f"watchnext says {name} {told[name]}, this script {value}"
        return results, seconds, peak or self.peak, told.get("model_bytes")


ROWS = {
    "watchnext, no model": ("none", "", "all"),
    "watchnext nano": ("train", "nano", "history"),
    "watchnext small": ("train", "small", "history"),
    "watchnext base": ("train", "base", "history"),
    "watchnext large": ("train", "large", "history"),
    "watchnext base, tuned": ("tune", "base", "history"),
    "watchnext base, tuned, all scorers": ("tune", "base", "all"),
}


def compare(title, splits, watchnext, protocol):
    rows = {}
    # Each peer's parameters are chosen on viewers held out of the first fold's training part.
    inner = split(splits[0][0], protocol, 0, 10)
    for name, (_, choices) in PEERS.items():
        tried = [np.mean(evaluate_peer(name, choice, *inner)[0], axis=0) for choice in choices] if len(choices) > 1 else [None]
        best = choices[int(np.argmax([values[2] for values in tried]))] if len(choices) > 1 else choices[0]
        for part in splits:
            rows.setdefault(f"{name} {best or ''}".strip(), []).append((*alone(name, best, part), None))
        print(f"  {name} done", file=sys.stderr, flush=True)
    for name, row in ROWS.items():
        if row[2] == "all" and not watchnext.movies:
            continue
        for part in splits:
            rows.setdefault(name, []).append(watchnext.evaluate(row, *part, protocol))
        print(f"  {name} done", file=sys.stderr, flush=True)
    print(f"\n{title}\n\n| | {' | '.join(METRICS)} | model | seconds | memory |\n|---|{'---|' * len(METRICS)}---|---|---|")
    for name, folds in rows.items():
        values = np.array([viewer for fold in folds for viewer in fold[0]])
        mean, error = values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(len(values))
        size = f"{np.mean([fold[3] for fold in folds]) / 1000:.0f} kB" if folds[0][3] else ""
        figures = " | ".join(f"{m:.3f} ± {e:.3f}" for m, e in zip(mean, error))
        print(f"| {name} | {figures} | {size} | {np.mean([fold[1] for fold in folds]):.1f} | {max(fold[2] for fold in folds) / 1024:.0f} MiB |", flush=True)


def main(binary, latest_small, *chosen):
    # Its server must start while this process is small, or all it makes are as large.
    PROCESSES.Pool(1).terminate()
    with tempfile.TemporaryDirectory() as folder:
        watchnext = Watchnext(binary, None if chosen else Path(latest_small) / "movies.csv", folder)
        for protocol, words in (("A", "a random fifth of each history is to be found"), ("B", "the last fifth of each history is to be found")):
            if chosen:
                data = Path(f"{chosen[0]}-{protocol}")
                splits = [tuple(read(data / f"{name}.csv.gz") for name in ("train", "val_foldin", "val_target"))]
                title = f"{data.name}: {words}"
            else:
                folds = 5
                viewers = read(Path(latest_small) / "ratings.csv.gz")
                splits = [split(viewers, protocol, fold, folds) for fold in range(folds)]
                title = f"ml-latest-small, protocol {protocol}, {folds} folds by viewer: {words}"
            compare(title, splits, watchnext, protocol)


if __name__ == "__main__":
    main(*sys.argv[1:])
