"""k-means of three groups and agreement of clusterings, from scikit-learn; prints JSON.

    python3 test/fidelity/reference/clusters.py > test/fidelity/reference/clusters.json
"""

import json

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, silhouette_samples, silhouette_score


def groups():
    k = np.arange(90 * 3)
    return (np.sin((k + 9.0) ** 2) + 2 * (k % 3 == k // 90)).reshape(90, 3)


def clustered(x, labels):
    """Of the best of 50 starts: how apart the clusters are, and how they agree with the labels."""
    model = KMeans(3, n_init=50, random_state=0).fit(x)
    return {
        "silhouette": silhouette_score(x, model.labels_),
        "explained": 1 - model.inertia_ / ((x - x.mean(0)) ** 2).sum(),
        "rows": silhouette_samples(x, model.labels_)[::15].tolist(),
        **agreement(labels, model.labels_),
    }


def by_directions(x, labels):
    """Normalised cut of the doubly stochastic matrix of absolute cosines, by Sinkhorn's own alternation."""
    kernel = np.exp((np.abs(x @ x.T) - 1) / 0.175)
    u = np.ones(len(x))
    for _ in range(5000):
        v = 1 / (kernel.T @ u)
        u = 1 / (kernel @ v)
    vectors = np.linalg.eigh(u[:, None] * kernel * v)[1][:, -3:]
    found = KMeans(3, n_init=50, random_state=0).fit_predict(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    distances = np.minimum(cdist(x, x), cdist(x, -x))
    within = sum(off(x[found == c]) for c in range(3))
    return {
        "silhouette": silhouette_score(distances, found, metric="precomputed"),
        "explained": 1 - within / off(x),
        "rows": silhouette_samples(distances, found, metric="precomputed")[::15].tolist(),
        **agreement(labels, found),
    }


def off(x):
    """Squares off the direction nearest to all rows."""
    return (np.linalg.svd(x, compute_uv=False)[1:] ** 2).sum()


def planes():
    """Silhouettes by distances to two planes, each the principal one, through 0, of the rows that it was made of."""
    x = 0.01 * np.sin((np.arange(480) + 5555.0) ** 2).reshape(80, 6)
    x[:40, :2] += np.sin((np.arange(80) + 1.0) ** 2).reshape(40, 2)
    x[40:, 2:4] += np.sin((np.arange(80) + 777.0) ** 2).reshape(40, 2)
    left = []
    for part in (x[:40], x[40:]):
        u = np.linalg.svd(part)[2][:2]
        left.append(np.linalg.norm(x - x @ u.T @ u, axis=1))
    a, b = np.where(np.arange(80) < 40, left, left[::-1])
    return {"silhouette": ((b - a) / b).mean(), "rows": ((b - a) / b)[::20].tolist()}


def agreement(a, b):
    return {"rand": adjusted_rand_score(a, b), "information": normalized_mutual_info_score(a, b)}


def main():
    x, labels = groups(), np.repeat([0, 1, 2], 30)
    directions = x / np.linalg.norm(x, axis=1, keepdims=True)
    print(
        json.dumps(
            {
                "kmeans": clustered(x, labels),
                "spherical": clustered(directions, labels),
                "directions": by_directions(directions, labels),
                "planes": planes(),
                "agreement": agreement([0, 0, 1, 1, 2, 2, 2, 0, 1], [1, 1, 0, 0, 2, 2, 0, 1, 2]),
            },
            indent=1,
        )
    )


main()
