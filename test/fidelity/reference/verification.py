"""Verification of pairs, from NumPy, SciPy and scikit-learn; prints JSON.

    python3 test/fidelity/reference/verification.py > test/fidelity/reference/verification.json
"""

import gzip
import json
import pathlib

import numpy as np
from scipy.optimize import brentq
from scipy.spatial.distance import pdist
from sklearn.metrics import roc_auc_score, roc_curve

HERE = pathlib.Path(__file__).resolve()
SAMPLES = HERE.parents[3] / "media" / "samples" / "digits"


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def report(x, y, rate):
    i, j = np.triu_indices(len(y), 1)
    distances = pdist(unit(x), "sqeuclidean")
    same = y[i] == y[j]
    far, val, _ = roc_curve(same, -distances, drop_intermediate=False)
    kept = far <= rate
    threshold = np.sort(distances[~same])[int((far[kept][-1] * (~same).sum()).round())]
    return {
        "auc": roc_auc_score(same, -distances),
        "eer": brentq(lambda share: 1 - share - np.interp(share, far, val), 0, 1, xtol=1e-14),
        "val": val[kept][-1],
        "val-threshold": distances[distances < threshold].max(),
        "same-pairs": int(same.sum()),
        "different-pairs": int((~same).sum()),
        "nearest-different": distances[~same].min(),
        "farthest-same": distances[same].max(),
    }


def det(n, d, s):
    return np.sin((np.arange(n * d) + float(s)).reshape(n, d) ** 2)


def pull(z, y, margin=0.2):
    """Gradient of the mean loss of semi-hard triplets of rows of length 1."""
    apart = 2 - 2 * z @ z.T
    same = y[:, None] == y[None]
    a, p = np.nonzero(same & ~np.eye(len(y), dtype=bool))
    farther = np.where(same[a] | (apart[a] <= apart[a, p][:, None]), np.inf, apart[a])
    n = farther.argmin(1)
    active = farther.min(1) < apart[a, p] + margin
    signs = np.zeros_like(apart)
    np.add.at(signs, (a[active], p[active]), 1)
    np.add.at(signs, (a[active], n[active]), -1)
    return -2 * (signs + signs.T) @ z / max(1, active.sum())


def head(x, y, start, seed, steps=120, rate=0.05, count=25):
    """An affine map by AdaGrad, so many rows of each class in a batch."""
    draws = np.random.RandomState(seed)
    x = np.hstack([x, np.ones((len(x), 1))])
    w = np.vstack([start, np.zeros((1, start.shape[1]))])
    squares = np.zeros_like(w)
    for _ in range(steps):
        i = np.concatenate([draws.choice(np.flatnonzero(y == c), count, replace=False) for c in np.unique(y)])
        u = x[i] @ w
        lengths = np.linalg.norm(u, axis=1, keepdims=True)
        z = u / lengths
        g = pull(z, y[i])
        slope = x[i].T @ ((g - z * (g * z).sum(1, keepdims=True)) / lengths)
        squares += slope**2
        w = w - rate * slope / (np.sqrt(squares) + 1e-10)
    return lambda rows: np.hstack([rows, np.ones((len(rows), 1))]) @ w


def open_set(x, y, seen):
    """Fitted to digits 0 to 5: of those, and of the others; over three draws of the batches."""
    z = unit(x - x[seen].mean(0))
    found = []
    for seed in range(3):
        made = head(z[seen], y[seen], det(64, 32, 11) / 8, seed)
        ours, others = (report(made(z[part]), y[part], 1e-3) for part in (seen, ~seen))
        found.append({"seen": [ours["auc"], ours["val"]], "unseen": [others["auc"], others["val"]]})
    return found


def main():
    rows = np.frombuffer(gzip.decompress((HERE.parents[1] / "fixtures" / "digits" / "digits.bin.gz").read_bytes()), np.uint8)
    rows = rows.reshape(-1, 65).astype(float)
    x, y = rows[:, :64], rows[:, 64]
    unseen = y >= 6
    labels = np.load(SAMPLES / "digits-test-labels.npy").ravel()
    layer = np.load(SAMPLES / "digits-cnn-seed0-activations.npz")["layer6"].astype(float)
    cases = {
        "open set": open_set(x, y, ~unseen),
        # Centred on the digits that were seen.
        "digits 6 to 9": report((x - x[~unseen].mean(0))[unseen], y[unseen], 1e-3),
        "layer6": report(layer, labels, 1e-2),
    }
    print(json.dumps(cases, indent=1))


main()
