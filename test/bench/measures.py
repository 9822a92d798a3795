"""Each measure of a pair as a user of NumPy and SciPy would write it to be fast, in float64, with nothing kept between two.
Arrays are given as they lie in the files, here as there, and their conversion counts.

usage: measures.py A.npy B.npy
Reads the id of a measure a line, and answers with a line of JSON: value, seconds, and processor seconds of all threads.
An id that is not here is answered with null.
"""

import json
import sys
import time
from itertools import combinations

import numpy as np
from scipy.linalg import eigh, qr, solve, svd, svdvals
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import squareform
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.stats import rankdata
from sklearn.cluster import KMeans
from sklearn.linear_model import lars_path_gram
from sklearn.metrics import adjusted_rand_score


def centre(x):
    return x - x.mean(0)


def square(x):
    return np.einsum("ij,ij->", x, x)


def basis(x):
    """By QR where that leaves no doubt that the columns are independent, otherwise by the SVD."""
    if len(x) > x.shape[1]:
        q, r = qr(x, mode="economic", check_finite=False)
        d = abs(r.diagonal())
        if d.min() > 1e3 * max(x.shape) * np.finfo(float).eps * d.max():
            return q
    u, s, _ = svd(x, full_matrices=False, check_finite=False)
    return u[:, s > max(x.shape) * np.finfo(float).eps * s[0]]


def nuclear(m):
    return svdvals(m, check_finite=False).sum()


def linear_cka(x, y):
    x, y = centre(x), centre(y)
    return square(x.T @ y) / np.sqrt(square(x.T @ x) * square(y.T @ y))


def linear_cka_debiased(x, y):
    x, y = centre(x), centre(y)
    n = len(x)
    r, s = (x * x).sum(1), (y * y).sum(1)

    def u(product, p, q):
        return product - n / (n - 2) * (p @ q) + p.sum() * q.sum() / ((n - 1) * (n - 2))

    return u(square(x.T @ y), r, s) / np.sqrt(u(square(x.T @ x), r, r) * u(square(y.T @ y), s, s))


def minibatch(x, y, size=256):
    sums = np.zeros(3)
    for start in range(0, len(x), size):
        a, b = centre(x[start : start + size]), centre(y[start : start + size])
        n = len(a)
        if n < 4:
            continue
        k, l = a @ a.T, b @ b.T
        r, s = k.diagonal(), l.diagonal()

        def u(product, p, q):
            return (product - n / (n - 2) * (p @ q) + p.sum() * q.sum() / ((n - 1) * (n - 2))) / (n * (n - 3))

        sums += [u((k * l).sum(), r, s), u((k * k).sum(), r, r), u((l * l).sum(), s, s)]
    return sums[0] / np.sqrt(sums[1] * sums[2])


def procrustes_similarity(x, y):
    x, y = centre(x), centre(y)
    return nuclear(x.T @ y) / np.linalg.norm(x) / np.linalg.norm(y)


def size_and_shape(x, y):
    x, y = centre(x), centre(y)
    return np.sqrt(square(x) + square(y) - 2 * nuclear(x.T @ y))


def squared_distances(x):
    x = centre(x)
    r = (x * x).sum(1)
    d = r[:, None] + r - 2 * (x @ x.T)
    np.maximum(d, 0, out=d)
    np.fill_diagonal(d, 0)
    return d


def double_centre(k):
    rows = k.mean(1)
    return k - rows[:, None] - rows + rows.mean()


def cosine(a, b):
    return np.vdot(a, b) / np.linalg.norm(a) / np.linalg.norm(b)


def rbf(x, y):
    def kernel(m):
        d = squared_distances(m)
        return double_centre(np.exp(d / (-2 * np.median(squareform(d, checks=False)))))

    return cosine(kernel(x), kernel(y))


def laplace(x, y):
    def kernel(m):
        d = np.sqrt(squared_distances(m))
        return double_centre(np.exp(d / -np.median(squareform(d, checks=False))))

    return cosine(kernel(x), kernel(y))


def pairings(a, b, n):
    """Mean and standard deviation of <A, B> over all pairings of the rows, from tr A, |A|^2 and the sum of A_ii^2 of each."""
    spread = [(n - 1) * squared - trace**2 for trace, squared, _ in (a, b)]
    uneven = [n * (n + 1) * fourth - (n - 1) * (trace**2 + 2 * squared) for trace, squared, fourth in (a, b)]
    variance = 2 * spread[0] * spread[1] / ((n - 1) ** 2 * (n + 1) * (n - 2))
    variance += uneven[0] * uneven[1] / ((n + 1) * n * (n - 1) * (n - 2) * (n - 3))
    return a[0] * b[0] / (n - 1), np.sqrt(variance)


def kernel_sums(x):
    r = (x * x).sum(1)
    return r.sum(), square(x.T @ x), r @ r


def hsic(x, y):
    """With its chance level, as ours."""
    x, y = centre(x), centre(y)
    value = square(x.T @ y)
    level, sd = pairings(kernel_sums(x), kernel_sums(y), len(x))
    return value / (len(x) - 1) ** 2 if np.isfinite((value - level) / sd) else np.nan


def riemannian(x, y, shrinkage=0.1):
    sides = []
    for m in (x, y):
        m = centre(m)
        k = m @ m.T
        k.flat[:: len(k) + 1] += shrinkage * square(m) / len(k)
        sides.append(k)
    return np.sqrt((np.log(eigh(*sides, eigvals_only=True, check_finite=False)) ** 2).sum())


def distance_correlation(x, y):
    a, b = [double_centre(np.sqrt(squared_distances(m))) for m in (x, y)]
    return np.sqrt(cosine(a, b))


def rsa(x, y):
    a, b = [rankdata(squareform(squared_distances(m), checks=False)) for m in (x, y)]
    return np.corrcoef(a, b)[0, 1]


def rsm_difference(x, y):
    return np.linalg.norm(np.sqrt(squared_distances(x)) - np.sqrt(squared_distances(y)))


def mean_cca(x, y):
    return svdvals(basis(centre(x)).T @ basis(centre(y)), check_finite=False).mean()


def svcca(x, y, share=0.99):
    def leading(m):
        u, s, _ = svd(centre(m), full_matrices=False, check_finite=False)
        kept = np.cumsum(s**2) / (s**2).sum()
        return u[:, : np.searchsorted(kept, share) + 1]

    return svdvals(leading(x).T @ leading(y), check_finite=False).mean()


def pwcca(x, y):
    x, y = centre(x), centre(y)
    qx, qy = basis(x), basis(y)
    u, rho, _ = svd(qx.T @ qy, full_matrices=False, check_finite=False)
    alpha = np.abs(u.T @ (qx.T @ x)).sum(1)
    return (alpha * rho).sum() / alpha.sum()


def overlap(x, y):
    u, v = basis(x), basis(y)
    return square(u.T @ v) / max(u.shape[1], v.shape[1])


def gulp(x, y):
    """At lambda 0: rank + rank - 2 Σρ²."""
    u, v = basis(centre(x)), basis(centre(y))
    return u.shape[1] + v.shape[1] - 2 * square(u.T @ v)


def ensd(x, y):
    x, y = centre(x), centre(y)
    return square(x.T @ y) * square(x) * square(y) / (square(x.T @ x) * square(y.T @ y))


def regression(x, y):
    """With its chance level, as ours."""
    x, q = centre(x), basis(centre(y))
    value = square(q.T @ x)
    leverages = (q * q).sum(1)
    level, sd = pairings((q.shape[1], q.shape[1], leverages @ leverages), kernel_sums(x), len(x))
    return value / square(x) if np.isfinite((value - level) / sd) else np.nan


def whitened(m, alpha=0.5):
    m = centre(m)
    values, v = eigh(m.T @ m, check_finite=False)
    keep = values > max(m.shape) * np.finfo(float).eps * values[-1]
    v, values = v[:, keep], values[keep]
    return m @ ((v * (alpha + (1 - alpha) / np.sqrt(values))) @ v.T)


def shape_metric(x, y):
    a, b = whitened(x), whitened(y)
    return np.arccos(nuclear(a.T @ b) / np.linalg.norm(a) / np.linalg.norm(b))


def permutation(x, y):
    x, y = centre(x), centre(y)
    c = x.T @ y
    return np.arccos(c[linear_sum_assignment(c, maximize=True)].sum() / np.linalg.norm(x) / np.linalg.norm(y))


def aligned_cosine(x, y):
    u, _, v = svd(x.T @ y, check_finite=False)
    a = x @ (u @ v)
    return np.mean((a * y).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(y, axis=1))


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def nearest(score, k):
    np.fill_diagonal(score, -np.inf)
    some = np.argpartition(score, -k, axis=1)[:, -k:]
    order = np.argsort(-np.take_along_axis(score, some, 1), axis=1, kind="stable")
    return np.take_along_axis(some, order, 1)


def lists(x, y, k=10):
    return [nearest(u @ u.T, k) for u in (unit(x), unit(y))]


def masks(x, y, k=10):
    out = []
    for found in lists(x, y, k):
        mask = np.zeros((len(x), len(x)), bool)
        np.put_along_axis(mask, found, True, 1)
        out.append(mask)
    return out


def mutual_knn(x, y, k=10):
    a, b = masks(x, y, k)
    return (a & b).sum() / (len(x) * k)


def jaccard(x, y, k=10):
    a, b = masks(x, y, k)
    shared = (a & b).sum(1)
    return np.mean(shared / (2 * k - shared))


def rank_similarity(x, y, k=10):
    a, b = lists(x, y, k)
    same = a[:, :, None] == b[:, None, :]
    r, s = np.arange(1, k + 1)[:, None], np.arange(1, k + 1)
    parts = (same * (2 / ((1 + abs(r - s)) * (r + s)))).sum((1, 2))
    harmonic = np.concatenate([[1], np.cumsum(1 / np.arange(1, k + 1))])
    return np.mean(parts / harmonic[same.sum((1, 2))])


def second_order(x, y, k=10):
    a, b = unit(x), unit(y)
    s, t = a @ a.T, b @ b.T
    union = np.zeros((len(x), len(x)), bool)
    for score in s.copy(), t.copy():
        np.put_along_axis(union, nearest(score, k), True, 1)
    s, t = s * union, t * union
    return np.mean((s * t).sum(1) / np.linalg.norm(s, axis=1) / np.linalg.norm(t, axis=1))


def cknna(x, y, k=10):
    a, b = unit(x), unit(y)
    kernels = [a @ a.T, b @ b.T]
    found = []
    for kernel in kernels:
        mask = np.zeros(kernel.shape, bool)
        np.put_along_axis(mask, nearest(kernel.copy(), k), True, 1)
        found.append(mask)

    def unbiased(p, q):
        n = len(p)
        rows, columns = p.sum(0), q.sum(1)
        return (p * q.T).sum() + p.sum() * q.sum() / (n - 1) / (n - 2) - 2 * (rows @ columns) / (n - 2)

    for kernel in kernels:
        np.fill_diagonal(kernel, 0)
    both = found[0] & found[1]
    own = [unbiased(w, w) for w in (m * kernel for m, kernel in zip(found, kernels))]
    return unbiased(both * kernels[0], both * kernels[1]) / np.sqrt(own[0] * own[1])


def cycle(x, y, k=10):
    a, b = lists(x, y, k)
    return np.mean((a[b] == np.arange(len(x))[:, None, None]).any((1, 2)))


def imd(x, y, k=5):
    times = np.logspace(-1, 1, 256)

    def heat(m):
        n = len(m)
        edges = np.zeros((n, n))
        np.put_along_axis(edges, nearest(-squared_distances(m), k), 1, 1)
        edges = np.maximum(edges, edges.T)
        root = np.sqrt(edges.sum(1))
        values = eigh(np.eye(n) - edges / root / root[:, None], eigvals_only=True, check_finite=False)
        return np.exp(-np.outer(times, values)).sum(1) / n

    return 1e6 * np.max(np.exp(-2 * (times + 1 / times)) * np.abs(heat(x) - heat(y)))


def magnitude(x, y):
    return abs(np.linalg.norm(x.mean(0)) - np.linalg.norm(y.mean(0)))


def concentricity(x, y):
    def one(m):
        mean = m.mean(0)
        return np.mean(m @ mean / np.linalg.norm(m, axis=1)) / np.linalg.norm(mean)

    return abs(one(x) - one(y))


def uniformity(x, y):
    def one(m):
        return np.log(np.exp(-0.02 * squared_distances(m)).mean())

    return abs(one(x) - one(y))


def divergence(x, y):
    """Of each row and each class too, and the rows that get another class."""

    def softmax(m):
        e = np.exp(m - m.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)

    p, q = softmax(x), softmax(y)
    m = (p + q) / 2
    parts = p * np.log2(p / m) + q * np.log2(q / m)
    rows, _, _ = parts.sum(1) / 2, parts.mean(0) / 2, (x.argmax(1) != y.argmax(1)).mean()
    return np.mean(rows)


def correlations(x, y):
    x, y = centre(x), centre(y)
    return (x / np.linalg.norm(x, axis=0)).T @ (y / np.linalg.norm(y, axis=0))


def hard(x, y):
    r = correlations(x, y)
    return r[linear_sum_assignment(r, maximize=True)].mean()


def views(x, y):
    """With its level for rows that do not belong together."""
    u, v = unit(x), unit(y)
    n, apart = len(u), square(u - v)
    _ = (n * (square(u) + square(v)) - 2 * u.sum(0) @ v.sum(0) - apart) / (n * (n - 1))
    return apart / n


def soft(x, y):
    r = correlations(x, y)
    return (r.max(0).mean() + r.max(1).mean()) / 2


def ridge(x, y, folds=5, weight=0.01):
    """The parts of the rows are drawn otherwise than ours: so is the value."""
    part = np.random.default_rng(0).permutation(np.arange(len(x)) % folds)
    missed = 0
    for fold in range(folds):
        held = part == fold
        mx, my = x[~held].mean(0), y[~held].mean(0)
        a, b = x[~held] - mx, y[~held] - my
        k = b.T @ b
        k.flat[:: len(k) + 1] += weight * np.trace(k) / len(k)
        missed += square(x[held] - mx - (y[held] - my) @ solve(k, b.T @ a, assume_a="pos", check_finite=False))
    return 1 - missed / square(centre(x))


def neighbour_order(x, y, k=10):
    """Levenshtein's table, filled for all rows at once."""
    a, b = lists(x, y, k)
    before = np.tile(np.arange(k + 1), (len(x), 1))
    for i in range(k):
        now = np.full_like(before, i + 1)
        for j in range(k):
            now[:, j + 1] = np.minimum(
                np.minimum(before[:, j + 1], now[:, j]) + 1, before[:, j] + (a[:, i] != b[:, j])
            )
        before = now
    return 1 - before[:, k].mean() / k


def collapse(x, y):
    """The difference; with it, as ours, the indices of each side and across, and the effective modes of both."""

    def index(nearest):
        return np.log(nearest.mean() / x.shape[1])

    def modes(d, spread, radius):
        sizes = np.bincount(connected_components(csr_matrix(d <= radius**2 * spread), directed=False)[1]) / len(d)
        return np.exp(-(sizes * np.log(sizes)).sum())

    distances = [squared_distances(x), squared_distances(y)]
    spreads = [2 * square(centre(m)) / (len(m) - 1) for m in (x, y)]
    for d in distances:
        np.fill_diagonal(d, np.inf)
    nearest = [d.min(1) for d in distances]
    mean = x.mean(0)
    a, b = x - mean, y - mean
    across = (a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * (a @ b.T)
    radius = np.quantile(np.sqrt(nearest[0] / spreads[0]), 0.01) * (1 + 1e-9)
    _ = [index(near) for near in nearest] + [index(across.min(0)), index(across.min(1))]
    _ += [modes(d, spread, radius) for d, spread in zip(distances, spreads)]
    first, second = [np.log(near.mean() / spread) for near, spread in zip(nearest, spreads)]
    return second - first


def class_subspaces(x, y, classes=10, held=0.9):
    """Classes are counted off; over the units too, every class of one against every class of the other."""

    def leading(s, axes):
        count = np.searchsorted(np.cumsum(s**2) / square(s[:, None]), held) + 1
        return axes[:, : min(count, len(axes) // 2)]

    def likeness(a, b):
        return square(a.T @ b) / min(a.shape[1], b.shape[1])

    rows, units = [], []
    for m in unit(x), unit(y):
        found = [svd(m[c::classes], full_matrices=False, check_finite=False) for c in range(classes)]
        rows.append([leading(s, u) for u, s, _ in found])
        units.append([leading(s, v.T) for _, s, v in found])
    _ = [[likeness(a, b) for b in units[1]] for a in units[0]]
    return np.mean([likeness(a, b) for a, b in zip(*rows)])


def relative_agreement(x, y, anchors=300):
    """Anchors are drawn otherwise than ours: so is the value."""
    chosen = np.random.default_rng(0).choice(len(x), anchors, replace=False)
    a, b = [unit(u @ u[chosen].T) for u in (unit(x), unit(y))]
    score = a @ b.T
    return np.mean(1 / (score >= score.diagonal()[:, None]).sum(1))


def cluster_agreement(x, y):
    """Starts are drawn otherwise than ours: so is the value."""
    a, b = [KMeans(5, n_init=10, init="k-means++", random_state=0).fit(centre(m)).labels_ for m in (x, y)]
    return adjusted_rand_score(a, b)


def mutual_information(x, y):
    """Of all pairs of units, by products of ones and zeros."""
    n = len(x)
    bins = min(20, max(4, int(np.sqrt(n / 10))))

    def ones(m):
        rank = np.argsort(np.argsort(m, axis=0), axis=0)
        return (rank * bins // n)[:, :, None] == np.arange(bins)

    def flat(m):
        return m.reshape(n, -1).astype(np.float32)

    def matched(a, b):
        joint = (flat(a).T @ flat(b) / n).reshape(a.shape[1], bins, b.shape[1], bins)
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.nan_to_num(joint * np.log(joint * bins * bins))
        gain = np.maximum(0, terms.sum((1, 3), dtype=float) - (bins - 1) ** 2 / (2 * n))
        return gain[linear_sum_assignment(gain, maximize=True)].mean()

    return matched(ones(x), ones(y))


def stochastic(x, y, conditions=100):
    """At alpha 1, from one start: both rotations are made the best for the other in turn. Conditions are counted off."""

    def moments(m):
        rows = np.array([m[c::conditions] for c in range(conditions)])
        means = rows.mean(1)
        return means - means.mean(0), (rows - means[:, None]) / np.sqrt(rows.shape[1] - 1)

    def polar(m):
        u, s, v = np.linalg.svd(m, full_matrices=False)
        return u @ v, s.sum()

    (a, d), (b, e) = moments(x), moments(y)
    means, turned, last = a.T @ b, e, -np.inf
    flat = d.reshape(-1, d.shape[2])
    for _ in range(500):
        rotation, _ = polar(means + flat.T @ turned.reshape(flat.shape))
        turns, noise = polar(d @ rotation @ e.transpose(0, 2, 1))
        turned, gain = turns @ e, (rotation * means).sum() + noise
        if gain - last <= 1e-11 * abs(gain):
            break
        last = gain
    return np.sqrt((square(a - b @ rotation.T) + square(flat - turned.reshape(flat.shape) @ rotation.T)) / conditions)


def first_homology(d):
    """Sum of the bars of H1: boundaries of triangles, reduced over two elements as the bits of long integers."""
    n = len(d)
    i, j = np.triu_indices(n, 1)
    order = np.argsort(d[i, j], kind="stable")
    length = d[i, j][order]
    place = np.empty((n, n), int)
    place[i[order], j[order]] = place[j[order], i[order]] = np.arange(len(order))
    a, b, c = np.array(list(combinations(range(n), 3))).T
    sides = -np.sort(-np.stack([place[a, b], place[a, c], place[b, c]]), axis=0)
    sides = sides[:, np.lexsort(sides[::-1])].T.tolist()
    total, found, most = 0, {}, len(order) - n + 1
    for first, second, third in sides:
        column = 1 << first | 1 << second | 1 << third
        pivot = first
        while column and pivot in found:
            column ^= found[pivot]
            pivot = column.bit_length() - 1
        if column:
            found[pivot] = column
            total += length[first] - length[pivot]
            if len(found) == most:
                break
    return total


def topology(x, y, points=100):
    """One draw of rows, other than ours: so is the value."""
    chosen = np.random.default_rng(0).choice(len(x), points, replace=False)
    a, b = [np.sqrt(np.maximum(0, squared_distances(m[chosen]))) for m in (x, y)]
    for m in a, b:
        np.fill_diagonal(m, 0)
        m /= np.quantile(m, 0.9)
    least = np.minimum(a, b)
    return sum(first_homology(np.block([[0 * m, m], [m, least]])) for m in (a, b)) / 2


def sparse_prediction(x, y, few=3, most=32, held=0.2, last=1e-3, steps=20):
    """Both ways; the rows held out are drawn otherwise than ours: so is the value. Paths by least angle regression."""
    order = np.random.default_rng(0).permutation(len(x))
    cut = round(held * len(x))
    fitted, judged = order[cut:], order[:cut]

    def r2(source, target):
        f, j = [], []
        for m in source, target:
            mean, scale = m[fitted].mean(0), m[fitted].std(0)
            f.append((m[fitted] - mean) / scale)
            j.append((m[judged] - mean) / scale)
        gram, cross = f[0].T @ f[0] / len(fitted), f[0].T @ f[1] / len(fitted)
        own = (j[1] ** 2).mean(0)
        gram_held, cross_held = j[0].T @ j[0] / cut, j[0].T @ j[1] / cut

        def error(k, places, w):
            return own[k] + w @ (gram_held[np.ix_(places, places)] @ w - 2 * cross_held[places, k])

        k = gram + 1e-6 * np.eye(len(gram))
        whole = solve(k, cross, assume_a="pos", check_finite=False)
        _ = own + (whole * (gram_held @ whole - 2 * cross_held)).sum(0)
        values = []
        for k, c in enumerate(cross.T):
            knots, _, path = lars_path_gram(c, gram, n_samples=1, max_iter=most + 1, method="lasso")
            path = path.T
            points = []
            for penalty in knots[0] * last ** (np.arange(steps) / (steps - 1)):
                at = np.searchsorted(-knots, -penalty)
                if at >= len(knots):
                    break
                share = 1 if at == 0 else (knots[at - 1] - penalty) / (knots[at - 1] - knots[at])
                w = path[at] if at == 0 else path[at - 1] + share * (path[at] - path[at - 1])
                places = np.flatnonzero(w)
                if len(places) > most:
                    break
                refit = solve(gram[np.ix_(places, places)], c[places], check_finite=False) if len(places) else w[:0]
                points.append((len(places), error(k, places, w[places]), error(k, places, refit)))
            allowed = [point for point in points if point[0] <= few]
            limit = min(lasso for _, lasso, _ in allowed) * (1 + np.sqrt(2 / cut))
            values.append(1 - next(refit for _, lasso, refit in allowed if lasso <= limit) / own[k])
        return np.mean(values)

    value, _ = r2(x, y), r2(y, x)
    return value


def co_clustering(x, y, largest=40):
    """Starts of k-means are drawn otherwise."""
    z = [centre(m) / (m.std(0) * np.sqrt(len(m))) for m in (x, y)]
    both = np.hstack(z)
    r = both.T @ both
    s, p = abs(r), x.shape[1]
    np.fill_diagonal(s, 1)
    root = 1 / np.sqrt(s.sum(1))
    top = (len(s) - largest - 1, len(s) - 1)
    values, vectors = eigh(root[:, None] * s * root, subset_by_index=top, check_finite=False)
    values, vectors = 1 - values[::-1], vectors[:, ::-1] * root[:, None]
    count = 2 + int(np.argmax(np.diff(values)[1:]))
    labels = KMeans(count, n_init=20, random_state=0).fit(vectors[:, :count]).labels_
    total = weight = 0
    for c in range(count):
        a, b = np.flatnonzero(labels[:p] == c), np.flatnonzero(labels[p:] == c)
        if len(a) and len(b):
            least = min(len(a), len(b))
            total += svdvals(basis(z[0][:, a]).T @ basis(z[1][:, b]), check_finite=False).sum()
            weight += least
    return total / weight


MEASURES = {
    "product": lambda x, y: (x.T @ y)[0, 0],
    "linear-cka": linear_cka,
    "linear-cka-debiased": linear_cka_debiased,
    "minibatch-cka": minibatch,
    "procrustes": lambda x, y: np.sqrt(2 - 2 * procrustes_similarity(x, y)),
    "mutual-knn": mutual_knn,
    "rsa": rsa,
    "rbf-cka": rbf,
    "laplace-cka": laplace,
    "hsic": hsic,
    "distance-correlation": distance_correlation,
    "angular-shape": lambda x, y: np.arccos(procrustes_similarity(x, y)),
    "mean-cca": mean_cca,
    "svcca": svcca,
    "procrustes-size-and-shape": size_and_shape,
    "shape-metric": shape_metric,
    "permutation-procrustes": permutation,
    "normalised-bures": procrustes_similarity,
    "aligned-cosine": aligned_cosine,
    "pwcca": pwcca,
    "eigenspace-overlap": overlap,
    "gulp": gulp,
    "ensd": ensd,
    "linear-regression": regression,
    "rsm-difference": rsm_difference,
    "riemannian-distance": riemannian,
    "jaccard-knn": jaccard,
    "second-order-cosine": second_order,
    "rank-similarity": rank_similarity,
    "cknna": cknna,
    "cycle-knn": cycle,
    "imd": imd,
    "magnitude-difference": magnitude,
    "concentricity-difference": concentricity,
    "uniformity-difference": uniformity,
    "output-disagreement": divergence,
    "view-alignment": views,
    "row-neighbourhoods": mutual_knn,
    "hard-matching": hard,
    "soft-matching": soft,
    "unit-correlations": soft,
    "soft-matching-transport": hard,
    "ridge-regression": ridge,
    "neighbour-order": neighbour_order,
    "collapse": collapse,
    "class-subspace-similarity": class_subspaces,
    "relative-agreement": relative_agreement,
    "cluster-agreement": cluster_agreement,
    "mutual-information-matching": mutual_information,
    "stochastic-shape": stochastic,
    "rtd": topology,
    "sparse-prediction": sparse_prediction,
    "co-clustering": co_clustering,
}


def main():
    x, y = [np.load(path) for path in sys.argv[1:3]]
    for line in sys.stdin:
        measure = MEASURES.get(line.strip())
        if measure is None:
            print("null", flush=True)
            continue
        wall, own = time.perf_counter(), time.process_time()
        value = measure(x.astype(float), y.astype(float))
        seconds, cpu = time.perf_counter() - wall, time.process_time() - own
        print(json.dumps({"value": float(value), "seconds": seconds, "cpu": cpu}), flush=True)


if __name__ == "__main__":
    main()
