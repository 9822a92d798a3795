"""Manifold entropy, and the Poincaré ball, from NumPy and SciPy; prints JSON.

    python3 test/fidelity/reference/entropy.py > test/fidelity/reference/entropy.json
"""

import gzip
import json
import pathlib

import numpy as np
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist
from scipy.special import digamma, gammaln
from scipy.stats import pearsonr, spearmanr

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures"


def digits(count):
    rows = np.frombuffer(gzip.decompress((FIXTURES / "digits" / "digits.bin.gz").read_bytes()), np.uint8).reshape(-1, 65)
    return rows[:count, :64].astype(float)


def nearest(x):
    d = cdist(x, x)
    np.fill_diagonal(d, np.inf)
    return np.sort(d, 1)


def spread(x):
    return (cdist(x, x) ** 2).sum() / (len(x) * (len(x) - 1))


def modes(x, radius):
    labels = connected_components(cdist(x, x) <= radius)[1]
    p = np.bincount(labels) / len(x)
    return np.exp(-(p[p > 0] * np.log(p[p > 0])).sum())


def entropy(x, k, share, near):
    n, p = x.shape
    square = nearest(x)[:, 0] ** 2
    u, s, v = np.linalg.svd(x - x.mean(0), full_matrices=False)
    count = int(np.searchsorted(np.cumsum(s**2) / (s**2).sum(), share) + 1)
    z = u[:, :count] * s[:count]
    r = nearest(z)[:, k - 1]
    d = count
    radius = near * np.sqrt(spread(x))
    return {
        "relative": np.log(square.mean() / spread(x)),
        "index": np.log(square.mean() / p),
        "mean-log": np.log(square / p).mean(),
        "entropy": digamma(n) - digamma(k) + d / 2 * np.log(np.pi) - gammaln(d / 2 + 1) + d / n * np.log(r).sum(),
        "dimensions": count,
        "modes": modes(x, radius),
        "near-duplicates": (nearest(x)[:, 0] <= radius).mean(),
    }


def collapse(x, y):
    p = x.shape[1]
    across = cdist(x, y) ** 2
    a, b = nearest(x)[:, 0], nearest(y)[:, 0]
    radius = np.quantile(a / np.sqrt(spread(x)), 0.01)
    return {
        "difference": np.log((b**2).mean() / spread(y)) - np.log((a**2).mean() / spread(x)),
        "first": np.log((a**2).mean() / p),
        "second": np.log((b**2).mean() / p),
        "fidelity": np.log(across.min(0).mean() / p),
        "coverage": np.log(across.min(1).mean() / p),
        "first-modes": modes(x, radius * np.sqrt(spread(x)) * (1 + 1e-9)),
        "second-modes": modes(y, radius * np.sqrt(spread(y)) * (1 + 1e-9)),
    }


def distance(x, y):
    """arcosh, the other form of the definition."""
    gap = (cdist(x, y)) ** 2
    return np.arccosh(1 + 2 * gap / np.outer(1 - (x**2).sum(1), 1 - (y**2).sum(1)))


def mobius(x, y):
    xy, xx, yy = (x * y).sum(-1, keepdims=True), (x * x).sum(-1, keepdims=True), (y * y).sum(-1, keepdims=True)
    return ((1 + 2 * xy + yy) * x + (1 - xx) * y) / (1 + 2 * xy + xx * yy)


def poincare(x, k):
    flat = x - x.mean(0)
    lengths = np.linalg.norm(flat, axis=1)
    flat = flat / np.median(lengths)
    r = np.linalg.norm(flat, axis=1, keepdims=True)
    ball = np.tanh(r) * flat / r
    gamma = 1 / (1 - (ball**2).sum(1))
    whole = (gamma[:, None] * ball).sum(0) / (gamma.sum() - len(x) / 2)
    g = 1 / np.sqrt(1 - (whole**2).sum())
    middle = g / (1 + g) * whole
    variance = (distance(ball, middle[None]) ** 2).mean()
    ball = mobius(-middle[None], ball)
    r = np.linalg.norm(ball, axis=1, keepdims=True)
    tangent = np.arctanh(r) * ball / r
    vectors = np.linalg.eigh(tangent.T @ tangent)[1][:, ::-1][:, :2]
    disc = tangent @ vectors
    disc *= np.linalg.norm(tangent, axis=1, keepdims=True) / np.linalg.norm(disc, axis=1, keepdims=True)
    s = np.linalg.norm(disc, axis=1, keepdims=True)
    disc = np.tanh(s) * disc / s
    a, b = distance(ball, ball), distance(disc, disc)
    np.fill_diagonal(a, 0)
    np.fill_diagonal(b, 0)
    n = len(x)
    i, j = np.triu_indices(n, 1)
    off = [np.delete(np.arange(n), row) for row in range(n)]
    order_a = [set(o[np.argsort(a[row, o], kind="stable")[:k]]) for row, o in enumerate(off)]
    order_b = [set(o[np.argsort(b[row, o], kind="stable")[:k]]) for row, o in enumerate(off)]
    return {
        "kept-neighbours": np.mean([len(s & t) / k for s, t in zip(order_a, order_b)]),
        "shepard": pearsonr(a[i, j], b[i, j])[0],
        "distance-preservation": np.mean([spearmanr(a[row, o], b[row, o])[0] for row, o in enumerate(off)]),
        "depth": 2 * np.arctanh(r).mean(),
        "variance": variance,
    }


def main():
    x = digits(300)
    y = np.vstack([x[:60], x[:240] + 0.01 * np.arange(240)[:, None]])
    print(
        json.dumps(
            {"entropy": entropy(x, 3, 0.95, 0.4), "collapse": collapse(x, y), "poincare": poincare(digits(200), 10)},
            indent=1,
        )
    )


main()
