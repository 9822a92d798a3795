"""What the overview of a representation says, from NumPy alone; prints JSON.

    python3 test/fidelity/reference/overview.py > test/fidelity/reference/overview.json
"""

import json
import pathlib

import numpy as np

SAMPLES = pathlib.Path(__file__).resolve().parents[3] / "media" / "samples"


def overview(stored):
    x = stored.astype(float)
    s = np.linalg.svd(x - x.mean(0), compute_uv=False)
    rank = int((s > max(x.shape) * np.finfo(stored.dtype).eps * s[0]).sum())
    s = s[:rank]
    shares = s / s.sum()
    held = np.cumsum(s**2) / (s**2).sum()
    norms = np.linalg.norm(x, axis=1)
    distance = np.abs(norms - np.median(norms))
    scale = max(1.4826 * np.median(distance), np.median(norms) / 1000)
    varying = x[:, np.ptp(x, axis=0) > 0]
    return {
        "rows": x.shape[0],
        "units": x.shape[1],
        "rank": rank,
        "participation-ratio": (s**2).sum() ** 2 / (s**4).sum(),
        "effective-rank": np.exp(-(shares * np.log(shares)).sum()),
        "leading-share": s[0] ** 2 / (s**2).sum(),
        "directions-99": int((held < 0.99).sum()) + 1,
        "mean-norm": norms.mean(),
        "constant-units": int((np.ptp(x, axis=0) == 0).sum()),
        "repeated-units": varying.shape[1] - np.unique(varying, axis=1).shape[1],
        "repeated-rows": x.shape[0] - len(np.unique(x, axis=0)),
        "zero-rows": int((x == 0).all(1).sum()),
        "outlying-rows": int((distance > 10 * scale).sum()),
    }


def main():
    digits = np.load(SAMPLES / "digits" / "digits-cnn-seed0-activations.npz")
    images = np.load(SAMPLES / "digits" / "digits-test-images.npy")
    cases = {
        "digits layer1": overview(digits["layer1"]),
        "digits layer8": overview(digits["layer8"]),
        "images": overview(images.reshape(len(images), -1)),
        "images, doubled": overview(np.hstack([images.reshape(len(images), -1)] * 2)),
        "words a": overview(np.load(SAMPLES / "words" / "kjv-word2vec-a.npy")),
    }
    print(json.dumps(cases, indent=1))


main()
