"""Levels, spreads and p-values of chance by brute force, with NumPy and SciPy alone.

    python3 test/fidelity/reference/significance.py

writes test/fidelity/reference/significance.json: "enumeration" over all 720 pairings of the rows of T, "draws" over
10,000 random pairings of the digits. Every measure is <A, πB> / norm of two n x n matrices, which a pairing π reorders.
"""

import itertools
import json
import pathlib

import numpy as np
from scipy.spatial.distance import cdist, pdist, squareform
from scipy.stats import rankdata

from measures import SAMPLES, basis, centre

HERE = pathlib.Path(__file__).resolve().parent
DRAWS = 10_000
T = (
    [[1, 0, 2], [0, 1, 1], [2, 1, 0], [3, 2, 1], [1, 3, 2], [2, 2, 4]],
    [[0, 1, 1], [1, 0, 2], [1, 2, 0], [3, 1, 1], [2, 3, 0], [2, 4, 5]],
)


def double_centred(k):
    h = np.eye(len(k)) - 1 / len(k)
    return h @ k @ h


def u_centred(k):
    n = len(k)
    k = k - np.diag(np.diag(k))
    rows = k.sum(1)
    u = rows / (n - 2) - k.sum() / (2 * (n - 1) * (n - 2))
    out = k - u[:, None] - u[None, :]
    np.fill_diagonal(out, 0)
    return out


def cosine(kernel):
    def matrices(x, y):
        a, b = kernel(x), kernel(y)
        return a, b, np.linalg.norm(a) * np.linalg.norm(b)

    return matrices


def linear(x):
    return x @ x.T


def rbf(x):
    d = squareform(pdist(x))
    return np.exp(-(d**2) / (2 * np.median(pdist(x)) ** 2))


def distances(x):
    return squareform(pdist(x))


def rdm(values):
    return lambda x: squareform((lambda v: v - v.mean())(values(pdist(x))), checks=False)


def neighbours(k):
    def lists(x):
        d = cdist(x, x, "cosine")
        np.fill_diagonal(d, np.inf)
        out = np.zeros_like(d)
        np.put_along_axis(out, np.argsort(np.round(d, 12), axis=1, kind="stable")[:, :k], 1, axis=1)
        return out

    return lambda x, y: (lists(x), lists(y), len(x) * k)


def projection(x):
    u = basis(centre(x))
    return u @ u.T


def correlations(x, y):
    a, b = projection(x), projection(y)
    return a, b, min(np.trace(a), np.trace(b))


def regression(x, y):
    a, b = linear(centre(x)), projection(y)
    return a, b, np.trace(a)


MEASURES = {
    "linear-cka": cosine(lambda x: linear(centre(x))),
    "linear-cka-debiased": cosine(lambda x: u_centred(linear(x))),
    "rbf-cka": cosine(lambda x: double_centred(rbf(x))),
    "rbf-cka debiased": cosine(lambda x: u_centred(rbf(x))),
    "distance-correlation bias-corrected": cosine(lambda x: u_centred(distances(x))),
    "rsa pearson": cosine(rdm(lambda v: v)),
    "rsa spearman": cosine(rdm(rankdata)),
    "mutual-knn": None,
    "mean-cca rho-squared": correlations,
    "linear-regression r2": regression,
}


def scores(matrices, pairings):
    a, b, norm = matrices
    return np.array([(a * b[np.ix_(p, p)]).sum() / norm for p in pairings])


def nuclear(x, y, pairings):
    x, y = [m / np.linalg.norm(m) for m in (centre(x), centre(y))]
    return np.array([np.linalg.svd(x.T @ y[p], compute_uv=False).sum() for p in pairings])


def summary(values, observed):
    level, sd = values.mean(), values.std()
    kurtosis = ((values - level) ** 4).mean() / sd**4 if sd > 1e-12 else 0
    at_least = (values >= observed - 1e-10).mean()
    return {"observed": observed, "level": level, "sd": sd, "kurtosis": kurtosis, "atLeast": at_least}


def study(x, y, k, pairings):
    whole = [np.arange(len(x))]
    out = {}
    for name, matrices in {**MEASURES, "mutual-knn": neighbours(k)}.items():
        pair = matrices(x, y)
        out[name] = summary(scores(pair, pairings), scores(pair, whole)[0])
    out["normalised-bures"] = summary(nuclear(x, y, pairings), nuclear(x, y, whole)[0])
    return {name: {key: float(v) for key, v in values.items()} for name, values in out.items()}


def main():
    x, y = [np.array(m, dtype=float) for m in T]
    enumeration = study(x, y, 2, [np.array(p) for p in itertools.permutations(range(6))])
    layers = [np.load(SAMPLES / "digits" / f"digits-cnn-seed{seed}-activations.npz") for seed in (0, 1)]
    x, y = [np.asarray(file[layer], dtype=float).reshape(450, -1) for file, layer in zip(layers, ("layer7", "layer8"))]
    random = np.random.default_rng(20260214)
    draws = study(x, y, 10, [random.permutation(450) for _ in range(DRAWS)])
    out = {"enumeration": enumeration, "count": DRAWS, "draws": draws}
    (HERE / "significance.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
