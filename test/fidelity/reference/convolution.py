"""Shape metric of feature maps: the least angle over all circular shifts of the maps of the second, by np.roll.

The samples' 64 units are read as maps of 4 x 4 positions and 4 channels, or of 2 x 8 and 4.
"""

import itertools
import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SAMPLES = HERE.parents[2] / "media" / "samples"


def whitened(x, alpha):
    x = x - x.mean(0)
    values, v = np.linalg.eigh(x.T @ x)
    return x @ v @ np.diag(alpha + (1 - alpha) / np.sqrt(values)) @ v.T


def angle(x, y, alpha):
    a, b = whitened(x, alpha), whitened(y, alpha)
    return np.arccos(np.linalg.norm(a.T @ b, "nuc") / np.linalg.norm(a) / np.linalg.norm(b))


def maps(m, height, width, channels):
    if channels == "last":
        return m.reshape(len(m), height, width, -1)
    return np.moveaxis(m.reshape(len(m), -1, height, width), 1, 3)


def main():
    one, two = [np.load(SAMPLES / "digits" / f"digits-cnn-seed{seed}-activations.npz")["layer8"] for seed in (0, 1)]
    x, y = [np.asarray(m[:60], dtype=float) for m in (one, two)]
    out = {}
    for (height, width), channels, alpha in itertools.product([(4, 4), (2, 8)], ["first", "last"], [0, 0.5, 1]):
        a, b = maps(x, height, width, channels), maps(y, height, width, channels)
        flat = a.reshape(-1, a.shape[-1])
        shifts = itertools.product(range(height), range(width))
        out[f"{height} {width} {channels} {alpha}"] = float(
            min(angle(flat, np.roll(b, shift, (1, 2)).reshape(flat.shape), alpha) for shift in shifts)
        )
    (HERE / "convolution.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
