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


def main():
    rows = np.frombuffer(gzip.decompress((HERE.parents[1] / "fixtures" / "digits" / "digits.bin.gz").read_bytes()), np.uint8)
    rows = rows.reshape(-1, 65).astype(float)
    x, y = rows[:, :64], rows[:, 64]
    unseen = y >= 6
    labels = np.load(SAMPLES / "digits-test-labels.npy").ravel()
    layer = np.load(SAMPLES / "digits-cnn-seed0-activations.npz")["layer6"].astype(float)
    cases = {
        # Centred on the digits that were seen.
        "digits 6 to 9": report((x - x[~unseen].mean(0))[unseen], y[unseen], 1e-3),
        "layer6": report(layer, labels, 1e-2),
    }
    print(json.dumps(cases, indent=1))


main()
