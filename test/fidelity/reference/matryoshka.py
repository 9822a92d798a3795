"""Scores of prefixes of layers, with NumPy and SciPy alone.

    python3 test/fidelity/reference/matryoshka.py

writes test/fidelity/reference/matryoshka.json: classes by nearest neighbours and linear CKA, by other roads than the
program takes (all pairs sorted, Gram matrices), on generated layers.
"""

import json
import pathlib

import numpy as np
from scipy.stats import spearmanr

HERE = pathlib.Path(__file__).resolve().parent
WIDTHS = (2, 4, 8, 16, 32)


def sines(n, d, shift=0):
    return np.sin((np.arange(n * d).reshape(n, d) + 1.0 + shift) ** 2)


def layers(n=80, d=32, count=4):
    signal = sines(n, d) * np.exp(-np.arange(d) / 8)
    return [l / count * signal + (1 - l / count) * 0.5 * sines(n, d, 10000 * l) for l in range(1, count + 1)]


def neighbours(x, k):
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -np.inf)
    return np.argsort(-cosines, axis=1, kind="stable")[:, :k]


def accuracy(x, classes, k):
    right = 0
    for own, row in zip(classes, neighbours(x, k)):
        found = list(classes[row])
        most = max(found.count(c) for c in found)
        right += next(c for c in found if found.count(c) == most) == own
    return right / len(x)


def cka(x, y):
    n = len(x)
    h = np.eye(n) - 1 / n
    k, l = h @ x @ x.T @ h, h @ y @ y.T @ h
    return np.sum(k * l) / np.sqrt(np.sum(k * k) * np.sum(l * l))


def two_sides():
    """The pairs of the second example, whose first dimension alone has cosines of 1 and -1 only."""
    mix = np.linspace(0, 1, 40)[:, None]
    base, scale = sines(40, 8, 2), 2.0 ** (-np.arange(8) / 2)
    others = [mix * base + (1 - mix) * sines(40, 8, shift - 1) for shift in (100, 2000, 30000)]
    return mix[:, 0], [(base * scale, other * scale) for other in others]


generated = layers()
classes = np.floor(4 * (np.sin(np.arange(80)) + 1) / 2.0000001).astype(int)
scores, sides = two_sides()
result = {
    "classes": [[accuracy(x[:, :d], classes, 5) for d in WIDTHS] for x in generated],
    "cka": [[cka(x[:, :d], generated[-1]) for d in WIDTHS] for x in generated],
    "signs": [spearmanr(np.sign(a[:, 0] * b[:, 0]), scores).statistic for a, b in sides],
}
(HERE / "matryoshka.json").write_text(json.dumps(result, indent=1) + "\n")
