"""Views of the same rows in one space, and labels spread over them, from NumPy and SciPy; prints JSON.

    python3 test/fidelity/reference/fusion.py > test/fidelity/reference/fusion.json
"""

import itertools
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


def hypergraph(nodes, k, wide):
    """S with every hyperedge as a row of one matrix."""
    rows = []
    for a, b in itertools.permutations(nodes, 2):
        squared = ((a[:, None] - b[None]) ** 2).sum(2)
        similar = np.exp(-squared / np.median(squared))
        for axis in (1, 0):
            similar = (similar - similar.mean(axis, keepdims=True)) / similar.std(axis, ddof=1, keepdims=True)
        kept = np.zeros_like(similar)
        for i in range(len(similar)):
            near = np.argsort(-similar[i], kind="stable")[: k * wide if i >= ROWS else k]
            kept[i, near] = similar[i, near]
        rows.append((kept + kept.T) / 2)
    h = np.vstack(rows)
    weight = np.maximum(0, h.sum(1) / np.maximum(1, (h > 0).sum(1)))
    h = np.where(h > 0, h, 0)
    eta = h / np.sqrt((weight[:, None] * h**2).sum(0))
    return eta.T @ (weight[:, None] * eta)


def published(views, y, seeds):
    """All directions of views that are not centred when they are projected; every row is judged, the examples too."""
    values, _ = canonical(views, 1e-4)
    centred = [v - v.mean(0) for v in views]
    parts = canonical(views, 1e-4)[1]
    maps = [np.linalg.lstsq(v, part, rcond=None)[0] for v, part in zip(centred, parts)]
    rows = [v @ m * values**4 for v, m in zip(views, maps)]
    nodes = [unit(np.vstack([r] + [r[y == c][:2].mean(0) for c in range(CLASSES)])) for r in rows]
    graphs = [graph(z, 5, 3) for z in nodes]
    s = hypergraph(nodes, 5, 3)
    p = closeness(nodes)
    accuracy = lambda f: (f[:ROWS].argmax(1) == y).mean()
    w = 0.25 * sum(share * g for share, g in zip(p, graphs)) + 0.75 * s
    return {
        "weights": p.tolist(),
        "alone": [accuracy(propagate(g, seeds, 0.5)) for g in graphs],
        "hypergraph": accuracy(propagate(s, seeds, 0.35)),
        "both": propagate(w, seeds, 0.35)[:ROWS].ravel().tolist(),
        "least": np.linalg.eigvalsh(s)[0],
        "row": s[0].tolist(),
    }


def closeness(nodes):
    found = []
    for a in nodes:
        t = np.array([1 / np.linalg.norm(a - b, axis=1) for b in nodes if b is not a])
        found.append((t * (t > 2**-0.5)).sum())
    return np.array(found) / np.sum(found)


def unrelated(n, p, q, draws=4000):
    """The first canonical correlation of independent rows."""
    random = np.random.default_rng(0)
    basis = lambda d: np.linalg.qr((lambda x: x - x.mean(0))(random.normal(size=(n, d))))[0]
    found = [np.linalg.norm(basis(p).T @ basis(q), 2) for _ in range(draws)]
    return {"mean": np.mean(found), "sd": np.std(found)}


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
    weights = closeness(nodes)
    graphs = [graph(rows, 5, 8) for rows in nodes]
    accuracy = lambda f: (f[:ROWS].argmax(1) == y)[judged].mean()
    mixed = sum(w * g for w, g in zip(weights, graphs))
    f = propagate(mixed, seeds, 0.5)
    ordered = np.sort(f[:ROWS], axis=1)
    both = propagate(0.25 * mixed + 0.75 * hypergraph(nodes, 5, 8), seeds, 0.35)
    # Trained once: the ten rows of each centred view that are nearest to the mean of the examples by cosine.
    trained = []
    for view, part in zip(views, parts):
        v = view - view.mean(0)
        rows = (part * values**4)[:, shared]
        near = [np.argsort(-(unit(v) @ v[e].mean(0)), kind="stable")[:10] for e in examples]
        trained.append(unit(np.vstack([rows] + [rows[e].mean(0) for e in near])))
    again = propagate(sum(w * graph(z, 5, 8) for w, z in zip(closeness(trained), trained)), seeds, 0.5)
    print(
        json.dumps(
            {
                "values": values.tolist(),
                "weights": weights.tolist(),
                "alone": [accuracy(propagate(g, seeds, 0.5)) for g in graphs],
                "accuracy": accuracy(f),
                "hypergraph": np.diff(np.sort(both[:ROWS], axis=1)[:, -2:], axis=1)[judged, 0].tolist(),
                "trained": np.diff(np.sort(again[:ROWS], axis=1)[:, -2:], axis=1)[judged, 0].tolist(),
                "unrelated": unrelated(400, 3, 5),
                "published": published(views, y, seeds),
                "margin": (ordered[:, -1] - ordered[:, -2])[judged].tolist(),
            },
            indent=1,
        )
    )


main()
