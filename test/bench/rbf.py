"""RBF CKA of two files, never n x n, as a NumPy expert would write it: float64, tiles of the upper triangle.

usage: rbf.py FILE.npy FILE.npy
Prints {"values": {"cka": ...}}. K = exp(-d^2 / 2 s^2) with s the median distance of all pairs of different rows, exact;
CKA = <HKH, HLH> / (|HKH| |HLH|) from sums of the tiles and of their rows (Kornblith et al. 2019).
"""

import json
import sys

import numpy as np

TILE = 1024


def tiles(n):
    for i in range(0, n, TILE):
        for j in range(i, n, TILE):
            yield slice(i, min(n, i + TILE)), slice(j, min(n, j + TILE))


def squared(x, norms, rows, columns):
    d = x[rows] @ x[columns].T
    d *= -2
    d += norms[rows, None]
    d += norms[None, columns]
    np.maximum(d, 0, out=d)
    if rows == columns:
        np.fill_diagonal(d, 0)
    return d


def median_distance(x, norms, probes=2**19):
    """Random pairs bracket the median; one pass counts what is below the bracket and keeps what is in it."""
    n = len(x)
    rng = np.random.default_rng(0)
    sample = np.empty(probes)
    for start in range(0, probes, 4096):
        i = rng.integers(n, size=4096)
        j = (i + 1 + rng.integers(n - 1, size=4096)) % n
        sample[start : start + 4096] = ((x[i] - x[j]) ** 2).sum(axis=1)
    sample.sort()
    spread = int(np.ceil(2 * np.sqrt(probes)))
    low, high = sample[probes // 2 - spread], sample[probes // 2 + spread]
    below, kept = 0, []
    for rows, columns in tiles(n):
        d = squared(x, norms, rows, columns)
        if rows == columns:
            d = d[np.triu_indices(len(d), 1)]
        below += np.count_nonzero(d < low)
        kept.append(d[(d >= low) & (d <= high)])
    inside = np.concatenate(kept)
    pairs = n * (n - 1) // 2
    places = [k - below for k in {(pairs - 1) // 2, pairs // 2}]
    assert min(places) >= 0 and max(places) < len(inside), "the bracket has missed"
    inside.partition(places)
    return np.sqrt(inside[places]).mean()


spaces = []
for path in sys.argv[1:]:
    x = np.load(path).astype(np.float64)
    x -= x.mean(axis=0)
    norms = np.einsum("ij,ij->i", x, x)
    spaces.append((x, norms, median_distance(x, norms)))
n = len(spaces[0][0])
cross = np.zeros((2, 2))
sums = np.zeros((2, n))
for rows, columns in tiles(n):
    kernels = []
    for k, (x, norms, sigma) in enumerate(spaces):
        kernel = squared(x, norms, rows, columns)
        kernel *= -0.5 / sigma**2
        np.exp(kernel, out=kernel)
        # The value at the median distance: a constant drops out in centring, and large sums would cost digits.
        kernel -= np.exp(-0.5)
        sums[k, rows] += kernel.sum(axis=1)
        if rows != columns:
            sums[k, columns] += kernel.sum(axis=0)
        kernels.append(kernel.ravel())
    weight = 1 if rows == columns else 2
    cross += weight * np.array([[a @ b for b in kernels] for a in kernels])
total = sums.sum(axis=1)
hsic = cross - 2 / n * sums @ sums.T + np.outer(total, total) / n**2
json.dump({"values": {"cka": hsic[0, 1] / np.sqrt(hsic[0, 0] * hsic[1, 1])}}, sys.stdout)
