"""Subspaces of classes and coding rates, from NumPy and SciPy; prints JSON.

    python3 test/fidelity/reference/class_subspaces.py > test/fidelity/reference/class_subspaces.json
"""

import itertools
import json
import pathlib

import numpy as np
from scipy.linalg import subspace_angles

SAMPLES = pathlib.Path(__file__).resolve().parents[3] / "media" / "samples" / "digits"


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def logdet(z, epsilon):
    n, d = z.shape
    return np.linalg.slogdet(np.eye(d) + d / (n * epsilon) * z.T @ z)[1]


def rank(z):
    s = np.linalg.svd(z, compute_uv=False) ** 2
    return int((np.cumsum(s) / s.sum() <= 0.95).sum()) + 1


def case(x, y, k, epsilon=0.1):
    z = unit(x)
    classes = np.unique(y)
    bases = [np.linalg.svd(z[y == c], full_matrices=False)[2][:k].T for c in classes]
    pairs = [(a, b) for a in range(len(classes)) for b in range(a)]
    angles = np.array([np.sort(subspace_angles(bases[a], bases[b])) for a, b in pairs])
    lengths = np.array([np.linalg.norm(z @ s, axis=1) for s in bases]).T
    own = lengths[np.arange(len(y)), y]
    logits = 25 * lengths
    cosines = np.abs(z @ z.T)
    same = y[:, None] == y[None]
    off = ~np.eye(len(y), dtype=bool)
    inside = sum((y == c).sum() / len(y) * logdet(z[y == c], epsilon) for c in classes)
    return {
        "subspaces": {
            "mean-chordal": np.sqrt((np.sin(angles) ** 2).sum(1)).mean(),
            "least-angle": np.degrees(angles.min()),
            "accuracy": (lengths.argmax(1) == y).mean(),
            "own-length": own.mean(),
            "cross-entropy": (np.log(np.exp(logits).sum(1)) - 25 * own).mean(),
        },
        "rates": {
            "rate": logdet(z, epsilon),
            "class-rate": inside,
            "reduction": logdet(z, epsilon) - inside,
            "rank": rank(z),
            "class-rank": np.mean([rank(z[y == c]) for c in classes]),
            "within-cosine": cosines[same & off].mean(),
            "between-cosine": cosines[~same].mean(),
        },
    }


def similarity(x, z, y, k):
    """Mean cos² between what each class spans over its rows in two spaces, and its mean over all pairings of these rows."""
    over = lambda rows, c: np.linalg.svd(unit(rows)[y == c], full_matrices=False)[0][:, :k]
    pairs = [np.cos(subspace_angles(over(x, c), over(z, c))) ** 2 for c in np.unique(y)]
    return {"similarity": np.mean(pairs), "chance": np.mean([paired(over(x, c), over(z, c)) for c in np.unique(y)])}


def paired(u, v):
    """The projector onto v, every entry of which is the mean of those that pairings put in its place, along u."""
    n, p = len(v), v @ v.T
    mean = np.full((n, n), (p.sum() - np.trace(p)) / (n * (n - 1)))
    np.fill_diagonal(mean, np.trace(p) / n)
    return np.trace(u.T @ mean @ u) / min(u.shape[1], v.shape[1])


def enumerated(x, z, y, k):
    """By every pairing of the rows of each class, and the spaces made anew for each."""
    over = lambda rows: np.linalg.svd(unit(rows), full_matrices=False)[0][:, :k]
    found = []
    for c in np.unique(y):
        u, rows = over(x[y == c]), z[y == c]
        orders = itertools.permutations(range(len(rows)))
        found.append(np.mean([(np.cos(subspace_angles(u, over(rows[list(order)]))) ** 2).mean() for order in orders]))
    return found


def det(n, d, s):
    return np.sin((np.arange(n * d) + float(s)).reshape(n, d) ** 2)


def toward(s, t):
    """The logarithm at s of t, both orthonormal."""
    u, sigma, vt = np.linalg.svd((t - s @ (s.T @ t)) @ np.linalg.inv(s.T @ t), full_matrices=False)
    return u @ np.diag(np.arctan(sigma)) @ vt


def karcher(bases):
    """Distances to the mean by small steps from the leading directions of all projectors, and the spread about it."""
    k = bases[0].shape[1]
    s = np.linalg.eigh(sum(b @ b.T for b in bases))[1][:, -k:]
    for _ in range(2000):
        u, sigma, vt = np.linalg.svd(0.5 * np.mean([toward(s, b) for b in bases], axis=0), full_matrices=False)
        s = np.linalg.qr(s @ vt.T @ np.diag(np.cos(sigma)) @ vt + u @ np.diag(np.sin(sigma)) @ vt)[0]
    ways = np.array([toward(s, b).ravel() for b in bases])
    values = np.linalg.eigvalsh(ways @ ways.T)[::-1]
    distances = [np.linalg.norm(subspace_angles(s, b)) for b in bases]
    return {"distances": distances, "axes": np.sqrt(values[:2]).tolist(), "kept": values[:2].sum() / values.sum()}


def main():
    k = np.arange(480.0).reshape(60, 8)
    of = np.arange(60) % 3
    made = unit(np.sin((k + 1) ** 2) + 1.2 * np.cos((of[:, None] + 1) * (np.arange(8) + 1)))
    planes = [np.linalg.svd(made[of == c], full_matrices=False)[2][:2].T for c in range(3)]
    y = np.load(SAMPLES / "digits-test-labels.npy").ravel().astype(int)
    layers = np.load(SAMPLES / "digits-cnn-seed0-activations.npz")
    cases = {layer: case(layers[layer].astype(float), y, 4) for layer in ("layer3", "layer7")}
    cases["layer5 and layer7"] = similarity(layers["layer5"].astype(float), layers["layer7"].astype(float), y, 3)
    cases["all pairings of five"] = enumerated(det(10, 2, 3) + 0.5, det(10, 4, 60) + 1, np.arange(10) % 2, 3)
    cases["map"] = karcher(planes)
    print(json.dumps(cases, indent=1))


main()
