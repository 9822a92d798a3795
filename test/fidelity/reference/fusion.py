"""Views of the same rows in one space, and labels spread over them, from NumPy and SciPy; prints JSON.

    python3 test/fidelity/reference/fusion.py > test/fidelity/reference/fusion.json
"""

import json

import numpy as np
from scipy.linalg import eigh

ROWS, CLASSES = 60, 3


def det(n, d, s):
    return np.sin((np.arange(n * d) + float(s)).reshape(n, d) ** 2)


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def canonical(views, ridge):
    views = [v - v.mean(0) for v in views]
    x = np.hstack(views)
    covariance = x.T @ x / (len(x) - 1) + ridge * np.eye(x.shape[1])
    blocks = np.zeros_like(covariance)
    edges = np.cumsum([0] + [v.shape[1] for v in views])
    for a, b in zip(edges, edges[1:]):
        blocks[a:b, a:b] = covariance[a:b, a:b]
    values, w = eigh(covariance, blocks)
    values, w = values[::-1], w[:, ::-1]
    return values, [v @ w[a:b] for v, a, b in zip(views, edges, edges[1:])]


def graph(z, k, wide):
    squared = ((z[:, None] - z[None]) ** 2).sum(2)
    similar = np.exp(-squared / np.median(squared))
    out = np.zeros_like(similar)
    for i in range(len(z)):
        kept = np.argsort(squared[i], kind="stable")[: k * wide if i >= ROWS else k]
        out[i, kept] = similar[i, kept]
    return (out + out.T) / 2


def propagate(w, y, alpha):
    d = w.sum(1)
    return (1 - alpha) * np.linalg.solve(np.eye(len(w)) - alpha * w / np.sqrt(np.outer(d, d)), y)


def main():
    y = np.arange(ROWS) % CLASSES
    z = 2 * np.eye(CLASSES)[y] + 0.8 * det(60, 3, 7)
    views = [
        z @ det(3, d, s) + 0.3 * det(60, d, t) for d, s, t in [(6, 11, 1011), (5, 222, 1222), (4, 3333, 4333)]
    ]
    values, parts = canonical(views, 1e-4)
    shared = values > 1
    examples = [np.flatnonzero(y == c)[:2] for c in range(CLASSES)]
    judged = np.setdiff1d(np.arange(ROWS), np.concatenate(examples))
    nodes = []
    for part in parts:
        rows = (part * values**4)[:, shared]
        nodes.append(unit(np.vstack([rows] + [rows[e].mean(0) for e in examples])))
    seeds = np.vstack([np.zeros((ROWS, CLASSES)), 2 * np.eye(CLASSES) - 1])
    closeness = []
    for a in nodes:
        t = np.array([1 / np.linalg.norm(a - b, axis=1) for b in nodes if b is not a])
        closeness.append((t * (t > 2**-0.5)).sum())
    weights = np.array(closeness) / np.sum(closeness)
    graphs = [graph(rows, 5, 8) for rows in nodes]
    accuracy = lambda f: (f[:ROWS].argmax(1) == y)[judged].mean()
    f = propagate(sum(w * g for w, g in zip(weights, graphs)), seeds, 0.5)
    ordered = np.sort(f[:ROWS], axis=1)
    print(
        json.dumps(
            {
                "values": values.tolist(),
                "weights": weights.tolist(),
                "alone": [accuracy(propagate(g, seeds, 0.5)) for g in graphs],
                "accuracy": accuracy(f),
                "margin": (ordered[:, -1] - ordered[:, -2])[judged].tolist(),
            },
            indent=1,
        )
    )


main()
