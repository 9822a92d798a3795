"""Every compare measure on the sample data and the fixtures, from NumPy and SciPy alone; prints JSON.

    python3 test/fidelity/reference/compare_samples.py > test/fidelity/reference/compare_samples.json

Needs NumPy and SciPy. Every number is computed from the definition, by n x n matrices where the extension works on the
side of the units, and the other way round, so that the two share no shortcut.
"""

import json
import pathlib

import numpy as np
from scipy.spatial.distance import pdist, squareform
from scipy.stats import kendalltau, rankdata

SAMPLES = pathlib.Path(__file__).resolve().parents[3] / "media" / "samples"


def centre(x):
    return x - x.mean(0)


def double_centre(k):
    return k - k.mean(0) - k.mean(1)[:, None] + k.mean()


def cosine(a, b):
    return (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum())


def cka(k, l):
    """Biased CKA with the mean and the standard deviation over all pairings (Kazi-Aoual et al. 1995)."""
    a, b = double_centre(k), double_centre(l)
    n = len(a)

    def moments(m):
        t, s, d = np.trace(m), (m * m).sum(), (np.diag(m) ** 2).sum()
        return t, s, (n - 1) * s - t * t, n * (n + 1) * d - (n - 1) * (t * t + 2 * s)

    (ta, sa, fa, ga), (tb, sb, fb, gb) = moments(a), moments(b)
    variance = 2 * fa * fb / ((n - 1) ** 2 * (n + 1) * (n - 2)) + ga * gb / ((n + 1) * n * (n - 1) * (n - 2) * (n - 3))
    norm = np.sqrt(sa * sb)
    return {"cka": cosine(a, b), "level": ta * tb / (n - 1) / norm, "sd": np.sqrt(variance) / norm}


def u_centre(k):
    """Székely and Rizzo 2014."""
    n = len(k)
    k = k - np.diag(np.diag(k))
    row = k.sum(1) / (n - 2)
    out = k - row - row[:, None] + k.sum() / ((n - 1) * (n - 2))
    return out - np.diag(np.diag(out))


def debiased(k, l):
    return cosine(u_centre(k), u_centre(l))


def rbf(x):
    d = squareform(pdist(x))
    sigma = np.median(d[np.triu_indices(len(d), 1)])
    return np.exp(-(d**2) / (2 * sigma**2))


def distance_correlation(x, y):
    """Székely, Rizzo and Bakirov 2007; bias-corrected (the square): Székely and Rizzo 2013."""
    d, e = squareform(pdist(x)), squareform(pdist(y))
    square = cka(-d, -e)
    return {
        "biased": {"correlation": np.sqrt(square["cka"]), "level": np.sqrt(square["level"])},
        "bias-corrected": {"correlation": debiased(d, e)},
    }


def nuclear(x, y):
    x, y = centre(x), centre(y)
    x, y = x / np.linalg.norm(x), y / np.linalg.norm(y)
    return np.linalg.svd(x.T @ y, compute_uv=False).sum()


def left_vectors(x):
    x = centre(x)
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    keep = s > max(x.shape) * np.finfo(float).eps * s[0]
    return u[:, keep], s[keep]


def canonical(u, v):
    rho = np.minimum(np.linalg.svd(u.T @ v, compute_uv=False), 1)
    return {"similarity": rho.mean(), "rho-squared": (rho**2).mean()}


def mean_cca(x, y):
    return canonical(left_vectors(x)[0], left_vectors(y)[0])


def svcca(x, y, threshold=0.99):
    def cut(x):
        u, s = left_vectors(x)
        share = np.cumsum(s**2) / (s**2).sum()
        return u[:, : int(np.argmax(share >= threshold)) + 1]

    u, v = cut(x), cut(y)
    return {**canonical(u, v), "kept": [u.shape[1], v.shape[1]]}


def rounded(d):
    """Distances that are equal by construction, made equal: they differ in their last bits as computed."""
    return (d / d.max()).round(12)


def rsa(x, y, with_kendall):
    out = {}
    for name in ["euclidean", "sqeuclidean", "correlation", "cosine"]:
        a, b = pdist(x, name), pdist(y, name)
        out[name] = {
            "spearman": np.corrcoef(rankdata(rounded(a)), rankdata(rounded(b)))[0, 1],
            "pearson": np.corrcoef(a, b)[0, 1],
            "cosine": cosine(a, b),
        }
        if with_kendall:
            out[name]["kendall"] = kendalltau(rounded(a), rounded(b)).statistic
    return out


def neighbours(x, k, metric):
    if metric == "cosine":
        unit = x / np.linalg.norm(x, axis=1, keepdims=True)
        score = unit @ unit.T
    elif metric == "inner":
        score = x @ x.T
    else:
        score = -squareform(pdist(x))
    np.fill_diagonal(score, -np.inf)
    return np.argsort(-score, axis=1, kind="stable")[:, :k]


def mutual_knn(x, y):
    k = min(10, len(x) - 2)
    return {
        metric: np.mean([len(set(a) & set(b)) / k for a, b in zip(neighbours(x, k, metric), neighbours(y, k, metric))])
        for metric in ["cosine", "euclidean", "inner"]
    }


def measures(x, y):
    x, y = x.astype(float), y.astype(float)
    n = len(x)
    xc, yc = centre(x), centre(y)
    k, l = xc @ xc.T, yc @ yc.T
    nbs = nuclear(x, y)
    rx, ry = rbf(x), rbf(y)
    return {
        "shape": [list(x.shape), list(y.shape)],
        "linear-cka": cka(k, l),
        "linear-cka-debiased": {"cka": debiased(k, l), "level": 0, "sd": np.sqrt(2 / (n * (n - 3)))},
        "rbf-cka": cka(rx, ry),
        "rbf-cka debiased": {"cka": debiased(rx, ry)},
        "distance-correlation": distance_correlation(x, y),
        "procrustes": {"distance": np.sqrt(2 - 2 * nbs), "similarity": nbs},
        "angular-shape": {"distance": np.arccos(nbs)},
        "mean-cca": mean_cca(x, y),
        "svcca": svcca(x, y),
        "rsa": rsa(x, y, n < 1000),
        "mutual-knn": mutual_knn(x, y),
    }


def fixtures():
    def draw(seed, make):
        return make(np.random.RandomState(seed))

    def noisy(random):
        x = random.randn(100, 10)
        return [x, random.randn(100, 10) + x]

    x = np.array([[1, 0, 2], [0, 1, 1], [2, 1, 0], [3, 2, 1], [1, 3, 2], [2, 2, 4]])
    y = np.array([[0, 1, 1], [1, 0, 2], [1, 2, 0], [3, 1, 1], [2, 3, 0], [2, 4, 5]])
    return {
        "G0": draw(0, lambda random: [random.uniform(size=(30, 25)) for _ in range(2)]),
        "G1337": draw(1337, noisy),
        "T": [x, y],
        "T shifted": [x + [1, 5, 0], y],
    }


def main():
    digits = [np.load(SAMPLES / "digits" / f"digits-cnn-seed{seed}-activations.npz") for seed in (0, 1)]
    words = {name: np.load(SAMPLES / "words" / f"kjv-{name}.npy") for name in ["word2vec-a", "word2vec-b", "fasttext"]}
    pairs = {
        **fixtures(),
        "digits layer1": [d["layer1"] for d in digits],
        "digits layer8": [d["layer8"] for d in digits],
        "digits layer2 layer7": [digits[0]["layer2"], digits[1]["layer7"]],
        "words a b": [words["word2vec-a"], words["word2vec-b"]],
        "words a fasttext": [words["word2vec-a"], words["fasttext"]],
    }
    print(json.dumps({name: measures(*pair) for name, pair in pairs.items()}, indent=1, default=float))


main()
