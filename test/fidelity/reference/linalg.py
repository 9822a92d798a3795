"""Writes linalg.json: what NumPy and SciPy make of matrices that test/fidelity/linalg.test.ts makes in the same way.

Run with: python3 test/fidelity/reference/linalg.py   (needs numpy and scipy)
"""

import json
import pathlib

import numpy as np
from scipy import linalg, stats
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist, pdist


def noise(rows, columns, seed):
    """Park and Miller's generator, exact in float64 in any language."""
    state, out = seed, []
    for _ in range(rows * columns):
        state = state * 48271 % 2147483647
        out.append(state / 2147483647 - 0.5)
    return np.array(out).reshape(rows, columns)


def symmetric(n, seed):
    a = noise(n, n, seed)
    return a + a.T


def hilbert(n):
    return np.array([[1 / (i + j + 1) for j in range(n)] for i in range(n)])


def eigenvalues(a):
    return linalg.eigvalsh(a)[::-1].tolist()


def singular(a):
    return linalg.svdvals(a).tolist()


def some(values):
    """The ends, and every tenth between them."""
    return values[:3] + values[3:-3:10] + values[-3:]


out = {}
out["eigen"] = {
    "40": eigenvalues(symmetric(40, 1)),
    "150": some(eigenvalues(symmetric(150, 2))),
    "hilbert 12": eigenvalues(hilbert(12)),
}
low = noise(60, 7, 3) @ noise(7, 50, 4)
out["singular"] = {
    "30 x 20": singular(noise(30, 20, 5)),
    "20 x 30": singular(noise(20, 30, 6)),
    "130 x 110": some(singular(noise(130, 110, 7))),
    "2500 x 40": some(singular(noise(2500, 40, 8))),
    "rank 7": singular(low)[:8],
    "hilbert 12": singular(hilbert(12)),
}
out["nuclear"] = float(np.linalg.norm(noise(130, 110, 7), "nuc"))

# Beside an offset of a million; the means and deviations in extended precision.
x = noise(200, 3, 9) + np.array([1e6, 0, -1e6])
extended = x.astype(np.longdouble)
out["means"] = extended.mean(0).astype(float).tolist()
out["deviations"] = extended.std(0).astype(float).tolist()

layers = [noise(50, p, 10 + p) for p in (7, 80, 3, 1)]
layers = [layer - layer.mean(0) for layer in layers]
out["crossNorms"] = [[float(np.linalg.norm(a.T @ b) ** 2) for b in layers] for a in layers]


def assignment(rows, columns, seed, maximise):
    scores = noise(rows, columns, seed)
    chosen_rows, chosen = linear_sum_assignment(scores, maximise)
    full = np.full(rows, -1)
    full[chosen_rows] = chosen
    return full.tolist()


out["assignment"] = [
    {"rows": r, "columns": c, "seed": 20 + k, "maximise": m, "columnOf": assignment(r, c, 20 + k, m)}
    for k, (r, c) in enumerate([(12, 12), (30, 30), (8, 15), (15, 8), (1, 9), (60, 70)])
    for m in (True, False)
]

p = noise(9, 5, 30)
out["condensed"] = {
    "euclidean": pdist(p).tolist(),
    "squared-euclidean": pdist(p, "sqeuclidean").tolist(),
    "correlation": pdist(p, "correlation").tolist(),
    "cosine": pdist(p, "cosine").tolist(),
}

q = noise(40, 6, 31)
far = {"euclidean": cdist(q, q), "cosine": cdist(q, q, "cosine"), "inner": -(q @ q.T)}
out["neighbours"] = {}
for metric, distances in far.items():
    np.fill_diagonal(distances, np.inf)
    out["neighbours"][metric] = np.argsort(distances, axis=1)[:, :5].ravel().tolist()

a = noise(1, 101, 32).ravel()
b = np.round(noise(1, 101, 33).ravel() * 8) + np.round(a * 3)
c = np.round(a * 5)
out["ranks"] = {
    "average": stats.rankdata(b).tolist(),
    "pearson": float(stats.pearsonr(a, b)[0]),
    "spearman": float(stats.spearmanr(c, b)[0]),
    "kendall": float(stats.kendalltau(c, b)[0]),
    "medianOdd": float(np.median(a)),
    "medianEven": float(np.median(a[:100])),
}

target = pathlib.Path(__file__).with_name("linalg.json")
target.write_text(json.dumps(out, indent=1) + "\n")
