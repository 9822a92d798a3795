"""All-pairs linear CKA of many layers as a NumPy expert would write it, float32 products, half of what is symmetric.

usage: cka.py features|samples FILE.npy...
Prints the matrix as JSON. Kornblith et al. 2019: CKA(X, Y) = |Y'X|^2 / (|X'X| |Y'Y|), columns centred; with the Gram
matrices K = XX' and L = YY' of the samples it is <K, L> / (|K| |L|).
"""

import json
import sys

import numpy as np


def centred(path):
    x = np.load(path)
    x -= x.mean(axis=0, dtype=np.float64).astype(x.dtype)
    return x


def by_features(paths):
    """One product of the stacked columns, a block row at a time: |X_i' X_j|^2 for j >= i."""
    widths = [np.load(path, mmap_mode="r").shape[1] for path in paths]
    edges = np.concatenate([[0], np.cumsum(widths)])
    first = np.load(paths[0], mmap_mode="r")
    stacked = np.empty((first.shape[0], edges[-1]), first.dtype)
    for path, start, end in zip(paths, edges, edges[1:]):
        stacked[:, start:end] = centred(path)
    hsic = np.empty((len(paths), len(paths)))
    for i, (start, end) in enumerate(zip(edges, edges[1:])):
        row = stacked[:, start:end].T @ stacked[:, start:]
        for j in range(i, len(paths)):
            block = row[:, edges[j] - start : edges[j + 1] - start]
            hsic[i, j] = hsic[j, i] = np.linalg.norm(block).astype(np.float64) ** 2
    return hsic


def by_samples(paths, size=256):
    """Blocks of the upper triangle of every layer's Gram matrix, and the products of the layers' blocks."""
    layers = [centred(path) for path in paths]
    n = layers[0].shape[0]
    hsic = np.zeros((len(layers), len(layers)))
    blocks = np.empty((len(layers), size * n), layers[0].dtype)
    for start in range(0, n, size):
        end = min(start + size, n)
        rows, rest = end - start, n - start
        used = blocks[:, : rows * rest]
        for layer, block in zip(layers, used):
            np.matmul(layer[start:end], layer[start:].T, out=block.reshape(rows, rest))
        # Everything right of the diagonal block stands for its mirror image as well.
        hsic += 2 * (used @ used.T)
        square = np.ascontiguousarray(used.reshape(-1, rows, rest)[:, :, :rows]).reshape(len(layers), -1)
        hsic -= square @ square.T
    return hsic


hsic = {"features": by_features, "samples": by_samples}[sys.argv[1]](sys.argv[2:])
norms = np.sqrt(np.diag(hsic))
json.dump((hsic / norms[:, None] / norms[None, :]).tolist(), sys.stdout)
