"""Decompositions, assignment and nearest neighbours as NumPy (LAPACK), SciPy and scikit-learn compute them.

usage: linalg.py SQUARE.npy POINTS.npy
Reads `name size` a line; answers with a line of JSON: a number to compare by, seconds, and processor seconds of all threads.
"""

import json
import sys
import time

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.neighbors import NearestNeighbors

square, points = [np.load(path).astype(float) for path in sys.argv[1:3]]


def assignment(n):
    a = np.ascontiguousarray(square[:n, :n])
    return lambda: a[linear_sum_assignment(a, maximize=True)].sum()


def eigen(n):
    a = square[:n, :n] + square[:n, :n].T
    return lambda: np.abs(np.linalg.eigh(a)[0]).sum()


def svd(n):
    a = np.ascontiguousarray(square[:n, :n])
    return lambda: np.linalg.svd(a)[1].sum()


def neighbours(n):
    x = points[:n]

    def found():
        # The nearest of eleven is the point itself.
        tree = NearestNeighbors(n_neighbors=11, algorithm="brute").fit(x)
        return float(tree.kneighbors(x, return_distance=False)[:, 1:].sum())

    return found


WORK = {"assignment": assignment, "eigen": eigen, "svd": svd, "neighbours": neighbours}

for line in sys.stdin:
    name, size = line.split()
    work = WORK[name](int(size))
    wall, own = time.perf_counter(), time.process_time()
    value = work()
    seconds, cpu = time.perf_counter() - wall, time.process_time() - own
    print(json.dumps({"value": float(value), "seconds": seconds, "cpu": cpu}), flush=True)
