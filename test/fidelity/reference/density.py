"""HDBSCAN by its definition, slowly, from NumPy and SciPy; agreement of clusterings from scikit-learn; prints JSON.

Every distance of mutual reachability is a level: at each, the parts of a cluster are the connected components of its rows joined
by shorter distances. No spanning tree and no union-find.

    python3 test/fidelity/reference/density.py > test/fidelity/reference/density.json
"""

import gzip
import json
import pathlib

import numpy as np
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, normalized_mutual_info_score, silhouette_score

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures"


def digits(count):
    rows = np.frombuffer(gzip.decompress((FIXTURES / "digits" / "digits.bin.gz").read_bytes()), np.uint8).reshape(-1, 65)
    return rows[:count, :64].astype(float), rows[:count, 64].astype(int)


def moons():
    """Two bent bands, a heap and some rows between, by formulas."""
    k = np.arange(60)
    wave = lambda s: np.sin((k + s) ** 2.0)
    t = np.pi * k / 59
    upper = np.c_[np.cos(t) + 0.06 * wave(1), np.sin(t) + 0.06 * wave(200)]
    lower = np.c_[1 - np.cos(t) + 0.06 * wave(400), 0.4 - np.sin(t) + 0.06 * wave(600)]
    heap = np.c_[3 + 0.15 * wave(800), 1 + 0.15 * wave(1000)]
    far = 4 * np.c_[wave(1200), wave(1400)][:20]
    return np.vstack([upper, lower, heap, far])


def reachability(x, samples):
    d = cdist(x, x)
    core = np.sort(d, 1)[:, samples - 1]
    return np.maximum(d, np.maximum.outer(core, core))


def condensed(reach, smallest):
    """Clusters as (birth, rows, left: [(lambda, row)], children: [(lambda, index)])."""
    clusters = []

    def grow(rows, birth):
        own = len(clusters)
        clusters.append({"birth": birth, "size": len(rows), "left": [], "children": []})
        while True:
            inner = reach[np.ix_(rows, rows)]
            off = inner[~np.eye(len(rows), dtype=bool)]
            # The level at which these rows part: the least at which they are joined.
            levels = np.unique(off)
            low, high = 0, len(levels) - 1
            while low < high:
                middle = (low + high) // 2
                if connected_components(inner <= levels[middle])[0] == 1:
                    high = middle
                else:
                    low = middle + 1
            level = levels[low]
            labels = connected_components(inner < level)[1]
            lam = 1 / level
            parts = [rows[labels == part] for part in range(labels.max() + 1)]
            large = [part for part in parts if len(part) >= smallest]
            for part in parts:
                if len(part) < smallest:
                    clusters[own]["left"] += [(lam, int(row)) for row in part]
            if len(large) == 1:
                rows = large[0]
                continue
            for part in large:
                clusters[own]["children"].append((lam, len(clusters)))
                grow(part, lam)
            return

    grow(np.arange(len(reach)), 0.0)
    return clusters


def chosen(clusters):
    stability = [
        sum(lam - c["birth"] for lam, _ in c["left"]) + sum((lam - c["birth"]) * clusters[k]["size"] for lam, k in c["children"])
        for c in clusters
    ]

    def best(c):
        below = [best(k) for _, k in clusters[c]["children"]]
        total = sum(value for value, _ in below)
        if not below or (total <= stability[c] and c > 0):
            return stability[c], [c]
        return total, sum((picked for _, picked in below), [])

    return [c for c in best(0)[1] if c > 0], stability


def hdbscan(x, smallest, samples):
    clusters = condensed(reachability(x, samples), smallest)
    taken, stability = chosen(clusters)
    labels = np.full(len(x), -1)
    membership = np.zeros(len(x))

    def rows(c):
        return clusters[c]["left"] + sum((rows(k) for _, k in clusters[c]["children"]), [])

    order = sorted(taken, key=lambda c: (-len(rows(c)), c))
    for label, c in enumerate(order):
        death = max([lam for lam, _ in clusters[c]["left"]] + [lam for lam, _ in clusters[c]["children"]])
        for lam, row in rows(c):
            labels[row] = label
            membership[row] = min(1, lam / death)
    inside = labels >= 0
    return {
        "labels": labels.tolist(),
        "clusters": len(order),
        "noise": (~inside).mean(),
        "silhouette": silhouette_score(x[inside], labels[inside]) if len(order) > 1 else None,
        "membership": membership[inside].mean(),
        "stability": [stability[c] for c in order],
    }


def agreement(a, b):
    return {
        "rand": adjusted_rand_score(a, b),
        "adjusted-information": adjusted_mutual_info_score(a, b),
        "information": normalized_mutual_info_score(a, b),
    }


def main():
    pixels, labels = digits(250)
    x = moons()
    other = x @ np.array([[1, 0.3], [0, 1.5]]) + 0.2 * np.sin(np.arange(len(x)) ** 2.0)[:, None]
    first, second = (KMeans(4, n_init=50, random_state=0).fit(a).labels_ for a in (x, other))
    print(
        json.dumps(
            {
                "moons": hdbscan(x, 5, 5),
                "moons coarse": hdbscan(x, 15, 4),
                "digits": hdbscan(pixels, 5, 3),
                "labels": agreement(labels[:100], labels[100:200]),
                "kmeans": agreement(first, second),
                "density": agreement(hdbscan(x, 5, 5)["labels"], hdbscan(other, 5, 5)["labels"]),
            }
        )
    )


main()
