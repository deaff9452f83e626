"""The peers, each a function from (viewers x items matrix, parameters) to a function from histories to scores."""

import numpy as np
import scipy.sparse as sp
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender


def popularity(train, _):
    counts = np.asarray(train.sum(axis=0)).ravel()
    return lambda histories: np.tile(counts, (histories.shape[0], 1))


def ease(train, parameters):
    """Steck 2019; with dropout EDLAE, Steck 2020. Dense, numpy."""
    gram = (train.T @ train).toarray()
    p = parameters.get("dropout", 0.0)
    gram[np.diag_indices_from(gram)] += p / (1 - p) * np.diag(gram) + parameters["l2"]
    inverse = np.linalg.inv(gram)
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return lambda histories: np.asarray(histories @ weights)


def rp3beta(train, parameters):
    """Paudel et al. 2017: three steps over the graph, the strongest 100 neighbours of each item."""
    popular = np.maximum(np.asarray(train.sum(axis=0)).ravel(), 1)
    steps = sp.diags(1 / np.maximum(np.asarray(train.sum(axis=1)).ravel(), 1)) @ train
    back = sp.diags(1 / popular) @ train.T
    weights = (back @ steps).toarray() ** parameters["alpha"] / popular ** parameters["beta"]
    np.fill_diagonal(weights, 0.0)
    most = 100
    weakest = np.argpartition(-weights, most, axis=1)[:, most:]
    np.put_along_axis(weights, weakest, 0.0, axis=1)
    return lambda histories: np.asarray(histories @ weights)


def nearest(kind):
    def fit(train, parameters):
        model = kind(K=parameters["K"])
        model.fit(sp.csr_matrix(train), show_progress=False)
        return lambda histories: np.asarray((histories @ model.similarity).todense())

    return fit


def als(train, parameters):
    model = AlternatingLeastSquares(factors=parameters["factors"], regularization=parameters["l2"], random_state=1, iterations=15)
    model.fit(sp.csr_matrix(train), show_progress=False)

    def score(histories):
        folded = model.recalculate_user(np.arange(histories.shape[0]), sp.csr_matrix(histories))
        return folded @ model.item_factors.T

    return score


PEERS = {
    "popularity": (popularity, [{}]),
    "item-kNN cosine (implicit)": (nearest(CosineRecommender), [{"K": k} for k in (20, 50, 100, 200)]),
    "item-kNN BM25 (implicit)": (nearest(BM25Recommender), [{"K": k} for k in (20, 50, 100, 200)]),
    "ALS (implicit)": (als, [{"factors": f, "l2": l} for f in (32, 64) for l in (1.0, 10.0)]),
    "RP3beta": (rp3beta, [{"alpha": a, "beta": b} for a in (0.8, 1.0) for b in (0.3, 0.6)]),
    "EASE, dense": (ease, [{"l2": l} for l in (60.0, 125.0, 250.0, 500.0)]),
    "EDLAE, dense": (ease, [{"dropout": 0.33, "l2": l} for l in (30.0, 60.0, 125.0, 500.0)]),
}
