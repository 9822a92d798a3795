"""The steps of a convergent-learning report, as a user of NumPy, SciPy and scikit-learn would write them to be fast.

usage: convergent.py A.npy B.npy
Prints JSON: values, and the seconds of each step. Float64; correlations are computed once for both parts of the rows.
"""

import json
import sys
import time
import warnings

import numpy as np
from scipy.cluster.hierarchy import linkage
from scipy.linalg import cho_factor, cho_solve, eigh
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import squareform
from sklearn.cluster import KMeans
from sklearn.linear_model import lasso_path

warnings.filterwarnings("ignore")
FEW, MOST, DRAWS, CLUSTERS, LISTED = 6, 32, 5, 40, 8
seconds, last = {}, time.perf_counter()


def step(name):
    global last
    now = time.perf_counter()
    seconds[name] = round(now - last, 2)
    last = now


x, y = (np.load(path) for path in sys.argv[1:])
n, p, q = len(x), x.shape[1], y.shape[1]
ends = [(np.argpartition(-z, LISTED, 0)[:LISTED], np.argpartition(z, LISTED, 0)[:LISTED]) for z in (x, y)]
step("rows listed")
rng = np.random.default_rng(0)
held = rng.random(n) < 0.2
z = np.concatenate([x, y], 1).astype(float)
mean, sd = z[~held].mean(0), z[~held].std(0)
z -= mean
z /= sd
fit, judge = (z[rows].T @ z[rows] / rows.sum() for rows in (~held, held))
total = (fit * (~held).sum() + judge * held.sum()) / n
shift = z.mean(0)
total -= np.outer(shift, shift)
scale = np.sqrt(total.diagonal())
total /= np.outer(scale, scale)
step("correlations")


def matched(r):
    rows, columns = linear_sum_assignment(r, maximize=True)
    return r[rows, columns].mean(), r.max(1).mean()


correlation, semi = matched(total[:p, p:])
step("matching")
la, lb = (np.linalg.cholesky(c + 1e-6 * np.eye(len(c))) for c in (total[:p, :p], total[p:, p:]))
null = [matched(la @ rng.standard_normal((p, q)) @ lb.T / np.sqrt(n - 1)) for _ in range(DRAWS)]
step("chance")


def predict(a, b):
    gram, cross = np.ascontiguousarray(fit[a, a]), fit[a, b]
    g, c, own = judge[a, a], judge[a, b], judge[b, b].diagonal()
    w = cho_solve(cho_factor(gram + 1e-6 * np.eye(len(gram))), cross)
    whole = 1 - (own - 2 * (w * c).sum(0) + (w * (g @ w)).sum(0)) / own
    rows = (~held).sum()
    gram_rows = np.ascontiguousarray(gram * rows)
    frame = np.broadcast_to(0.0, (rows, len(gram)))  # for its shape: the products are given
    sparse = []
    for k in range(cross.shape[1]):
        target = z[~held, b.start + k]
        top, coefficients, path = abs(cross[:, k]).max(), None, [(0, 0.0, 0.0)]
        for i in range(1, 20):
            _, coefficients, _ = lasso_path(
                frame,
                target,
                alphas=[top * 1e-3 ** (i / 19)],
                precompute=gram_rows,
                Xy=cross[:, k] * rows,
                coef_init=None if coefficients is None else coefficients.ravel(),
                check_input=False,
                max_iter=2000,
            )
            v = coefficients.ravel()
            size = abs(v)
            used = np.flatnonzero(size > 1e-3 * size.max())
            if np.count_nonzero(v) > MOST:
                break
            refit = np.linalg.solve(gram[np.ix_(used, used)], cross[used, k])
            r2 = lambda u, s: 1 - (own[k] - 2 * u @ c[s, k] + u @ g[np.ix_(s, s)] @ u) / own[k]
            path.append((len(used), r2(v[used], used), r2(refit, used)))
        factor = 1 + np.sqrt(2 / held.sum())
        few = [point for point in path if point[0] <= FEW]
        limit = min(1 - point[1] for point in few) * factor
        sparse.append(next(point[2] for point in few if 1 - point[1] <= limit))
    return sparse, whole


A, B = slice(0, p), slice(p, p + q)
there, back = predict(A, B), predict(B, A)
step("sparse prediction")
s = abs(total)
d = 1 / np.sqrt(s.sum(1))
most = min(CLUSTERS, len(s) - 1)
values, vectors = eigh(s * d[:, None] * d, subset_by_index=[len(s) - most - 1, len(s) - 1])
values, vectors = 1 - values[::-1], vectors[:, ::-1] * d[:, None]
k = int(np.argmax(np.diff(values)[1:]) + 2)
labels = KMeans(k, n_init=20, random_state=0).fit(vectors[:, :k]).labels_
step("spectral clusters")
tree = linkage(squareform(1 - s, checks=False), "average")
step("tree")
agreement = []
for c in range(k):
    a, b = np.flatnonzero(labels[:p] == c), np.flatnonzero(labels[p:] == c) + p
    if min(len(a), len(b)) == 0:
        continue
    roots = []
    for u in (a, b):
        value, vector = np.linalg.eigh(total[np.ix_(u, u)])
        kept = value > 1e-8 * value[-1]
        roots.append(vector[:, kept] / np.sqrt(value[kept]))
    agreement.append(np.linalg.svd(roots[0].T @ total[np.ix_(a, b)] @ roots[1], compute_uv=False).mean())
step("subspaces")
json.dump(
    {
        "values": {
            "correlation": correlation,
            "r2": float(np.mean(there[0] + back[0])),
            "r2-all": float(np.concatenate([there[1], back[1]]).mean()),
        },
        "steps": seconds,
    },
    sys.stdout,
)
