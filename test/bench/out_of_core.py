"""Linear CKA of two float32 .npy files larger than memory, as a NumPy expert would write it: memory-mapped blocks of rows,
float32 products of each block (x.T @ x by the symmetric routine of BLAS), sums in float64, one pass.

usage: out_of_core.py A.npy B.npy
Prints the value as JSON.
"""

import json
import sys

import numpy as np

HEIGHT = 8192

x, y = (np.load(path, mmap_mode="r") for path in sys.argv[1:3])
n = len(x)
shifts = [a[:HEIGHT].mean(axis=0, dtype=np.float64).astype(a.dtype) for a in (x, y)]
sums = [np.zeros(a.shape[1]) for a in (x, y)]
products = [np.zeros((a.shape[1], b.shape[1])) for a, b in ((x, x), (y, y), (x, y))]
for start in range(0, n, HEIGHT):
    p, q = (np.asarray(a[start : start + HEIGHT]) - shift for a, shift in zip((x, y), shifts))
    for total, part in zip(sums, (p, q)):
        total += part.sum(axis=0, dtype=np.float64)
    for total, (a, b) in zip(products, ((p, p), (q, q), (p, q))):
        total += a.T @ b
for total, (a, b) in zip(products, ((0, 0), (1, 1), (0, 1))):
    total -= np.outer(sums[a], sums[b]) / n
xx, yy, xy = (np.linalg.norm(total) for total in products)
json.dump(xy**2 / (xx * yy), sys.stdout)
