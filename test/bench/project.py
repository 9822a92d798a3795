"""Nearest neighbours, UMAP and t-SNE as scikit-learn and umap-learn compute them.

usage: project.py POINTS.npy FOLDER
Reads `knn`, `umap` or `tsne` a line; writes FOLDER/knn.bin (int32) or the map (float32), and answers with a line of JSON: seconds,
and processor seconds of all threads. What is compiled when it first runs has run before the clock starts.
"""

import json
import pathlib
import sys
import time
import warnings

import numpy as np

warnings.simplefilter("ignore")
points = np.load(sys.argv[1])
folder = pathlib.Path(sys.argv[2])


def knn():
    from sklearn.neighbors import NearestNeighbors

    def found():
        near = NearestNeighbors(n_neighbors=16, algorithm="brute").fit(points)
        return near.kneighbors(points, return_distance=False)[:, 1:].astype(np.int32)

    return found


def umap():
    from umap import UMAP

    make = lambda x: UMAP(n_neighbors=15, min_dist=0.1, random_state=0).fit_transform(x)
    make(np.random.default_rng(0).normal(size=(4200, points.shape[1])).astype(np.float32))
    return lambda: make(points).astype(np.float32)


def tsne():
    from sklearn.manifold import TSNE

    make = TSNE(perplexity=30, init="pca", learning_rate="auto", random_state=0, n_jobs=-1)
    return lambda: make.fit_transform(points).astype(np.float32)


WORK = {"knn": knn, "umap": umap, "tsne": tsne}

for line in sys.stdin:
    name = line.strip()
    work = WORK[name]()
    wall, own = time.perf_counter(), time.process_time()
    made = work()
    seconds, cpu = time.perf_counter() - wall, time.process_time() - own
    made.tofile(folder / f"{name}.bin")
    print(json.dumps({"value": 0, "seconds": seconds, "cpu": cpu}), flush=True)
