"""The shape of a space, from NumPy and SciPy, by the definitions; prints JSON.

    python3 test/fidelity/reference/shape.py > test/fidelity/reference/shape.json
"""

import gzip
import json
import pathlib

import numpy as np
from scipy.spatial.distance import cdist, pdist
from scipy.special import hyp0f1
from scipy.stats import linregress, skew

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures"


def digits(count):
    rows = np.frombuffer(gzip.decompress((FIXTURES / "digits" / "digits.bin.gz").read_bytes()), np.uint8).reshape(-1, 65)
    return rows[:count, :64].astype(float), rows[:count, 64].astype(int)


def formula(n, d, s):
    """sin((k + s)^2) of the places k, row by row: rows that anybody can write down again."""
    return np.sin((np.arange(n * d) + float(s)) ** 2).reshape(n, d)


def sorted_distances(x):
    d = np.sqrt(((x[:, None] - x[None]) ** 2).sum(2))
    np.fill_diagonal(d, np.inf)
    return np.sort(d, 1)


def dimension(x, k):
    d = sorted_distances(x)[:, :k]
    n = len(x)
    logs = np.log(d[:, 1] / d[:, 0])
    kept = int(np.floor(0.9 * n))
    ordered = np.sort(logs)[:kept]
    heights = -np.log(1 - np.arange(1, kept + 1) / n)
    parts = np.log(d[:, -1:] / d[:, :-1]).mean(1)
    error = parts.std(ddof=1) / np.sqrt(n)
    s = np.linalg.svd(x - x.mean(0), compute_uv=False)
    return {
        "twonn": np.linalg.lstsq(ordered[:, None], heights, rcond=None)[0][0],
        "twonn-likelihood": (n - 1) / logs.sum(),
        "likelihood": 1 / parts.mean(),
        "participation-ratio": (s**2).sum() ** 2 / (s**4).sum(),
        "low": 1 / (parts.mean() + 1.96 * error),
        "high": 1 / (parts.mean() - 1.96 * error),
    }


def decay(x, start, end):
    s = np.linalg.svd(x - x.mean(0), compute_uv=False)
    s = s[s > max(x.shape) * np.finfo(float).eps * s[0]]
    raw = np.linalg.svd(x, compute_uv=False)
    q = raw / raw.sum() + 1e-7
    p = s / s.sum()
    k = np.arange(start, end + 1)
    power, exponential = linregress(np.log(k), np.log(s[k - 1] ** 2)), linregress(k, np.log(s[k - 1] ** 2))
    return {
        "alpha": -power.slope,
        "r2": power.rvalue**2,
        "r2-exponential": exponential.rvalue**2,
        "rankme": np.exp(-(q * np.log(q)).sum()),
        "effective-rank": np.exp(-(p * np.log(p)).sum()),
        "stable-rank": (s**2).sum() / s[0] ** 2,
        "participation-ratio": (s**2).sum() ** 2 / (s**4).sum(),
        "rank": len(s),
    }


def isoscore(x):
    """The steps of the paper: components, normalised variances, distance from the diagonal of ones, rescaled."""
    d = x.shape[1]
    variances = np.linalg.eigvalsh(np.cov(x.T))
    hat = np.sqrt(d) * variances / np.linalg.norm(variances)
    defect = np.linalg.norm(hat - 1) / np.sqrt(2 * (d - np.sqrt(d)))
    phi = (d - defect**2 * (d - np.sqrt(d))) ** 2 / d**2
    return (d * phi - 1) / (d - 1)


def anisotropy(x):
    norms = np.linalg.norm(x, axis=1)
    u = x / norms[:, None]
    n = len(x)
    vectors = np.linalg.eigh(x.T @ x)[1]
    z = np.exp(np.hstack([x @ vectors, -x @ vectors])).sum(0)
    return {
        "mean-cosine": (u @ u.T)[~np.eye(n, dtype=bool)].mean(),
        "offset": n * (x.mean(0) ** 2).sum() / (x**2).sum(),
        "isoscore": isoscore(x),
        "partition": z.min() / z.max(),
        "mean-length": norms.mean(),
        "length-spread": norms.std() / norms.mean(),
    }


def hubness(x, k):
    d = cdist(x, x)
    np.fill_diagonal(d, np.inf)
    counts = np.bincount(np.argsort(d, 1, kind="stable")[:, :k].ravel(), minlength=len(x))
    n = len(x)
    return {
        "skewness": skew(counts),
        "hubs": (counts >= 2 * k).mean(),
        "hub-occurrence": counts[counts >= 2 * k].sum() / (k * n),
        "antihubs": (counts == 0).mean(),
        "robin-hood": 0.5 * np.abs(counts - counts.mean()).sum() / counts.sum(),
        "gini": np.abs(counts[:, None] - counts[None]).sum() / (2 * n * counts.sum()),
        "largest": int(counts.max()),
        "hub": int(counts.argmax()),
    }


def uniformity(x, labels, t, alpha):
    u = x / np.linalg.norm(x, axis=1, keepdims=True)
    d = pdist(u)
    i, j = np.triu_indices(len(x), 1)
    same = labels[i] == labels[j]
    return {
        "uniformity": np.log(np.exp(-t * d**2).mean()),
        "alignment": (d[same] ** alpha).mean(),
        "apart": (d[~same] ** alpha).mean(),
        "even": -2 * t + np.log(hyp0f1(x.shape[1] / 2, t * t)),
    }


def views(x, y, t, alpha):
    u, v = (a / np.linalg.norm(a, axis=1, keepdims=True) for a in (x, y))
    first, second = (np.log(np.exp(-t * pdist(a) ** 2).mean()) for a in (u, v))
    apart = cdist(u, v)
    return {
        "alignment": (np.diag(apart) ** alpha).mean(),
        "uniformity": (first + second) / 2,
        "level": (apart**alpha)[~np.eye(len(x), dtype=bool)].mean(),
    }


def main():
    pixels, labels = digits(300)
    x = formula(150, 6, 3) * [3, 1, 1, 0.5, 0.2, 0.1] + [0.5, 0, 0, 0, 0, 1]
    print(
        json.dumps(
            {
                "dimension": {"digits": dimension(pixels, 20), "formula": dimension(x, 5)},
                "decay": {"digits": decay(pixels, 3, 40), "formula": decay(x, 1, 6)},
                "anisotropy": {"digits": anisotropy(pixels / 16), "formula": anisotropy(x)},
                "hubness": {"formula": hubness(x, 5), "wide": hubness(formula(200, 30, 1), 10)},
                "uniformity": {
                    "digits": uniformity(pixels, labels, 2, 2),
                    "formula": uniformity(x, np.arange(150) % 3, 3, 1),
                },
                "views": views(x, x + 0.3 * formula(150, 6, 77), 2, 2),
            },
            indent=1,
        )
    )


main()
