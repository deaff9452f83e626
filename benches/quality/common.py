"""What the benchmarks of lists share: viewers, folds, files, and the binary."""

import csv
import gzip
import json
import math
import subprocess
from pathlib import Path

FOLDS = 5


def read(path):
    """Each viewer's rows (item, rating, time) in order of time."""
    opened = gzip.open(path, "rt") if str(path).endswith(".gz") else open(path)
    viewers = {}
    with opened as file:
        for row in csv.DictReader(file):
            viewer, item = row.get("user") or row["userId"], row.get("item") or row["movieId"]
            viewers.setdefault(viewer, []).append((item, float(row["rating"]), float(row["timestamp"])))
    for history in viewers.values():
        history.sort(key=lambda row: row[2])
    return viewers


def write(path, viewers, rated=True):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["user", "item", *(["rating"] if rated else []), "timestamp"])
        for viewer, history in viewers.items():
            writer.writerows((viewer, item, *([rating] if rated else []), time) for item, rating, time in history)


def liked(viewers, least=5):
    """Ratings of 4 and more, of those who have so many."""
    kept = {viewer: [row for row in history if row[1] >= 4] for viewer, history in viewers.items()}
    return {viewer: history for viewer, history in kept.items() if len(history) >= least}


def folds(viewers):
    """The viewers to learn from and those held out, five times."""
    for fold in range(FOLDS):
        held_out = {viewer: history for place, (viewer, history) in enumerate(viewers.items()) if place % FOLDS == fold}
        yield {viewer: history for viewer, history in viewers.items() if viewer not in held_out}, held_out


def run(*arguments):
    done = subprocess.run([str(argument) for argument in arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, f"{arguments} failed: {done.stderr}"
    return done.stdout


def evaluate(binary, *arguments):
    return json.loads(run(binary, "evaluate", "--json", *arguments))


class Data:
    """Viewers to learn from and held-out ones, with a catalog and a model made of the former alone."""

    def __init__(self, binary, folder, movies, train, held_out, model=True):
        self.binary, self.folder, self.held_out = binary, Path(folder), held_out
        self.folder.mkdir()
        write(self.path("train.csv"), train)
        run(binary, "catalog", movies, "--ratings", self.path("train.csv"), "--out", self.path("catalog.json"))
        if model:
            shape = ["--preset", "base", "--min-support", "3"]
            run(binary, "train", "--interactions", self.path("train.csv"), "--catalog", self.path("catalog.json"), *shape, "--out", self.path("model.wnm"))

    def path(self, name):
        return self.folder / name

    def evaluate(self, with_model, *arguments):
        model = ["--model", self.path("model.wnm")] if with_model else ["--no-model"]
        return evaluate(self.binary, *model, "--catalog", self.path("catalog.json"), *arguments)


def pooled(results, name):
    """The mean of a figure over all folds' viewers, and its standard error."""
    users = [result["users"] for result in results]
    mean = sum(result[name] * count for result, count in zip(results, users)) / sum(users)
    # The sum of squares about each fold's own mean, and of the folds' means about the mean of all.
    squares = sum((result["standard_errors"][name] ** 2 * count * (count - 1)) + count * (result[name] - mean) ** 2 for result, count in zip(results, users))
    return mean, math.sqrt(squares / (sum(users) - 1) / sum(users))


def figure(results, name, digits=3):
    mean, error = pooled(results, name)
    return f"{mean:.{digits}f} ± {error:.{digits}f}"
