"""How good `similar` is on MovieLens latest-small, beside each of its two parts. Called by run.mjs."""

import csv
import gzip
import json
import math
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

FIRST, NEXT, PAIRS, FOLDS, LEAST_TAGS = 20, 5, 20, 5, 3
NO_TAGS = {"in netflix queue"}  # says nothing of a film
DISCOUNTS = 1 / np.log2(np.arange(2, 12))


def rows(path):
    with gzip.open(path, "rt") as file:
        return list(csv.DictReader(file))


def run(*arguments):
    done = subprocess.run([str(argument) for argument in arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert done.returncode == 0, f"{arguments} failed"
    return done.stdout


def ranked(scores, items, source, length):
    order = np.argsort(-scores, kind="stable")[: length + 1]
    return [items[place] for place in order if items[place] != source][:length]


class Systems:
    """Who is asked: watchnext whole and in parts, and the plain cosine of who watched what."""

    def __init__(self, binary, folder, catalog, model, histories):
        self.binary, self.folder, self.catalog = binary, Path(folder), catalog
        items = json.loads(Path(catalog).read_text())["items"]
        self.ids = [item["id"] for item in items]
        bare = self.folder / "bare.json"
        bare.write_text(json.dumps([{"id": item["id"], "title": item["id"]} for item in items]))
        self.arguments = {
            "watchnext": ["--catalog", catalog, "--model", model],
            "its viewers alone": ["--catalog", bare, "--model", model],
            "its content alone": ["--catalog", catalog],
            "with `popularity: 0.1`": ["--catalog", catalog, "--model", model, "--popularity", "0.1"],
        }
        places = {item: place for place, item in enumerate(self.ids)}
        watched = np.zeros((len(histories), len(self.ids)), dtype=np.float32)
        for viewer, history in enumerate(histories):
            watched[viewer, [places[item] for item in history]] = 1
        self.normed = watched / np.maximum(np.linalg.norm(watched, axis=0), 1)
        self.places = places

    def names(self):
        return ["co-watching: cosine of viewers", *self.arguments]

    def lists(self, name, sources, among, length):
        """The first of the list of each source, of those among which it is looked for."""
        if name not in self.arguments:
            kept = [self.places[item] for item in among]
            return {source: ranked(self.normed[:, self.places[source]] @ self.normed[:, kept], among, source, length) for source in sources}
        ids, found = self.folder / "among.txt", self.folder / "lists.csv"
        ids.write_text("\n".join(among))
        run(self.binary, "similar", *self.arguments[name], "--lists", found, "--among", ids, "--limit", length)
        lists = {source: [] for source in sources}
        with open(found) as file:
            for row in csv.DictReader(file):
                if row["item"] in lists:
                    lists[row["item"]].append(row["similar"])
        return lists


def tag_likeness(path):
    """The cosines of what people tagged items with; items with few tags are left out."""
    counts = {}
    for row in rows(path):
        tag = row["tag"].lower()
        if tag not in NO_TAGS:
            counts.setdefault(row["movieId"], Counter())[tag] += 1
    items = [item for item in counts if len(counts[item]) >= LEAST_TAGS]
    having = Counter(tag for tags in counts.values() for tag in tags)
    places = {tag: place for place, tag in enumerate(having)}
    vectors = np.zeros((len(items), len(places)))
    for row, item in enumerate(items):
        for tag, count in counts[item].items():
            vectors[row, places[tag]] = (1 + math.log(count)) * math.log(1 + len(counts) / having[tag])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, 0)
    return items, likeness


def tag_ndcg(systems, name, items, likeness):
    lists = systems.lists(name, items, items, 10)
    places = {item: place for place, item in enumerate(items)}
    values = []
    for item, row in zip(items, likeness):
        ideal = (np.sort(row)[::-1][:10] * DISCOUNTS).sum()
        if ideal > 0:
            values.append((row[[places[other] for other in lists[item]]] * DISCOUNTS[: len(lists[item])]).sum() / ideal)
    return values


def next_watched(systems, name, viewers, counts, exponent):
    """Of the next items after one, how many are in its list; as they are, and against popularity's help."""
    coming_after = []
    for viewer, history in viewers.items():
        starts = range(len(history) - NEXT)
        starts = random.Random(viewer).sample(starts, min(PAIRS, len(starts)))
        coming_after.append([(item, history[start]) for start in starts for item in history[start + 1 : start + 1 + NEXT]])
    sources = {source for coming in coming_after for _, source in coming}
    lists = systems.lists(name, sources, systems.ids, FIRST)
    plain, corrected = [], []
    for coming in coming_after:
        if coming:
            hits = np.array([item in lists[source] for item, source in coming], dtype=float)
            weights = np.array([max(counts[item], 1) ** (-(exponent + 1) / 2) for item, _ in coming])
            plain.append(hits.mean())
            corrected.append((hits * weights).sum() / weights.sum())
    return plain, corrected


def cases_right(systems, name, cases, items):
    """How many of the cases of tests/sense/similar.json are right."""
    titles, genres = ({item["id"]: item[field] for item in items} for field in ("title", "genres"))
    right = 0
    for case in cases:
        source = max((item for item in items if item["title"] == case["item"]), key=lambda item: item["popularity"])["id"]
        if name in systems.arguments:
            found = run(systems.binary, "similar", *systems.arguments[name], "--item", source, "--limit", case["first"], "--json")
            found = [item["id"] for item in json.loads(found)]
        else:
            found = systems.lists(name, [source], systems.ids, case["first"])[source]
        if "titles" in case:
            hits = sum(any(titles[item].startswith(title) for item in found) for title in case["titles"])
        else:
            hits = sum(set(case["genres"]) <= set(genres[item]) for item in found)
        right += hits >= case["least"]
    return right


def figure(values):
    return f"{np.mean(values):.4f} ± {np.std(values, ddof=1) / math.sqrt(len(values)):.4f}"


def main(binary, latest_small, cases):
    data = Path(latest_small)
    cases = json.loads(Path(cases).read_text())
    viewers = {}
    for row in sorted(rows(data / "ratings.csv.gz"), key=lambda row: float(row["timestamp"])):
        viewers.setdefault(row["userId"], []).append(row)
    items_of = lambda chosen: {viewer: [row["movieId"] for row in history] for viewer, history in chosen.items()}
    held_out = {viewer: history for place, (viewer, history) in enumerate(viewers.items()) if place % FOLDS == 0}
    train = {viewer: history for viewer, history in viewers.items() if viewer not in held_out}
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: Path(folder) / name
        written = {"all": viewers, "train": train, "held_out": held_out}
        for name, part in written.items():
            with open(path(f"{name}.csv"), "w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["userId", "movieId", "timestamp"])
                writer.writerows((viewer, row["movieId"], row["timestamp"]) for viewer, history in part.items() for row in history)
        with_tags = ["--tags", data / "tags.csv.gz"]
        for name, ratings, tags in (("bare_all", "all", []), ("tagged_all", "all", with_tags), ("tagged_train", "train", with_tags)):
            run(binary, "catalog", data / "movies.csv", "--ratings", path(f"{ratings}.csv"), *tags, "--out", path(f"{name}.json"))
        for name in ("all", "train"):
            # As scripts/demo-data.mjs makes the demo's.
            shape = ["--preset", "base", "--l2", "60", "--min-support", "3", "--order", "none", "--half-life-events", "15"]
            run(binary, "train", "--interactions", path(f"{name}.csv"), "--catalog", path(f"tagged_{name}.json"), *shape, "--out", path(f"{name}.wnm"))
        half = lambda side: {viewer: history[len(history) // 2 :] if side else history[: len(history) // 2] for viewer, history in held_out.items()}
        for side in (0, 1):
            with open(path(f"half{side}.csv"), "w", newline="") as file:
                csv.writer(file).writerows([("userId", "movieId", "timestamp"), *((viewer, row["movieId"], row["timestamp"]) for viewer, history in half(side).items() for row in history)])
        told = json.loads(run(binary, "evaluate", "--model", path("train.wnm"), "--foldin", path("half0.csv"), "--target", path("half1.csv"), "--json"))
        exponent = told["propensity_exponent"]

        histories = lambda part: list(items_of(part).values())
        no_tags = Systems(binary, folder, path("bare_all.json"), path("all.wnm"), histories(viewers))
        whole = Systems(binary, folder, path("tagged_all.json"), path("all.wnm"), histories(viewers))
        future = Systems(binary, folder, path("tagged_train.json"), path("train.wnm"), histories(train))
        tagged, likeness = tag_likeness(data / "tags.csv.gz")
        counts = Counter(item for history in histories(train) for item in history)
        catalog = json.loads(path("tagged_all.json").read_text())["items"]
        print(f"\nml-latest-small, more like this ({len(tagged)} items with tags, {len(held_out)} viewers held out, propensity exponent {exponent:.2f})\n")
        print(f"| | tags: ndcg@10 | next {NEXT}: recall@{FIRST} | next {NEXT}: ips_recall@{FIRST} | cases of {len(cases)} |\n|---|---|---|---|---|")
        for name in whole.names():
            tags = tag_ndcg(no_tags, name, tagged, likeness)
            plain, corrected = next_watched(future, name, items_of(held_out), counts, exponent)
            print(f"| {name} | {figure(tags)} | {figure(plain)} | {figure(corrected)} | {cases_right(whole, name, cases, catalog)} |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
