"""Measures of comparison on generated and on sample data, with NumPy and SciPy alone.

    python3 test/fidelity/reference/measures.py

writes test/fidelity/reference/measures.json. Each measure is computed from its definition, by another road than the
program takes where there is one: Gram matrices instead of products of columns, explicit inverses instead of bases.
"""

import json
import pathlib
from itertools import combinations

import numpy as np
from scipy import sparse
from scipy.optimize import linear_sum_assignment, linprog
from scipy.spatial.distance import cdist, jensenshannon, pdist, squareform
from scipy.special import logsumexp
from scipy.stats import kendalltau, rankdata

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = HERE.parents[2] / "media" / "samples"


def centre(x):
    return x - x.mean(0)


def basis(x, rtol=None):
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    return u[:, s > max(x.shape) * np.finfo(float).eps * s[0]]


def nuclear(m):
    return np.linalg.svd(m, compute_uv=False).sum()


def rotation(x, y):
    """The orthogonal map that carries x onto y best, the narrower padded with zeros."""
    width = max(x.shape[1], y.shape[1])
    x, y = [np.pad(m, ((0, 0), (0, width - m.shape[1]))) for m in (x, y)]
    u, _, v = np.linalg.svd(x.T @ y)
    return x @ (u @ v), y


def size_and_shape(x, y):
    a, b = rotation(centre(x), centre(y))
    return np.linalg.norm(a - b)


def aligned_cosine(x, y):
    a, b = rotation(x, y)
    return np.mean((a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1))


def bures(x, y):
    """tr √(√K L √K) / √(tr K tr L), by the eigenvalues of KL."""
    x, y = centre(x), centre(y)
    values = np.linalg.eigvals(x.T @ y @ y.T @ x).real
    return np.sqrt(np.maximum(values, 0)).sum() / np.linalg.norm(x) / np.linalg.norm(y)


def shape_metric(x, y, alpha=0.5):
    def whiten(m):
        values, v = np.linalg.eigh(m.T @ m)
        keep = values > max(m.shape) * np.finfo(float).eps * values[-1]
        v, values = v[:, keep], values[keep]
        return m @ (v * (alpha + (1 - alpha) / np.sqrt(values))) @ v.T

    a, b = whiten(centre(x)), whiten(centre(y))
    return np.arccos(nuclear(a.T @ b) / np.linalg.norm(a) / np.linalg.norm(b))


def permutation(x, y):
    x, y = centre(x), centre(y)
    c = x.T @ y
    return np.arccos(c[linear_sum_assignment(-c)].sum() / np.linalg.norm(x) / np.linalg.norm(y))


def pwcca(x, y):
    x, y = centre(x), centre(y)
    qx, qy = basis(x), basis(y)
    u, rho, _ = np.linalg.svd(qx.T @ qy, full_matrices=False)
    alpha = np.abs((qx @ u).T @ x).sum(1)
    return (alpha * rho).sum() / alpha.sum()


def pwcca_google(x, y):
    """With symmetric inverse roots of the covariances, directions left unwhitened, and QR, on centred data."""
    x, y = centre(x), centre(y)

    def root(m):
        values, v = np.linalg.eigh(m.T @ m)
        keep = values > 1e-12 * values[-1]
        return v[:, keep] / np.sqrt(values[keep]) @ v[:, keep].T

    u, rho, _ = np.linalg.svd(root(x) @ x.T @ y @ root(y))
    q, _ = np.linalg.qr(x @ u)
    weights = np.abs(q.T @ x).sum(1)
    return weights @ rho[: len(weights)] / weights.sum()


def svcca(x, y, share=0.99, power=2, leading=None):
    def kept(m):
        u, s, _ = np.linalg.svd(centre(m), full_matrices=False)
        return u[:, : 1 + np.argmax(np.cumsum(s**power) >= share * np.sum(s**power))]

    rho = np.linalg.svd(kept(x).T @ kept(y), compute_uv=False)
    if leading:
        rho = rho[: 1 + np.argmax(np.cumsum(rho) >= leading * rho.sum())]
    return rho.mean()


def overlap(x, y):
    u, v = basis(x), basis(y)
    return ((u.T @ v) ** 2).sum() / max(u.shape[1], v.shape[1])


def gulp(x, y, lam=0.01):
    def scaled(m):
        m = centre(m)
        return m / np.linalg.norm(m)

    x, y = scaled(x), scaled(y)
    px = np.linalg.inv(x.T @ x + lam * np.eye(x.shape[1])) @ (x.T @ x)
    py = np.linalg.inv(y.T @ y + lam * np.eye(y.shape[1])) @ (y.T @ y)
    cx = np.linalg.inv(x.T @ x + lam * np.eye(x.shape[1])) @ (x.T @ y)
    cy = np.linalg.inv(y.T @ y + lam * np.eye(y.shape[1])) @ (y.T @ x)
    return np.trace(px @ px) + np.trace(py @ py) - 2 * np.trace(cx @ cy)


def ensd(x, y):
    x, y = centre(x), centre(y)
    c, a, b = [(m**2).sum() for m in (x.T @ y, x.T @ x, y.T @ y)]
    return c * (x**2).sum() * (y**2).sum() / (a * b)


def regression(x, y):
    x, y = centre(x), centre(y)
    fit = y @ np.linalg.lstsq(y, x, rcond=None)[0]
    return 1 - ((x - fit) ** 2).sum() / (x**2).sum()


def rsm_difference(x, y):
    return np.sqrt(2) * np.linalg.norm(pdist(x) - pdist(y))


def neighbours(x, k, metric="cosine"):
    d = cdist(x, x, metric)
    np.fill_diagonal(d, np.inf)
    return np.argsort(d, axis=1, kind="stable")[:, :k]


def jaccard(x, y, k=10):
    a, b = neighbours(x, k), neighbours(y, k)
    shared = np.array([len(set(p) & set(q)) for p, q in zip(a, b)])
    return np.mean(shared / (2 * k - shared))


def rank_similarity(x, y, k=10):
    total = 0
    a, b = neighbours(x, k), neighbours(y, k)
    for p, q in zip(a.tolist(), b.tolist()):
        both = [(p.index(j) + 1, q.index(j) + 1) for j in p if j in q]
        if both:
            parts = sum(2 / ((1 + abs(r - s)) * (r + s)) for r, s in both)
            total += parts / sum(1 / (i + 1) for i in range(len(both)))
    return total / len(x)


def second_order(x, y, k=10):
    a, b = neighbours(x, k), neighbours(y, k)
    s, t = 1 - cdist(x, x, "cosine"), 1 - cdist(y, y, "cosine")
    out = []
    for i in range(len(x)):
        j = sorted(set(a[i]) | set(b[i]))
        out.append(s[i, j] @ t[i, j] / np.linalg.norm(s[i, j]) / np.linalg.norm(t[i, j]))
    return np.mean(out)


def cknna(x, y, k=10):
    def unbiased(p, q):
        n = len(p)
        p, q = p - np.diag(np.diag(p)), q - np.diag(np.diag(q))
        return (p * q.T).sum() + p.sum() * q.sum() / (n - 1) / (n - 2) - 2 * (p @ q).sum() / (n - 2)

    x, y = [m / np.linalg.norm(m, axis=1, keepdims=True) for m in (x, y)]
    kernels = [x @ x.T, y @ y.T]
    masks = []
    for m in (x, y):
        mask = np.zeros((len(m), len(m)))
        np.put_along_axis(mask, neighbours(m, k), 1, 1)
        masks.append(mask)
    both = masks[0] * masks[1]
    cross = unbiased(both * kernels[0], both * kernels[1])
    own = [unbiased(m * kernel, m * kernel) for m, kernel in zip(masks, kernels)]
    return cross / np.sqrt(own[0] * own[1])


def cycle(x, y, k=10):
    a, b = neighbours(x, k), neighbours(y, k)
    return np.mean([any(i in a[j] for j in b[i]) for i in range(len(x))])


def imd(x, y, k=5):
    times = np.logspace(-1, 1, 256)

    def heat(m):
        n = len(m)
        edges = np.zeros((n, n))
        np.put_along_axis(edges, neighbours(m, k, "euclidean"), 1, 1)
        edges = np.maximum(edges, edges.T)
        root = np.sqrt(edges.sum(1))
        values = np.linalg.eigvalsh(np.eye(n) - edges / root / root[:, None])
        return np.exp(-np.outer(times, values)).sum(1) / n

    return 1e6 * np.max(np.exp(-2 * (times + 1 / times)) * np.abs(heat(x) - heat(y)))


def concentricity(x, y):
    def one(m):
        mean = m.mean(0)
        return np.mean(m @ mean / np.linalg.norm(m, axis=1)) / np.linalg.norm(mean)

    return abs(one(x) - one(y))


def uniformity(x, y):
    def one(m):
        return logsumexp(-2 * squareform(pdist(m, "sqeuclidean"))) - 2 * np.log(len(m))

    return abs(one(x) - one(y))


def minibatch(x, y, size=64):
    def h(p, q):
        n = len(p)
        k, l = p @ p.T, q @ q.T
        np.fill_diagonal(k, 0)
        np.fill_diagonal(l, 0)
        return ((k * l).sum() + k.sum() * l.sum() / (n - 1) / (n - 2) - 2 * (k @ l).sum() / (n - 2)) / (n * (n - 3))

    batches = [(centre(x[i : i + size]), centre(y[i : i + size])) for i in range(0, len(x), size) if len(x[i:]) > 3]
    xy, xx, yy = [sum(h(*pick(b)) for b in batches) for pick in (lambda b: b, lambda b: (b[0],) * 2, lambda b: (b[1],) * 2)]
    return xy / np.sqrt(xx * yy)


def alignment(k, l, estimator):
    n = len(k)
    h = np.eye(n) - 1 / n
    if estimator == "debiased":
        def u(m):
            m = m - np.diag(np.diag(m))
            rows = m.sum(0) / (n - 2)
            m = m - rows - rows[:, None] + m.sum() / (n - 1) / (n - 2)
            return m - np.diag(np.diag(m))

        a, b = u(k), u(l)
    else:
        a, b = h @ k @ h, h @ l @ h
        if estimator == "lange":
            a, b = [m - np.diag(np.diag(m)) for m in (a, b)]
    return (a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b)


def kernel_cka(shape, factor, estimator):
    def kernel(x):
        d = pdist(x)
        return squareform(shape(d / (factor * np.median(d)))) + np.eye(len(x))

    return lambda x, y: alignment(kernel(x), kernel(y), estimator)


def laplace(d):
    return np.exp(-d)


def gauss(d):
    return np.exp(-(d**2) / 2)


def hsic(x, y):
    n = len(x)
    h = np.eye(n) - 1 / n
    return np.trace(x @ x.T @ h @ y @ y.T @ h) / (n - 1) ** 2


def tau_a(a, b):
    # From tau-b and the ties: concordant less discordant pairs do not depend on how ties are divided out.
    m = len(a)
    pairs = m * (m - 1) / 2
    untied = [pairs - sum(c * (c - 1) / 2 for c in np.unique(v, return_counts=True)[1]) for v in (a, b)]
    return kendalltau(a, b)[0] * np.sqrt(untied[0] * untied[1]) / pairs


def rho_a(a, b):
    m = len(a)
    return 1 - 6 * ((rankdata(a) - rankdata(b)) ** 2).sum() / (m**3 - m) - sum(
        (c**3 - c) / 2 / (m**3 - m) for v in (a, b) for c in np.unique(v, return_counts=True)[1]
    )


def whitened(a, b):
    """a' V^-1 b / √(a' V^-1 a · b' V^-1 b), V = (CC')², C the contrasts of pairs of rows; by double centring beyond 40 rows."""
    n = int((1 + np.sqrt(1 + 8 * len(a))) / 2)
    if n <= 40:
        i, j = np.triu_indices(n, 1)
        c = np.zeros((len(a), n))
        c[np.arange(len(a)), i], c[np.arange(len(a)), j] = 1, -1
        v = (c @ c.T) ** 2
        inner = lambda p, q: p @ np.linalg.solve(v, q)
    else:
        inner = lambda p, q: (centre(squareform(p)) * centre(squareform(q).T).T).sum()
    return inner(a, b) / np.sqrt(inner(a, a) * inner(b, b))


def centred(v):
    return v - v.mean()


def correlations(x, y):
    x, y = [m[:, m.std(0) > 0] for m in (x, y)]
    return np.corrcoef(x.T, y.T)[: x.shape[1], x.shape[1] :]


def soft_transport(x, y):
    """By linear programming; by assignment where both have as many units."""
    r = correlations(x, y)
    p, q = r.shape
    if p == q:
        return r[linear_sum_assignment(-r)].mean()
    rows, columns = np.kron(np.eye(p), np.ones(q)), np.kron(np.ones(p), np.eye(q))
    found = linprog(
        -r.ravel(), A_eq=sparse.csr_matrix(np.vstack([rows, columns])), b_eq=np.r_[np.ones(p) / p, np.ones(q) / q], method="highs"
    )
    return -found.fun


def information(x, y, bins=10):
    def binned(v):
        place = (rankdata(v) - 0.5) * bins / len(v)
        return np.where(place <= bins / 2, np.floor(place), np.ceil(place) - 1).astype(int)

    x, y = [[binned(v) for v in m.T if v.std() > 0] for m in (x, y)]
    found = np.zeros((len(x), len(y)))
    for i, a in enumerate(x):
        for j, b in enumerate(y):
            p = np.histogram2d(a, b, bins=(np.arange(bins + 1), np.arange(bins + 1)))[0] / len(a)
            mi = np.nansum(p * np.log(np.where(p > 0, p, 1) / np.maximum(p.sum(1)[:, None] * p.sum(0), 1e-300)))
            found[i, j] = max(0, mi - (len(set(a)) - 1) * (len(set(b)) - 1) / 2 / len(a))
    return found[linear_sum_assignment(-found)].mean()


def first_homology(d):
    """Sum of the bars of H1: the whole boundary matrix of triangles, reduced column by column over two elements."""
    n = len(d)
    edges = sorted(combinations(range(n), 2), key=lambda e: d[e])
    place = {e: i for i, e in enumerate(edges)}
    triangles = [sorted((place[i, j], place[i, k], place[j, k]), reverse=True) for i, j, k in combinations(range(n), 3)]
    lowest, length = {}, 0
    for triangle in sorted(triangles):
        column, death = set(triangle), d[edges[triangle[0]]]
        while column and max(column) in lowest:
            column ^= lowest[max(column)]
        if column:
            lowest[max(column)] = column
            length += death - d[edges[max(column)]]
    return length


def rtd(x, y):
    a, b = [squareform(pdist(m)) for m in (x, y)]
    a, b = [m / np.quantile(m, 0.9) for m in (a, b)]
    both = np.minimum(a, b)
    return sum(first_homology(np.block([[0 * m, m], [m, both]])) for m in (a, b)) / 2


def few(m, columns):
    return m[:, :columns]


def divergence(x, y):
    """Of the softmax of the first four columns of each."""
    p, q = [np.exp(m - logsumexp(m, axis=1, keepdims=True)) for m in (x[:, :4], y[:, :4])]
    return np.mean(jensenshannon(p, q, base=2, axis=1) ** 2)


MEASURES = {
    "procrustes-size-and-shape": size_and_shape,
    "aligned-cosine": aligned_cosine,
    "normalised-bures": bures,
    "shape-metric": shape_metric,
    "permutation-procrustes": permutation,
    "pwcca": pwcca,
    "eigenspace-overlap": overlap,
    "gulp": gulp,
    "ensd": ensd,
    "linear-regression": regression,
    "rsm-difference": rsm_difference,
    "jaccard-knn": jaccard,
    "rank-similarity": rank_similarity,
    "second-order-cosine": second_order,
    "cknna": cknna,
    "cycle-knn": cycle,
    "imd": imd,
    "concentricity-difference": concentricity,
    "magnitude-difference": lambda x, y: abs(np.linalg.norm(x.mean(0)) - np.linalg.norm(y.mean(0))),
    "uniformity-difference": uniformity,
    "minibatch-cka": minibatch,
    "output-disagreement": divergence,
    "laplace-cka": kernel_cka(laplace, 1, "biased"),
    "laplace-cka debiased": kernel_cka(laplace, 0.5, "debiased"),
    "rbf-cka lange": kernel_cka(gauss, 1, "lange"),
    "linear-cka-debiased lange": lambda x, y: alignment(x @ x.T, y @ y.T, "lange"),
    "hsic": hsic,
    "soft-matching-transport": lambda x, y: soft_transport(few(x, 24), few(y, 24)),
    "soft-matching-transport few": lambda x, y: soft_transport(few(x, 8), few(y, 12)),
    "soft-matching-transport coprime": lambda x, y: soft_transport(few(x, 24), few(y, 17)),
    "svcca sum": lambda x, y: svcca(x, y, 0.9, power=1),
    "svcca leading": lambda x, y: svcca(x, y, leading=0.98),
    "pwcca google": lambda x, y: pwcca_google(few(x, 8), few(y, 12)),
    "rtd": lambda x, y: rtd(x[:20], y[:20]),
    "mutual-information-matching": lambda x, y: information(few(x, 12), few(y, 9)),
    "rsa tau-a": lambda x, y: tau_a(pdist(x), pdist(y)),
    "rsa rho-a": lambda x, y: rho_a(pdist(x), pdist(y)),
    "rsa corr-cov": lambda x, y: whitened(centred(pdist(x)), centred(pdist(y))),
    "rsa cosine-cov": lambda x, y: whitened(pdist(x, "correlation"), pdist(y, "correlation")),
}


def data():
    random = np.random.RandomState(0)
    yield "G0", random.uniform(size=(30, 25)), random.uniform(size=(30, 25))
    one, two = [np.load(SAMPLES / "digits" / f"digits-cnn-seed{seed}-activations.npz") for seed in (0, 1)]
    for left, right in (1, 1), (8, 8), (2, 7):
        yield f"digits layer{left} layer{right}", one[f"layer{left}"], two[f"layer{right}"]
    a, b, c = [np.load(SAMPLES / "words" / f"kjv-{name}.npy")[:1200] for name in ("word2vec-a", "word2vec-b", "fasttext")]
    yield "words a b", a, b
    yield "words a fasttext", a, c


def main():
    out = {}
    for name, x, y in data():
        x, y = [np.asarray(m, dtype=float).reshape(len(m), -1) for m in (x, y)]
        out[name] = {measure: float(compute(x, y)) for measure, compute in MEASURES.items()}
    (HERE / "measures.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
