"""What rows and units add to measures, with NumPy and SciPy alone, over n x n matrices throughout.

    python3 test/fidelity/reference/contributions.py

writes test/fidelity/reference/contributions.json: for each pair, measure and list its first values and a checksum,
Σ (-1)^i part_i, over all of them.
"""

import json
import pathlib

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist, pdist, squareform
from scipy.stats import rankdata

from measures import SAMPLES, centre, rotation

HERE = pathlib.Path(__file__).resolve().parent


def linear_cka(x, y):
    x, y = centre(x), centre(y)
    a, b = x @ x.T, y @ y.T
    norm = np.linalg.norm(a) * np.linalg.norm(b)
    return {
        "rows": (a * b).sum(1) / norm,
        "x": np.diag(x.T @ b @ x) / norm,
        "y": np.diag(y.T @ a @ y) / norm,
    }


def procrustes(x, y):
    x, y = [m / np.linalg.norm(m) for m in (centre(x), centre(y))]
    # Either may be carried onto the other: <xQ, y> = <x, yQᵀ>.
    onto, fixed = rotation(x, y)
    back, whole = rotation(y, x)
    return {
        "rows": (onto * fixed).sum(1),
        "x": (back * whole).sum(0)[: x.shape[1]],
        "y": (onto * fixed).sum(0)[: y.shape[1]],
    }


def rsa(x, y):
    a, b = [squareform(m - m.mean(), checks=False) for m in (rankdata(pdist(x)), rankdata(pdist(y)))]
    return {"rows": (a * b).sum(1) / (np.linalg.norm(a) * np.linalg.norm(b))}


def mutual_knn(x, y, k=10):
    def lists(m):
        d = cdist(m, m, "cosine")
        np.fill_diagonal(d, np.inf)
        return np.argsort(d, axis=1, kind="stable")[:, :k]

    a, b = lists(x), lists(y)
    return {"rows": np.array([len(set(i) & set(j)) for i, j in zip(a, b)]) / (len(x) * k)}


def double_centred(m):
    return m - m.mean(0) - m.mean(1)[:, None] + m.mean()


def u_centred(m):
    """Székely and Rizzo's, of the entries off the diagonal."""
    n = len(m)
    m = m - np.diag(np.diag(m))
    out = m - m.sum(0) / (n - 2) - m.sum(1)[:, None] / (n - 2) + m.sum() / ((n - 1) * (n - 2))
    return out - np.diag(np.diag(out))


def ratio(a, b):
    """Row by row of <A, B> / (|A| |B|)."""
    return (a * b).sum(1) / (np.linalg.norm(a) * np.linalg.norm(b))


def linear_cka_debiased(x, y):
    x, y = centre(x), centre(y)
    a, b = u_centred(x @ x.T), u_centred(y @ y.T)
    norm = np.linalg.norm(a) * np.linalg.norm(b)
    # U-centring is a projection, so that <U(uuᵀ), U(B)> = uᵀ U(B) u.
    return {"rows": ratio(a, b), "x": np.diag(x.T @ b @ x) / norm, "y": np.diag(y.T @ a @ y) / norm}


def rbf_cka(x, y):
    def kernel(m):
        d = pdist(m)
        return double_centred(np.exp(-squareform(d) ** 2 / (2 * np.median(d) ** 2)))

    return {"rows": ratio(kernel(x), kernel(y))}


def distance_correlation(x, y):
    parts = ratio(*[double_centred(squareform(pdist(m))) for m in (x, y)])
    return {"rows": parts / np.sqrt(parts.sum())}


def span(m):
    u, s, _ = np.linalg.svd(m, full_matrices=False)
    return u[:, s > max(m.shape) * np.finfo(float).eps * s[0]]


def mean_cca(x, y):
    q, r = span(centre(x)), span(centre(y))
    u, _, v = np.linalg.svd(q.T @ r, full_matrices=False)
    return {"rows": ((q @ u) * (r @ v.T)).sum(1) / min(q.shape[1], r.shape[1])}


def eigenspace_overlap(x, y):
    q, r = span(x), span(y)
    return {"rows": np.diag(q @ q.T @ r @ r.T) / max(q.shape[1], r.shape[1])}


def gulp(x, y):
    q, r = span(centre(x)), span(centre(y))
    return {"rows": ((q @ q.T - r @ r.T) ** 2).sum(1)}


def linear_regression(x, y):
    x, y = centre(x), centre(y)
    made = y @ np.linalg.lstsq(y, x, rcond=None)[0]
    total = (x**2).sum()
    return {
        "rows": ((x**2).sum(1) - ((x - made) ** 2).sum(1)) / total,
        "x": ((x**2).sum(0) - ((x - made) ** 2).sum(0)) / total,
    }


def hard_matching(x, y):
    kept = [np.flatnonzero(m.std(0)) for m in (x, y)]
    a, b = [(m[:, k] - m[:, k].mean(0)) / m[:, k].std(0) for m, k in zip((x, y), kept)]
    i, j = linear_sum_assignment(a.T @ b, maximize=True)
    parts = a[:, i] * b[:, j] / len(x) / len(i)
    own = [np.zeros(m.shape[1]) for m in (x, y)]
    own[0][kept[0][i]] = own[1][kept[1][j]] = parts.sum(0)
    return {"rows": parts.sum(1), "x": own[0], "y": own[1]}


def rsm_difference(x, y):
    squares = (squareform(pdist(x)) - squareform(pdist(y))) ** 2
    return {"rows": squares.sum(1) / np.sqrt(squares.sum())}


MEASURES = {
    "linear-cka": linear_cka,
    "procrustes": procrustes,
    "rsa": rsa,
    "mutual-knn": mutual_knn,
    "linear-cka-debiased": linear_cka_debiased,
    "rbf-cka": rbf_cka,
    "distance-correlation": distance_correlation,
    "mean-cca": mean_cca,
    "eigenspace-overlap": eigenspace_overlap,
    "gulp": gulp,
    "linear-regression": linear_regression,
    "hard-matching": hard_matching,
    "rsm-difference": rsm_difference,
}


def data():
    np.random.seed(0)
    yield "G0", np.random.rand(30, 25), np.random.rand(30, 25)
    layers = [np.load(SAMPLES / "digits" / f"digits-cnn-seed{seed}-activations.npz") for seed in (0, 1)]
    yield "digits layer8 layer8", layers[0]["layer8"], layers[1]["layer8"]
    yield "digits layer2 layer7", layers[0]["layer2"], layers[1]["layer7"]


def main():
    out = {}
    for name, x, y in data():
        x, y = [np.asarray(m, dtype=float).reshape(len(m), -1) for m in (x, y)]
        out[name] = {}
        for measure, compute in MEASURES.items():
            out[name][measure] = {
                part: {
                    "first": [float(v) for v in values[:5]],
                    "alternating": float((values * (-1.0) ** np.arange(len(values))).sum()),
                    "sum": float(values.sum()),
                }
                for part, values in compute(x, y).items()
            }
    (HERE / "contributions.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
