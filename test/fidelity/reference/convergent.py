"""Convergent learning on a made pair of networks and on the sample data, from NumPy, SciPy and scikit-learn; prints JSON.

    python3 test/fidelity/reference/convergent.py > test/fidelity/reference/convergent.json

Needs NumPy, SciPy and scikit-learn. The lasso is scikit-learn's on z-scores, canonical correlations come from orthonormal
bases of the activations themselves, trees from SciPy's average linkage, clusters from scikit-learn's k-means.
"""

import json
import pathlib
import warnings

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import squareform
from scipy.stats import rankdata
from sklearn.cluster import KMeans
from sklearn.linear_model import Lasso

warnings.filterwarnings("ignore")
SAMPLES = pathlib.Path(__file__).resolve().parents[3] / "media" / "samples"


def det(n, d, s):
    k = np.arange(n * d, dtype=float).reshape(n, d)
    return np.sin((k + s) ** 2)


def planted():
    """A and a shuffled, rescaled copy with a mixture, a unit of noise, and noise on everything."""
    a, noise = det(200, 6, 1), det(200, 6, 5000)
    b = a[:, [2, 0, 1, 5, 3, 4]] * [2, 1, 0.5, 3, 1, 1] + 0.1
    b[:, 3] = 0.6 * a[:, 5] + 0.8 * a[:, 0]
    b[:, 4] = noise[:, 4]
    return a, b + 0.3 * noise


def varying(x):
    x = x.astype(float)
    return x[:, x.std(0) > 0]


def standard(x, like=None):
    like = x if like is None else like
    return (x - like.mean(0)) / like.std(0)


def blocks(x, y):
    p = x.shape[1]
    r = np.corrcoef(x, y, rowvar=False)
    return r, r[:p, :p], r[:p, p:], r[p:, p:]


def best(m, ignore=False):
    m = m.copy()
    if ignore:
        np.fill_diagonal(m, -np.inf)
    return m.max(1).mean()


def relations(x, y, absolute=False):
    _, aa, ab, bb = blocks(x, y)
    if absolute:
        aa, ab, bb = abs(aa), abs(ab), abs(bb)
    return {
        "between": (best(ab) + best(ab.T)) / 2,
        "within": best(aa, True),
        "within-second": best(bb, True),
    }


def drawn(rows, seed):
    """Uniform numbers by row: a 32-bit mix (Steele's and Vigna's constants), in wrapping integers."""
    with np.errstate(over="ignore"):
        z = ((np.arange(rows) + 1).astype(np.uint32) * np.uint32(0x9E3779B9)) ^ np.uint32(((seed + 1) * 0x85EBCA6B) % 2**32)
        z = (z ^ (z >> np.uint32(16))) * np.uint32(0x21F0AAAD)
        z = (z ^ (z >> np.uint32(15))) * np.uint32(0x735A2D97)
        return (z ^ (z >> np.uint32(15))) / 2**32


def from_all(x, y, share):
    """Held-out R² of each unit of y by least squares on all of x; of the rows fitted to where the share is 0."""
    out = drawn(len(x), 0) < share
    fitted = ~out
    if share == 0:
        out = fitted
    hx, hy = standard(x[out], x[fitted]), standard(y[out], y[fitted])
    weights = np.linalg.lstsq(standard(x[fitted]), standard(y[fitted]), rcond=None)[0]
    return 1 - ((hy - hx @ weights) ** 2).mean(0) / (hy**2).mean(0)


def far_row(factor):
    """Units that one far row makes nearly the same, beside mixtures of them from before it was moved."""
    x = det(60, 5, 1)
    y = x @ det(5, 5, 7)
    x[3] *= factor
    return {"factor": factor} | {
        name: {"r2-all": from_all(x, y, share).mean(), "r2-all-reverse": from_all(y, x, share).mean()}
        for name, share in (("fitted", 0), ("held", 0.2))
    }


def predict(x, y, few=3, most=32, share=0.2):
    out = drawn(len(x), 0) < share
    fx, fy = standard(x[~out]), standard(y[~out])
    hx, hy = standard(x[out], x[~out]), standard(y[out], y[~out])
    n = len(fx)
    units, sparse = [], []
    for k in range(y.shape[1]):
        own = (hy[:, k] ** 2).mean()
        r2 = lambda prediction: 1 - ((hy[:, k] - prediction) ** 2).mean() / own
        top = abs(fx.T @ fy[:, k] / n).max()
        path, model = [(0, 0.0, 0.0)], Lasso(fit_intercept=False, warm_start=True, tol=1e-10, max_iter=100000)
        for step in range(1, 20):
            model.set_params(alpha=top * 1e-3 ** (step / 19)).fit(fx, fy[:, k])
            w = model.coef_
            used = np.flatnonzero(abs(w) > 1e-3 * abs(w).max())
            if np.count_nonzero(w) > most:
                break
            refit = np.linalg.lstsq(fx[:, used], fy[:, k], rcond=None)[0]
            path.append((len(used), r2(hx @ w), r2(hx[:, used] @ refit)))
        factor = 1 + np.sqrt(2 / out.sum())
        first = lambda points: next(q for q in points if 1 - q[1] <= min(1 - r[1] for r in points) * factor)
        units.append(first(path)[0])
        sparse.append(first([q for q in path if q[0] <= few])[2])
    return np.mean(sparse), from_all(x, y, share).mean(), np.mean(units)


def spectrum(x, y):
    s = abs(blocks(x, y)[0])
    np.fill_diagonal(s, 1)
    d = 1 / np.sqrt(s.sum(1))
    values, vectors = np.linalg.eigh(np.eye(len(s)) - d[:, None] * s * d)
    return s, values, d[:, None] * vectors


def gap(values, most=40):
    values = values[: most + 1]
    return int(np.argmax(np.diff(values)[1:]) + 2)


def agreement(x, y, labels):
    p = x.shape[1]
    total, sums = 0, np.zeros(2)
    r = abs(blocks(x, y)[2])
    for c in np.unique(labels):
        a, b = np.flatnonzero(labels[:p] == c), np.flatnonzero(labels[p:] == c)
        if min(len(a), len(b)) == 0:
            continue
        qa, qb = (np.linalg.qr(z[:, u] - z[:, u].mean(0))[0] for z, u in ((x, a), (y, b)))
        rho = np.linalg.svd(qa.T @ qb, compute_uv=False)
        total += len(rho)
        sums += [rho.sum(), len(rho) * r[np.ix_(a, b)].max()]
    return dict(zip(("agreement", "best"), sums / total))


def canonical(labels):
    """Clusters as sets of units, in order."""
    return sorted(np.flatnonzero(labels == c).tolist() for c in np.unique(labels))


def lassos(x, y):
    x, y = standard(x), standard(y)
    out = {}
    for alpha in (0.5, 0.1, 0.05):
        w = np.array([Lasso(alpha=alpha, fit_intercept=False, tol=1e-12, max_iter=100000).fit(x, t).coef_ for t in y.T])
        errors = ((y - x @ w.T) ** 2).mean(0) / 2
        out[alpha] = {"weights": w.tolist(), "errors": errors.tolist()}
    return out


def information(x, y, bins=10):
    counts = np.histogram2d(x, y, bins)[0] / len(x)
    outer = counts.sum(1, keepdims=True) * counts.sum(0)
    held = counts > 0
    return (counts[held] * np.log(counts[held] / outer[held])).sum()


def case(x, y, clusters):
    s, values, coordinates = spectrum(x, y)
    rank = [np.apply_along_axis(rankdata, 0, z) for z in (x, y)]
    there, back = predict(x, y), predict(y, x)
    tree = linkage(squareform(1 - s, checks=False), "average")
    cut = fcluster(tree, clusters, "maxclust")
    k = gap(values)
    split = KMeans(k, n_init=50, random_state=0).fit(coordinates[:, :k]).labels_
    r = blocks(x, y)[2]
    rows, columns = linear_sum_assignment(r, maximize=True)
    return {
        "relations": relations(x, y),
        "absolute": relations(x, y, True),
        "rank": relations(*rank),
        "prediction": dict(zip(("r2", "r2-all", "units"), there)) | dict(zip(("r2-reverse", "r2-all-reverse", "units-reverse"), back)),
        "eigenvalues": values[:12].tolist(),
        "gap": k,
        "spectral": agreement(x, y, split),
        "heights": tree[:, 2].tolist(),
        "hierarchical": agreement(x, y, cut) | {"clusters": canonical(cut)},
        "matching": r[rows, columns].mean(),
        "held": int((drawn(len(x), 0) < 0.2).sum()),
    }


a, b = planted()
layers = [np.load(SAMPLES / f"digits/digits-cnn-seed{seed}-activations.npz") for seed in (0, 1)]
layer = lambda name: [varying(file[name].reshape(len(file[name]), -1)) for file in layers]
json.dump(
    {
        "planted": case(a, b, 6) | {"lasso": lassos(a, b), "information": [information(a[:, 2], b[:, 0]), information(a[:, 2], b[:, 4])]},
        "layer2": case(*layer("layer2"), 5),
        "layer8": case(*layer("layer8"), 9),
        "far": [far_row(factor) for factor in (1e3, 1e5, 1e8)],
    },
    __import__("sys").stdout,
)
