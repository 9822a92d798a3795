"""Dissimilarities of counts, and inner products compared as points of curved spaces, written from their definitions.

    python3 test/fidelity/reference/second_moments.py

writes test/fidelity/reference/second_moments.json. x: the first 60 images of the digits, y: the magnitudes of the last layer of the
first network on them. For poisson-cv row i is of condition i mod 6.
"""

import itertools
import json
import pathlib

import numpy as np
from scipy.linalg import eigvalsh, sqrtm
from scipy.optimize import minimize
from scipy.spatial.distance import pdist, squareform
from scipy.special import kl_div
from scipy.stats import spearmanr

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = HERE.parents[2] / "media" / "samples"


def rates(x):
    """A tenth of an observation of rate 1 added."""
    return (x + 0.1) / 1.1


def poisson(x):
    r = rates(x)
    return np.array([(kl_div(a, b) + kl_div(b, a)).mean() for a, b in itertools.combinations(r, 2)])


def poisson_cv(x, labels):
    groups = [x[labels == k] for k in np.unique(labels)]
    out = []
    for a, b in itertools.combinations(groups, 2):
        folds = []
        for k in range(len(a)):
            others = np.arange(len(a)) != k
            train = rates(a[others].mean(0)) - rates(b[others].mean(0))
            test = np.log(rates(a[k])) - np.log(rates(b[k]))
            folds.append((train * test).mean())
        out.append(np.mean(folds))
    return np.array(out)


def second_moment(d):
    """-½ HDH."""
    d = squareform(d)
    h = np.eye(len(d)) - 1 / len(d)
    return -h @ d @ h / 2


def positive(k):
    values, v = np.linalg.eigh(k)
    return v * np.maximum(values, 0) @ v.T


def fidelity(k, l):
    root = sqrtm(k).real
    return np.trace(sqrtm(root @ l @ root)).real


def bures_similarity(d, e):
    k, l = positive(second_moment(d)), positive(second_moment(e))
    return fidelity(k, l) / np.sqrt(np.trace(k) * np.trace(l))


def bures_distance(d, e):
    k, l = positive(second_moment(d)), positive(second_moment(e))
    return np.sqrt(np.trace(k) + np.trace(l) - 2 * fidelity(k, l))


def riemannian(d, e, shrinkage):
    k, l = second_moment(d), second_moment(e)
    k, l = [m + shrinkage * np.trace(m) / len(m) * np.eye(len(m)) for m in (k, l)]
    return np.sqrt((np.log(eigvalsh(k, l)) ** 2).sum())


def fitted(d, e):
    """As rsatoolbox: rows against the first, noise of differences to it, both scales fitted."""
    d, e = squareform(d), squareform(e)
    k, l = [(m[1:, :1] + m[:1, 1:] - m[1:, 1:]) / 2 for m in (d, e)]
    noise = np.eye(len(k)) + 1

    def value(theta):
        return np.sqrt((np.log(eigvalsh(np.exp(theta[0]) * k + np.exp(theta[1]) * noise, l)) ** 2).sum())

    found = min(
        (minimize(value, start, method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 4000}) for start in [(0, 0), (-3, 2)]),
        key=lambda one: one.fun,
    )
    return found.fun


def main():
    images = np.load(SAMPLES / "digits" / "digits-test-images.npy").astype(float)
    x = images.reshape(len(images), -1)[:60]
    y = np.abs(np.load(SAMPLES / "digits" / "digits-cnn-seed0-activations.npz")["layer8"].astype(float))[:60]
    labels = np.arange(60) % 6
    p, q = poisson(x), poisson(y)
    a, b = poisson_cv(x, labels), poisson_cv(y, labels)
    out = {
        "poisson": {"first": p[0], "last": q[-1], "spearman": spearmanr(p, q)[0], "pearson": np.corrcoef(p, q)[0, 1]},
        "poisson bures": bures_similarity(p, q),
        "poisson-cv": {"first": a[0], "last": b[-1], "spearman": spearmanr(a, b)[0], "cosine": a @ b / np.linalg.norm(a) / np.linalg.norm(b)},
        "bures": {},
        "bures distance": {},
        "affine-invariant": {},
        "fitted": {},
    }
    for name in "euclidean", "sqeuclidean", "correlation", "cosine":
        d, e = pdist(x, name), pdist(y, name)
        out["bures"][name] = bures_similarity(d, e)
        out["bures distance"][name] = bures_distance(d, e)
        out["affine-invariant"][name] = riemannian(d, e, 0.1)
        out["fitted"][name] = fitted(pdist(x[:12], name), pdist(y[:12], name))
    # More rows than units of both together.
    out["narrow"] = riemannian(pdist(x[:, 20:26], "sqeuclidean"), pdist(y[:, :5], "sqeuclidean"), 0.3)
    (HERE / "second_moments.json").write_text(json.dumps(out, indent=1, default=float) + "\n")


if __name__ == "__main__":
    main()
