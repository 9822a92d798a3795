"""What NumPy, SciPy and scikit-learn say of studies over runs: writes study.json beside this file.

python3 test/fidelity/reference/study.py
"""

import itertools
import json
import pathlib

import numpy as np
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist, squareform
from scipy.stats import kendalltau, pearsonr, rankdata, spearmanr
from sklearn.metrics import average_precision_score

here = pathlib.Path(__file__).resolve().parent
samples = here.parents[2] / "media" / "samples"
archives = [np.load(samples / f"digits/digits-cnn-seed{seed}-activations.npz") for seed in (0, 1)]
layers = [archive[f"layer{i}"].astype(float) for archive in archives for i in range(1, 9)]
labels = np.load(samples / "digits/digits-test-labels.npy").astype(int)
images = np.load(samples / "digits/digits-test-images.npy").reshape(len(labels), -1).astype(float)
# Sixteen runs of one layer: two seeds, and in each four early and four late layers.
depths = [i for _ in archives for i in range(1, 9)]
groups = ["early" if depth <= 4 else "late" for depth in depths]


def centred(x):
    return x - x.mean(0)


def cka(x, y):
    x, y = centred(x), centred(y)
    cross = np.linalg.norm(x.T @ y) ** 2
    return cross / (np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y))


def explained(x, y):
    """Share of the variance of x that a linear map from y explains."""
    x, y = centred(x), centred(y)
    residual = x - y @ np.linalg.lstsq(y, x, rcond=None)[0]
    return 1 - np.linalg.norm(residual) ** 2 / np.linalg.norm(x) ** 2


def angle(x, y):
    x, y = centred(x), centred(y)
    s = np.linalg.svd(x.T @ y, compute_uv=False).sum() / (np.linalg.norm(x) * np.linalg.norm(y))
    return np.arccos(min(1, s))


def matrix(measure):
    return np.array([[measure(x, y) for y in layers] for x in layers])


def identification(s):
    half = len(s) // 2
    found = np.concatenate([s[:half, half:].argmax(1), s[half:, :half].argmax(1)])
    return {"right": int((found == np.tile(np.arange(half), 2)).sum()), "found": found.tolist()}


def separation(s, names):
    areas, rates = [], []
    for group in sorted(set(names)):
        own = [i for i, name in enumerate(names) if name == group]
        rest = [i for i, name in enumerate(names) if name != group]
        within = [s[i, j] for i, j in itertools.combinations(own, 2)]
        across = [s[i, j] for i, j in itertools.product(own, rest)]
        areas.append(average_precision_score([1] * len(within) + [0] * len(across), within + across))
        rates.append(np.mean([a <= b for a, b in itertools.product(within, across)]))
    return {"auprc": np.mean(areas), "violation-rate": np.mean(rates)}


def by_chance(s, names, draws=4000):
    generator = np.random.default_rng(0)
    drawn = [separation(s, [names[i] for i in generator.permutation(len(names))]) for _ in range(draws)]
    return {key: {"mean": np.mean([d[key] for d in drawn]), "sd": np.std([d[key] for d in drawn])} for key in drawn[0]}


def scores(s, numbers):
    pairs = list(itertools.combinations(range(len(s)), 2))
    unlike = [-s[i, j] for i, j in pairs]
    apart = [abs(numbers[i] - numbers[j]) for i, j in pairs]
    found = {"spearman": spearmanr, "pearson": pearsonr, "kendall": kendalltau}
    return {key: of(unlike, apart)[0] for key, of in found.items()}


def depth(s):
    n = len(s)
    triples = list(itertools.combinations(range(n), 3))
    broken = sum(s[i, j] < s[i, k] for i, j, k in triples) + sum(s[k, j] < s[k, i] for i, j, k in triples)
    found = []
    for i in range(n):
        for others in (range(i + 1, n), range(0, i)):
            if len(others) < 2:
                continue
            found.append(spearmanr([-s[i, j] for j in others], [abs(i - j) for j in others])[0])
    return {"violation-rate": broken / (2 * len(triples)), "correlation": np.mean(found)}


def grid(s):
    n = len(s)
    gaps = [s[i, j] - (s[i, j - 1] + s[i, j + 1]) / 2 for i in range(n) for j in range(i + 2, n - 1) if (j - i) % 2 == 0]
    return np.mean(gaps)


def maps(d):
    n = len(d)
    h = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(-h @ d**2 @ h / 2)
    values, vectors = values[::-1], vectors[:, ::-1]
    points = vectors[:, :2] * np.sqrt(values[:2])
    points *= np.sign(points[abs(points).argmax(0), [0, 1]])
    flat = squareform(d, checks=False)
    tree = hierarchy.linkage(flat, "average")
    best = hierarchy.leaves_list(hierarchy.optimal_leaf_ordering(tree, flat))
    return {
        "kept": values[:2].sum() / abs(values).sum(),
        "negative": -values[values < 0].sum() / abs(values).sum(),
        "correlation": pearsonr(pdist(points), flat)[0],
        "points": points.tolist(),
        "heights": tree[:, 2].tolist(),
        "cophenetic": hierarchy.cophenet(tree, flat)[0],
        "length": sum(d[a, b] for a, b in zip(best, best[1:])),
    }


def ceiling(vectors):
    """Nili et al. (2014): each against the mean of all, and of the others."""
    vectors = np.array(vectors)
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def cosine(a, b):
        return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))

    rest = [np.delete(vectors, i, 0).mean(0) for i in range(len(vectors))]
    return {
        "upper": np.mean([cosine(v, vectors.mean(0)) for v in vectors]),
        "lower": np.mean([cosine(v, r) for v, r in zip(vectors, rest)]),
    }


def standard(v):
    return (v - v.mean()) / v.std()


# The last four layers of both seeds, by their Euclidean dissimilarities.
rdms = [pdist(x) for x in layers if x.shape[1] == layers[7].shape[1]]
similarity, distance = matrix(cka), matrix(angle)
np.fill_diagonal(distance, 0)
out = {
    "cka": similarity.tolist(),
    "angular-shape": distance.tolist(),
    "identification": identification(similarity),
    "groups": separation(similarity, groups),
    "groups by distance": separation(-distance, groups),
    "groups by chance": by_chance(similarity, groups),
    "scores": scores(similarity, depths),
    "depth": [depth(similarity[:8, :8]), depth(similarity[8:, 8:])],
    "grid": [grid(similarity[:8, :8]), grid(similarity[8:, 8:])],
    "labels": [cka(x, np.eye(10)[labels]) for x in layers],
    "labels by regression": [(explained(x, y) + explained(y, x)) / 2 for x in layers for y in [np.eye(10)[labels]]],
    "input": [cka(x, images) for x in layers],
    "maps": maps(distance),
    "maps of arccos cka": maps(np.arccos(np.clip(similarity, -1, 1)) * (1 - np.eye(16))),
    "ceiling": {
        "layers": [i for i, x in enumerate(layers) if x.shape[1] == layers[7].shape[1]],
        "pearson": ceiling([standard(v) for v in rdms]),
        "spearman": ceiling([standard(rankdata(v)) for v in rdms]),
        "cosine": ceiling(rdms),
        "cka": ceiling([(centred(x) @ centred(x).T).ravel() for x in layers if x.shape[1] == layers[7].shape[1]]),
    },
    "tied": {
        "auprc": average_precision_score([1, 0, 1, 0, 0, 1], [3, 3, 2, 2, 2, 1]),
    },
}
(here / "study.json").write_text(json.dumps(out, indent=1) + "\n")
