"""Geometry of class means, from NumPy; prints JSON.

    python3 test/fidelity/reference/geometry.py > test/fidelity/reference/geometry.json
"""

import gzip
import json
import pathlib

import numpy as np

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures"


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def det(n, d, s):
    return np.sin((np.arange(n * d) + float(s)).reshape(n, d) ** 2)


def torch_normals(seed, n, d):
    """torch.manual_seed(seed); torch.randn(n, d), but for single precision."""
    bits = np.random.MT19937()
    bits._legacy_seeding(seed)
    u = (bits.random_raw(n * d) % 2**24 / 2**24).reshape(-1, 2, 8)
    radius, turn = np.sqrt(-2 * np.log(1 - u[:, 0])), 2 * np.pi * u[:, 1]
    return np.stack([radius * np.cos(turn), radius * np.sin(turn)], 1).reshape(n, d)


def spread(b, alpha, most):
    """Vectors of length 1 pushed apart until no |cosine| is above alpha by 1e-4."""
    best = np.inf
    for step in range(most + 1):
        b = unit(b)
        g = b @ b.T - np.eye(len(b))
        if np.abs(g).max() < best:
            best, kept = np.abs(g).max(), b
        if best <= alpha + 1e-4 or step == most:
            return kept, best, step
        b = b - 2e-3 * (np.sign(g) * (np.abs(g) > alpha)) @ b


def accuracy(x, y, fitted, vectors):
    """Nearest vector after least squares onto them, of rows that were not fitted."""
    g = x[fitted]
    a = np.linalg.solve(g.T @ g + np.eye(x.shape[1]), g.T @ vectors[y[fitted]])
    return ((unit(x @ a) @ vectors.T).argmax(1) == y)[~fitted].mean()


def main():
    rows = np.frombuffer(gzip.decompress((FIXTURES / "digits" / "digits.bin.gz").read_bytes()), np.uint8).reshape(-1, 65)
    x, y = rows[:, :64].astype(float), rows[:, 64]
    classes = np.unique(y)
    own = np.array([x[y == c].mean(0) for c in classes])
    means = own - own.mean(0)
    lengths = np.linalg.norm(means, axis=1)
    cosines = (means @ means.T / np.outer(lengths, lengths))[~np.eye(len(classes), dtype=bool)]
    deviations = x - own[y]
    within = deviations.T @ deviations / len(x)
    between = means.T @ means / len(classes)
    apart = ((x[:, None] - own[None]) ** 2).sum(2)
    found = {f"{n} {d}": spread(det(n, d, 1), alpha, 1500) for n, d, alpha in [(100, 32, 0.2), (10, 5, 0.45), (20, 10, 0.24)]}
    drawn = {f"{n} {d}": spread(torch_normals(42, n, d), alpha, 1500) for n, d, alpha in [(100, 100, 0.002), (100, 32, 0.2)]}
    fitted = np.arange(len(y)) % 3 != 2
    vectors = {10: np.eye(10), 5: found["10 5"][0]}
    frames = {
        "found": {key: [coherence, steps] for key, (_, coherence, steps) in found.items()},
        "drawn": {key: [coherence, steps] for key, (_, coherence, steps) in drawn.items()},
        "digits": {d: accuracy(unit(x), y, fitted, v) for d, v in vectors.items()},
    }
    print(
        json.dumps(
            {
                "frames": frames,
                "mean-cosine": cosines.mean(),
                "cosine-sd": cosines.std(),
                "coherence": np.abs(cosines).max(),
                "equinorm": lengths.std() / lengths.mean(),
                "collapse": np.trace(within @ np.linalg.pinv(between, rcond=1e-10)) / len(classes),
                "nearest-mean": (apart.argmin(1) == y).mean(),
            },
            indent=1,
        )
    )


main()
