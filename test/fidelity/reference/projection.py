"""Projections and how faithful they are: scikit-learn, umap-learn, SciPy and NumPy.

    /usr/bin/python3 test/fidelity/reference/projection.py

writes test/fidelity/reference/projection.json. Needs scikit-learn 1.2 and umap-learn 0.5 (Debian: python3-sklearn, umap-learn).
"""

import json
import pathlib
import warnings

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import eigsh
from scipy.spatial.distance import pdist, squareform
from scipy.stats import spearmanr
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.manifold import TSNE, smacof, trustworthiness
from sklearn.manifold._t_sne import _joint_probabilities_nn, _kl_divergence_bh
from sklearn.neighbors import NearestNeighbors

warnings.simplefilter("ignore")
import umap  # noqa: E402
from umap.umap_ import compute_membership_strengths, find_ab_params, fuzzy_simplicial_set, smooth_knn_dist  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = HERE.parents[2] / "media" / "samples"
K = 10

images = np.load(SAMPLES / "digits/digits-test-images.npy").reshape(450, -1).astype(float)
digits = np.load(SAMPLES / "digits/digits-test-labels.npy")
words = np.load(SAMPLES / "words/kjv-fasttext.npy")[:500].astype(float)


def faithfulness(x, y, metric="euclidean"):
    dx, dy = squareform(pdist(x, metric)), squareform(pdist(y))
    np.fill_diagonal(dx, -1)
    np.fill_diagonal(dy, -1)
    nx, ny = np.argsort(dx, 1, kind="stable"), np.argsort(dy, 1, kind="stable")
    kept = np.mean([len(set(a[1 : K + 1]) & set(b[1 : K + 1])) / K for a, b in zip(nx, ny)])
    off = ~np.eye(len(x), dtype=bool)
    rows = [spearmanr(a[o], b[o])[0] for a, b, o in zip(dx, dy, off)]
    return {
        "trustworthiness": trustworthiness(x, y, n_neighbors=K, metric=metric),
        # Of the map against the data, with the data as the embedding.
        "continuity": trustworthiness(y, x, n_neighbors=K) if metric == "euclidean" else None,
        "kept-neighbours": kept,
        "shepard": np.corrcoef(dx[off], dy[off])[0, 1],
        "distance-preservation": np.mean(rows),
    }


def plane(n):
    """A map that anybody can write down again: sines of the row."""
    i = np.arange(n)
    return np.stack([np.sin(i + 1.0) * 5, np.cos(2.0 * i) * (3 + (i % 7))], 1)


def rounded(x):
    return [[float(f"{v:.12g}") for v in row] for row in np.asarray(x)]


out = {}
pca = PCA(3, svd_solver="full").fit(images)
out["pca"] = {
    "rows": rounded(pca.transform(images)[:6]),
    "shares": pca.explained_variance_ratio_.tolist(),
    "faithfulness": faithfulness(images, pca.transform(images)[:, :2]),
}
lda = LinearDiscriminantAnalysis(solver="svd").fit(images, digits)
out["lda"] = {
    "rows": rounded(lda.transform(images)[:6, :3]),
    "shares": lda.explained_variance_ratio_[:3].tolist(),
}
out["judged"] = {
    "plane": faithfulness(images, plane(450)),
    "cosine": faithfulness(words, plane(500), "cosine"),
}

d = squareform(pdist(words[:200], "cosine"))
n = len(d)
h = np.eye(n) - 1 / n
values, vectors = np.linalg.eigh(-0.5 * h @ d**2 @ h)
classical = vectors[:, ::-1][:, :2] * np.sqrt(values[::-1][:2])
classical *= np.sign(classical[np.abs(classical).argmax(0), [0, 1]])
moved, stress = smacof(d, init=classical, n_init=1, max_iter=10, eps=0, n_components=2)
out["mds"] = {
    "eigenvalues": values[::-1][:2].tolist(),
    "classical": rounded(classical[:6]),
    # Of the map before the last of the ten steps.
    "stress": stress,
    "rows": rounded(moved[:6]),
}

# t-SNE: similarities and one gradient, at a map of small size and at one of the size of a finished map.
near = NearestNeighbors(n_neighbors=91).fit(images)
graph = near.kneighbors_graph(mode="distance")
graph.sort_indices()
graph.data **= 2
p = _joint_probabilities_nn(graph.astype(np.float32), 30, 0).tocsr()
dense = p.toarray()
gradients = {}
for name, size in (("small", 1e-3), ("large", 6.0)):
    y = plane(450) * size
    square = squareform(pdist(y, "sqeuclidean"))
    q = 1 / (1 + square)
    np.fill_diagonal(q, 0)
    force = (dense - q / q.sum()) * q
    gradient = 4 * (force.sum(1)[:, None] * y - force @ y)
    with np.errstate(divide="ignore", invalid="ignore"):
        kl = np.nansum(np.where(dense > 0, dense * np.log(dense / (q / q.sum())), 0))
    error, theirs = _kl_divergence_bh(
        y.astype(np.float32).ravel(), p.astype(np.float32), 1, 450, 2, angle=0.0
    )
    assert np.allclose(theirs.reshape(-1, 2), gradient, rtol=1e-3, atol=1e-6 * np.abs(gradient).max() + 1e-9)
    gradients[name] = {"size": size, "rows": rounded(gradient[:6]), "norm": np.linalg.norm(gradient), "kl": float(kl)}
out["tsne"] = {
    "entries": int(p.nnz),
    "rows": [[float(dense[i, j]) for j in range(12)] for i in range(3)],
    "squares": float((dense**2).sum()),
    "gradients": gradients,
}

# UMAP's graph.
k = 15
distances, indices = NearestNeighbors(n_neighbors=k).fit(images).kneighbors(images)
order = np.argsort(squareform(pdist(images)) + -1.0 * np.eye(450), 1, kind="stable")[:, :k]
full = squareform(pdist(images))
distances = np.take_along_axis(full, order, 1).astype(np.float32)
sigmas, rhos = smooth_knn_dist(distances, float(k))
fuzzy, _, _ = fuzzy_simplicial_set(
    images, k, np.random.RandomState(0), "euclidean", knn_indices=order, knn_dists=distances
)
fuzzy = fuzzy.tocsr()
degree = np.asarray(fuzzy.sum(0)).ravel()
scaled = sp.diags(1 / np.sqrt(degree)) @ fuzzy @ sp.diags(1 / np.sqrt(degree))
laplacian = sp.identity(450) - scaled
values, vectors = eigsh(laplacian.astype(float), 3, which="SM", tol=1e-12)
start = np.argsort(values)
vectors = vectors[:, start]
vectors *= np.sign(vectors[np.abs(vectors).argmax(0), range(3)])
a, b = find_ab_params(1.0, 0.1)
a5, b5 = find_ab_params(1.0, 0.5)
out["umap"] = {
    "sigmas": sigmas[:8].tolist(),
    "rhos": rhos[:8].tolist(),
    "entries": int(fuzzy.nnz),
    "sum": float(fuzzy.sum()),
    "weights": [
        [int(i), int(j), float(fuzzy[i, j])] for i in range(4) for j in fuzzy[i].indices[:6]
    ],
    "eigenvalues": values[start].tolist(),
    "vectors": rounded(vectors[:8]),
    "curve": [a, b],
    "wider": [a5, b5],
}

# Finished maps, at equal settings.
out["maps"] = {}
for name, x in (("digits", images), ("words", words)):
    tsne = [TSNE(perplexity=30, init="pca", learning_rate="auto", random_state=s) for s in range(3)]
    maps = [umap.UMAP(n_neighbors=15, min_dist=0.1, random_state=s) for s in range(3)]
    out["maps"][name] = {
        "tsne": [{**faithfulness(x, t.fit_transform(x)), "kl": float(t.kl_divergence_)} for t in tsne],
        "umap": [faithfulness(x, u.fit_transform(x)) for u in maps],
    }

(HERE / "projection.json").write_text(json.dumps(out, indent=1, default=float) + "\n")
