"""Nearest rows of single rows, and neighbourhoods row by row: scikit-learn and NumPy.

    /usr/bin/python3 test/fidelity/reference/neighbours.py

writes test/fidelity/reference/neighbours.json. Needs scikit-learn 1.2 (Debian: python3-sklearn).
"""

import json
import pathlib

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = HERE.parents[2] / "media" / "samples" / "words"
a, b, fast = (np.load(SAMPLES / f"kjv-{name}.npy").astype(float) for name in ("word2vec-a", "word2vec-b", "fasttext"))
K = 10


def of_row(x, row, metric, k=8):
    far = cdist(x[row : row + 1], x, metric)[0]
    far[row] = np.inf
    order = np.argsort(far, kind="stable")[:k]
    return {"rows": order.tolist(), "distances": far[order].tolist()}


def lists(x, metric, k=K):
    found = NearestNeighbors(n_neighbors=k + 1, metric=metric, algorithm="brute").fit(x)
    far, near = found.kneighbors(x)
    rows = [[j for j in line if j != i][:k] for i, line in enumerate(near)]
    distances = [[d for d, j in zip(ds, line) if j != i][:k] for i, (ds, line) in enumerate(zip(far, near))]
    return np.array(rows), np.array(distances)


def row_by_row(x, y, metric):
    (p, _), (q, _) = lists(x, metric), lists(y, metric)
    shared = np.array([len(set(u) & set(v)) for u, v in zip(p, q)])
    return {
        "preserved": float((shared / K).mean()),
        "jaccard": float((shared / (2 * K - shared)).mean()),
        "none": float((shared == 0).mean()),
        "rows": {int(i): int(shared[i]) for i in (0, 7, 100, 599)},
    }


def profile(x, metric):
    near, far = lists(x, metric)
    occurrence = np.bincount(near.ravel(), minlength=len(x))
    return {
        "length": float(np.median(np.linalg.norm(x, axis=1))),
        "nearest": float(np.median(far[:, 0])),
        "distance": float(np.median(far.mean(1))),
        "most-often": int(occurrence.max()),
        "never": float((occurrence == 0).mean()),
        "row 7": [float(np.linalg.norm(x[7])), float(far[7, 0]), float(far[7].mean()), int(occurrence[7])],
    }


part = slice(0, 600)
json.dump(
    {
        "lookups": [
            {"row": row, "metric": metric, **of_row(fast, row, metric)}
            for row in (0, 911, 3559)
            for metric in ("cosine", "euclidean")
        ],
        "pairs": {metric: row_by_row(a[part], b[part], metric) for metric in ("cosine", "euclidean")},
        "profile": {metric: profile(a[part], metric) for metric in ("cosine", "euclidean")},
    },
    open(HERE / "neighbours.json", "w"),
    indent=1,
)
