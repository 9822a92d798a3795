"""The stochastic shape distance of two layers of the digits, the first 60 rows, their conditions the ten digits, with NumPy and SciPy alone.

    python3 test/fidelity/reference/stochastic.py

writes test/fidelity/reference/stochastic.json. The definition itself is minimised over all rotations and reflections, given by the
exponentials of skew matrices, by BFGS from many starts: no step of the program's own search is in it.
"""

import json
import pathlib

import numpy as np
from scipy.linalg import expm
from scipy.optimize import minimize

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = HERE.parents[2] / "media" / "samples"
STARTS = 8


def roots(s):
    values, v = np.linalg.eigh(s)
    return (v * np.sqrt(np.maximum(values, 0))[:, None]) @ v.transpose(0, 2, 1)


def moments(x, labels):
    means = np.array([x[labels == k].mean(0) for k in range(10)])
    return means - means.mean(0), np.array([np.cov(x[labels == k].T) for k in range(10)])


def distance(x, y, labels, alpha, random):
    width = max(x.shape[1], y.shape[1])
    x, y = [np.pad(m, ((0, 0), (0, width - m.shape[1]))) for m in (x, y)]
    (a, s), (b, t) = moments(x, labels), moments(y, labels)
    upper = np.triu_indices(width, 1)
    r, u, traces = roots(s), roots(t), np.trace(s, axis1=1, axis2=2) + np.trace(t, axis1=1, axis2=2)

    def rotation(angles, flip):
        skew = np.zeros((width, width))
        skew[upper] = angles
        return expm(skew - skew.T) @ flip

    def value(angles, flip):
        q = rotation(angles, flip)
        means = ((a - b @ q.T) ** 2).sum(1)
        # As the nuclear norm: roots of eigenvalues near zero would be noise.
        bures = traces - 2 * np.linalg.svd(r @ q @ u, compute_uv=False).sum(1)
        return np.mean(alpha * means + (2 - alpha) * bures)

    least = np.inf
    for sign in 1, -1:
        flip = np.diag([1.0] * (width - 1) + [sign])
        for _ in range(STARTS):
            start = np.pi * (2 * random.random(len(upper[0])) - 1)
            least = min(least, minimize(value, start, args=(flip,), method="BFGS", options={"gtol": 1e-8}).fun)
    return float(np.sqrt(least))


def main():
    labels = np.load(SAMPLES / "digits" / "digits-test-labels.npy").astype(int)[:60]
    layers = [np.load(SAMPLES / "digits" / f"digits-cnn-seed{seed}-activations.npz")["layer8"] for seed in (0, 1)]
    x, y = [np.asarray(m[:60], dtype=float) for m in layers]
    random = np.random.default_rng(5)
    out = {}
    for widths in (3, 3), (3, 2):
        # The units that vary most.
        columns = [np.sort(np.argsort(-m.var(0))[:width]).tolist() for m, width in zip((x, y), widths)]
        for alpha in 1, 0.2:
            value = distance(x[:, columns[0]], y[:, columns[1]], labels, alpha, random)
            out[f"{widths[0]} and {widths[1]} units, alpha {alpha}"] = {"columns": columns, "alpha": alpha, "distance": value}
    (HERE / "stochastic.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
