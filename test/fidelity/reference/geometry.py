"""Geometry of class means, from NumPy; prints JSON.

    python3 test/fidelity/reference/geometry.py > test/fidelity/reference/geometry.json
"""

import gzip
import json
import pathlib

import numpy as np

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures"


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
    print(
        json.dumps(
            {
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
