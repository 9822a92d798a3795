"""Heat-geodesic and diffusion distances (Huguet et al. 2023; Moon et al. 2019), with NumPy, SciPy and scikit-learn.

    /usr/bin/python3 test/fidelity/reference/heat.py

writes test/fidelity/reference/heat.json: a Swiss roll of 800 rows, how well distances on it are kept, and some entries.
"""

import base64
import json
import pathlib

import numpy as np
from scipy.linalg import expm
from scipy.sparse.csgraph import shortest_path
from scipy.spatial.distance import pdist, squareform
from scipy.stats import rankdata
from sklearn.manifold import smacof, trustworthiness

HERE = pathlib.Path(__file__).resolve().parent


def roll(n=800, width=5, noise=0.05, seed=42):
    """Points, and where they lie on the sheet when it is rolled out by arc length."""
    np.random.seed(seed)
    t = 3 * np.pi / 2 * (1 + 2 * np.random.rand(1, n))
    h = width * np.random.rand(1, n)
    x = np.concatenate((t * np.cos(t), h, t * np.sin(t))).T + noise * np.random.randn(n, 3)
    flat = t.ravel()
    along = 0.5 * (np.sqrt(flat**2 + 1) * flat + np.arcsinh(flat))
    return x, np.stack([along, h.ravel()], 1)


def kernel(x, knn, alpha=40, least=1e-4):
    """Alpha decay, its diagonal 1."""
    d = squareform(pdist(x))
    sigma = np.sort(d, 1)[:, knn]
    k = np.exp(-((d / sigma[:, None]) ** alpha))
    k[k < least] = 0
    return (k + k.T) / 2


def heat(w, t, normalised):
    degree = w.sum(0)
    lap = np.diag(degree) - w
    if normalised:
        lap = lap / np.sqrt(degree)[:, None] / np.sqrt(degree)[None]
    values, vectors = np.linalg.eigh(lap)
    return (vectors * np.exp(-t * values)) @ vectors.T, values


def series(w, t, normalised=True, halvings=10):
    """Heat from sums and products of what is not negative, so that every entry has its digits."""
    degree = w.sum(0)
    most = 1 if normalised else degree.max()
    a = w / np.sqrt(degree)[:, None] / np.sqrt(degree)[None] if normalised else w + np.diag(most - degree)
    a = a * (t / 2**halvings)
    term = h = np.eye(len(w))
    for k in range(1, 12):
        term = term @ a / k
        h = h + term
    h = h * np.exp(-t * most / 2**halvings)
    for _ in range(halvings):
        h = h @ h
    return h


def heat_distance(h, t, rho=0.0):
    diagonal = np.diag(h)
    s = -4 * t * np.log(np.maximum(h, 0) + 1e-16) + rho * 4 * t * np.log((diagonal[:, None] + diagonal[None]) / 2 + 1e-16)
    d = np.sqrt(np.maximum(s, 0))
    np.fill_diagonal(d, 0)
    return d


def kept(d, truth, k=10, own=False):
    n = len(d)
    off = ~np.eye(n, dtype=bool) | own
    a, b = d[off].reshape(n, -1), truth[off].reshape(n, -1)
    pearson = np.mean([np.corrcoef(p, q)[0, 1] for p, q in zip(a, b)])
    spearman = np.mean([np.corrcoef(rankdata(p), rankdata(q))[0, 1] for p, q in zip(a, b)])
    near = lambda m: np.argsort(m, 1, kind="stable")[:, :k]
    same = np.mean([len(set(p) & set(q)) / k for p, q in zip(near(a), near(b))])
    return [spearman, pearson, same]


x, sheet = roll()
truth = squareform(pdist(sheet))
ones = kernel(x, 10)
w = ones - np.diag(np.diag(ones))
out = {
    "roll": base64.b64encode(x.astype("<f8").tobytes()).decode(),
    "sheet": base64.b64encode(sheet.astype("<f8").tobytes()).decode(),
    "weights": [int((w > 0).sum()), float(w.sum())],
    "kept": {"euclid": kept(squareform(pdist(x)), truth)},
    "saturated": {},
    "entries": {},
}
for normalised in (True, False):
    for t in (1, 10, 50):
        h, values = heat(w, t, normalised)
        for rho in (0, 1):
            key = f"{'normalised' if normalised else 'combinatorial'} {t} {rho}"
            d = heat_distance(h, t, rho)
            out["kept"][key] = kept(d, truth)
            out["saturated"][key] = float((h[~np.eye(800, dtype=bool)] < 1e-16).mean())
            out["entries"][key] = [float(v) for v in d[0, 1:5]]
# As published, each row's distance to itself among the others. By eigenvectors the order of the pairs that heat does not reach is
# that of their rounding, and Spearman's correlation goes with the solver; by the series it does not.
out["normalised"] = {}
for t in (1, 10, 50):
    exact, rounded = series(w, t), heat(w, t, True)[0]
    out["normalised"][t] = {
        "series": kept(heat_distance(exact, t), truth, own=True)[:2],
        "eigenvectors": kept(heat_distance(rounded, t), truth, own=True)[:2],
        "below": float((exact < 1e-16).mean()),
        "negative": float((rounded < 0).mean()),
    }
    print(t, out["normalised"][t])
# Rows on a line at a short time: half of the pairs hold less heat than the rounding of eigenvectors.
line = np.arange(20.0)[:, None]
ones_of_line = kernel(line, 2)
h = series(ones_of_line - np.diag(np.diag(ones_of_line)), 0.05, False)
d = heat_distance(h, 0.05)
out["line"] = {
    "unreached": float((h[~np.eye(20, dtype=bool)] < 1e-16).mean()),
    "straightness": np.corrcoef(pdist(line), squareform(d, checks=False))[0, 1],
    "hidden": float((h[~np.eye(20, dtype=bool)] < 1e-14).mean()),
}
print("line", out["line"])
straight = squareform(pdist(x))
out["paths"] = kept(shortest_path(np.where(w > 0, straight, 0), directed=False), truth, own=True)[:2]
print("paths", out["paths"])
p = ones / ones.sum(1, keepdims=True)
potential = -np.log(np.linalg.matrix_power(p, 10) + 1e-7)
phate = squareform(pdist(potential))
out["kept"]["phate"] = kept(phate, truth)
out["entries"]["phate"] = [float(v) for v in phate[0, 1:5]]
# The entropy of the diffusion operator's eigenvalues, by which the number of steps is chosen.
degree = ones.sum(1)
values = np.abs(np.linalg.eigvalsh(ones / np.sqrt(degree)[:, None] / np.sqrt(degree)[None]))
entropies = []
for t in range(1, 101):
    q = values**t / (values**t).sum()
    entropies.append(float(-(q[q > 0] * np.log(q[q > 0])).sum()))
out["entropies"] = [entropies[i] for i in (0, 9, 49, 99)]
cycle = np.zeros((12, 12))
for i in range(12):
    cycle[i, (i + 1) % 12] = cycle[(i + 1) % 12, i] = 1
lap = np.eye(12) - cycle / 2
out["cycle"] = [float(v) for v in expm(-10 * lap)[0, :7]]


def mapped(x):
    """A map of rows from the same distances by scikit-learn's majorisation, and how faithful that is."""
    n = len(x)
    ones = kernel(x, 10)
    h, _ = heat(ones - np.diag(np.diag(ones)), 10, False)
    d = heat_distance((h + h.T) / 2, 10, 1)
    centre = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(-0.5 * centre @ d**2 @ centre)
    start = vectors[:, ::-1][:, :2] * np.sqrt(values[::-1][:2])
    moved, stress = smacof(d, init=start, n_init=1, max_iter=300, eps=1e-6, n_components=2)
    near = [np.argsort(squareform(pdist(y)) + 1e9 * np.eye(n), 1)[:, :10] for y in (x, moved)]
    return {
        "trustworthiness": trustworthiness(x, moved, n_neighbors=10),
        "continuity": trustworthiness(moved, x, n_neighbors=10),
        "kept-neighbours": float(np.mean([len(set(a) & set(b)) for a, b in zip(*near)]) / 10),
        "shepard": np.corrcoef(pdist(x), pdist(moved))[0, 1],
        "straightness": np.corrcoef(pdist(x), squareform(d, checks=False))[0, 1],
        "stress": float(np.sqrt(stress / (pdist(moved) ** 2).sum())),
    }


SAMPLES = HERE.parents[2] / "media/samples"
out["digits"] = mapped(np.load(SAMPLES / "digits/digits-test-images.npy").reshape(450, -1)[:300].astype(float))
out["words"] = mapped(np.load(SAMPLES / "words/kjv-fasttext.npy")[:300].astype(float))
print(out["digits"], out["words"])
for key, value in out["kept"].items():
    print(key, np.round(value, 4), np.round(out["saturated"].get(key, 0), 3))
(HERE / "heat.json").write_text(json.dumps(out, indent=1) + "\n")
