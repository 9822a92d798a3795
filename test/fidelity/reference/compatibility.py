"""Versions of an encoder that search each other, from NumPy alone; prints JSON.

    python3 test/fidelity/reference/compatibility.py > test/fidelity/reference/compatibility.json
"""

import gzip
import json
import pathlib

import numpy as np

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures"
SAMPLES = pathlib.Path(__file__).resolve().parents[3] / "media" / "samples" / "digits"
CLASSES = 10


def det(n, d, s):
    return np.sin((np.arange(n * d) + float(s)).reshape(n, d) ** 2)


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def simplex(k):
    """From the eigenvectors of the centring matrix: any regular simplex, up to rotation."""
    values, vectors = np.linalg.eigh(np.eye(k) - 1 / k)
    return unit(vectors[:, values > 0.5])


def split(y):
    """The first half of every class."""
    gallery = np.zeros(len(y), bool)
    for c in range(CLASSES):
        rows = np.flatnonzero(y == c)
        gallery[rows[: max(1, int(len(rows) / 2 + 0.5))]] = True
    return gallery


def means(z, y):
    return unit(np.array([z[y == c].mean(0) for c in range(CLASSES)]))


def tests(versions, y, gallery, test):
    table = []
    for t, new in enumerate(versions):
        row = []
        for old in versions[: t + 1]:
            if old.shape[1] != new.shape[1]:
                row.append(None)
                continue
            cosines = new[~gallery] @ (means(old[gallery], y[gallery]) if test == "templates" else old[gallery]).T
            found = cosines.argmax(1)
            found = found if test == "templates" else y[gallery][found]
            row.append((found == y[~gallery]).mean())
        table.append(row)
    return table


def pull(anchors, others, y, own, margin=0.2):
    """Gradient of the mean loss of semi-hard triplets, by the anchors, and by the others where they are the anchors."""
    apart = 2 - 2 * anchors @ others.T
    same = y[:, None] == y[None]
    a, p = np.nonzero(same & ~(np.eye(len(y), dtype=bool) & own))
    farther = np.where(same[a] | (apart[a] <= apart[a, p][:, None]), np.inf, apart[a])
    n = farther.argmin(1)
    active = farther.min(1) < apart[a, p] + margin
    signs = np.zeros_like(apart)
    np.add.at(signs, (a[active], p[active]), 1)
    np.add.at(signs, (a[active], n[active]), -1)
    signs /= max(1, active.sum())
    return -2 * (signs + signs.T if own else signs) @ others


def triplets(x, y, start, fixed=None, steps=60, rate=0.05, count=25, draws=None):
    """AdaGrad on x and a column of ones; all rows of each class are a batch where there are no more than the count."""
    x = np.hstack([x, np.ones((len(x), 1))])
    w = np.vstack([start, np.zeros((1, start.shape[1]))])
    squares = np.zeros_like(w)
    groups = [np.flatnonzero(y == c) for c in np.unique(y)]
    for _ in range(steps):
        i = np.concatenate([g if len(g) <= count else draws.choice(g, count, replace=False) for g in groups])
        u = x[i] @ w
        lengths = np.linalg.norm(u, axis=1, keepdims=True)
        z = u / lengths
        g = pull(z, z, y[i], True)
        if fixed is not None:
            g += pull(z, fixed[i], y[i], False)
        slope = x[i].T @ ((g - z * (g * z).sum(1, keepdims=True)) / lengths)
        squares += slope**2
        w = w - rate * slope / (np.sqrt(squares) + 1e-10)
    return lambda rows: unit(np.hstack([rows, np.ones((len(rows), 1))]) @ w)


def adapted(versions, y, gallery, adapter):
    first = versions[0][gallery]
    out = []
    for t, z in enumerate(versions):
        g = z[gallery]
        if t == 0 and adapter != "simplex":
            out.append(z)
        elif adapter == "procrustes":
            u, _, vt = np.linalg.svd(g.T @ first, full_matrices=False)
            out.append(unit(z @ (u @ vt)))
        else:
            target = (simplex(CLASSES) if adapter == "simplex" else means(first, y[gallery]))[y[gallery]]
            start = np.linalg.solve(g.T @ g + np.eye(g.shape[1]), g.T @ target)
            out.append(unit(z @ start))
    return out


def shares(new, old, y, gallery):
    """Of pairs of a query and a gallery row: no farther where the class is the same, no nearer where it is not."""
    apart = lambda z: np.linalg.norm(z[~gallery][:, None] - old[gallery][None], axis=2)
    same = y[~gallery][:, None] == y[gallery][None]
    change = apart(new) - apart(old)
    return [(change[same] <= 0).mean(), (change[~same] >= 0).mean()]


def summary(versions, y):
    versions = [unit(v.astype(float)) for v in versions]
    gallery = split(y)
    last, first = versions[-1], versions[0]
    out = {"templates": tests(versions, y, gallery, "templates"), "nearest": tests(versions, y, gallery, "nearest")}
    for adapter in ["simplex", "harmonic", "procrustes"]:
        out[adapter] = tests(adapted(versions, y, gallery, adapter), y, gallery, "templates")
    m = means(last[gallery], y[gallery])
    off = ~np.eye(CLASSES, dtype=bool)
    out["from-simplex"] = np.abs((m @ m.T)[off] + 1 / (CLASSES - 1)).mean()
    if first.shape == last.shape:
        out["inequalities"] = shares(last, first, y, gallery)
        cosines = (m * means(first[gallery], y[gallery])).sum(1)
        out["drift"] = np.degrees(np.arccos(cosines)).mean()
    return out


def validation(query, gallery, y, rate=0.01):
    """Pairs of a query and another row of the gallery: the share of one class that passes where the wrong ones pass at most at the rate."""
    distances = 2 - 2 * query @ gallery.T
    same = y[:, None] == y[None]
    right = distances[same & ~np.eye(len(y), dtype=bool)]
    wrong = np.sort(distances[~same])
    return (right < wrong[int(rate * len(wrong))]).mean()


def harmonic():
    """The old version: 16 principal components. The new one: 128 fixed features, with and without the adapter."""
    rows = np.frombuffer(gzip.decompress((FIXTURES / "digits" / "digits.bin.gz").read_bytes()), np.uint8).reshape(-1, 65)
    x, y = rows[:, :64] / 16, rows[:, 64].astype(int)
    fitted = np.arange(len(y)) < 600
    kept = np.arange(len(y)) < 1050
    x, y, fitted = x[kept], y[kept], fitted[kept]
    x = x - x[fitted].mean(0)
    old = unit(x @ np.linalg.svd(x[fitted], full_matrices=False)[2][:16].T)
    new = unit(np.maximum(x @ det(64, 128, 5), 0))
    target = means(old[fitted], y[fitted])[y[fitted]]
    g = new[fitted]
    adapted = unit(new @ np.linalg.solve(g.T @ g + 0.01 * np.eye(128), g.T @ target))
    old, adapted, y = old[~fitted], adapted[~fitted], y[~fitted]
    return {"old": validation(old, old, y), "new": validation(adapted, adapted, y), "cross": validation(adapted, old, y)}


def images():
    """Rows of three classes, before and after forty steps with rows that stay: no draws."""
    y = np.arange(42) % 3
    x = unit(det(42, 6, 3) + 0.5 * np.eye(6)[y])
    fixed = unit(det(42, 4, 900) + 0.5 * np.eye(4)[y])
    return triplets(x, y, det(6, 4, 70), fixed, steps=40)(x).ravel().tolist()


def mixed():
    """
    As published, but for draws that are not given: 16 principal components, 256 rectified features, all digits, two rows of
    three fitted, half of the others judged. Alone, by least squares onto the templates, and by triplets from there on, over three draws of the batches.
    """
    rows = np.frombuffer(gzip.decompress((FIXTURES / "digits" / "digits.bin.gz").read_bytes()), np.uint8).reshape(-1, 65)
    x, y = rows[:, :64] / 16, rows[:, 64].astype(int)
    fitted, judged = np.arange(len(y)) % 3 != 2, np.arange(len(y)) % 6 == 2
    x = x - x[fitted].mean(0)
    old = unit(x @ np.linalg.svd(x[fitted], full_matrices=False)[2][:16].T)
    new = unit(np.maximum(x @ det(64, 256, 5), 0))
    g, test = new[fitted], y[judged]
    first = old[judged]
    target = means(old[fitted], y[fitted])[y[fitted]]
    start = np.linalg.solve(g.T @ g + np.eye(256), g.T @ target)
    both = lambda z: [validation(z, z, test), validation(z, first, test)]
    alone, joint = [], []
    for seed in range(3):
        draws = np.random.RandomState(seed)
        random = draws.randn(256, 16) / 16
        alone.append(both(triplets(g, y[fitted], random, draws=draws)(new[judged])))
        joint.append(both(triplets(g, y[fitted], start, old[fitted], draws=draws)(new[judged])))
    return {
        "old": validation(first, first, test),
        "independent": alone,
        "least-squares": both(unit(new[judged] @ start)),
        "triplets": joint,
    }


def area(z, y):
    """Probability that a pair of one class is nearer than a pair of two, ties counted half."""
    i, j = np.triu_indices(len(y), 1)
    distances, same = 2 - 2 * (z @ z.T)[i, j], y[i] == y[j]
    wrong = np.sort(distances[~same])
    below, above = (np.searchsorted(wrong, distances[same], side) for side in ("left", "right"))
    return 1 - (below + above).mean() / 2 / len(wrong)


def unseen(old, new, y, adapter):
    """The map of the new version fitted to every other class, and pairs of rows of the classes between: after, and before."""
    old, new = unit(old.astype(float)), unit(new.astype(float))
    found = []
    for side in (0, 1):
        fitted, judged = y % 2 != side, y % 2 == side
        seen = np.unique(y[fitted])
        corners = simplex(len(seen)) if adapter == "simplex" else unit(np.array([old[y == c].mean(0) for c in seen]))
        target = corners[np.searchsorted(seen, y[fitted])]
        g = new[fitted]
        made = unit(new[judged] @ np.linalg.solve(g.T @ g + np.eye(g.shape[1]), g.T @ target))
        found.append([area(made, y[judged]), area(new[judged], y[judged])])
    return np.mean(found, 0).tolist()


def main():
    y = np.arange(400) % CLASSES
    # The vertices as the construction of the paper has them: these data are seen, not only their angles.
    w = np.vstack([np.eye(CLASSES - 1), np.full((1, CLASSES - 1), (1 - CLASSES**0.5) / (CLASSES - 1))])
    w = unit(w - w.mean(0))
    stationary = [w[y] + noise * det(400, 9, 1000 * t) for t, noise in enumerate([1.2, 0.9, 0.7, 0.5])]
    turns = [np.linalg.svd(det(9, 9, 7 + 100 * t)) for t in range(4)]
    rotated = [x @ u @ vt for x, (u, _, vt) in zip(stationary, turns)]
    digits = np.load(SAMPLES / "digits-test-labels.npy").ravel().astype(int)
    nets = [np.load(SAMPLES / f"digits-cnn-seed{seed}-activations.npz") for seed in (0, 1)]
    cases = {
        "harmonic": harmonic(),
        "mixed": mixed(),
        "images": images(),
        "unseen": {kind: unseen(nets[0]["layer7"], nets[1]["layer8"], digits, kind) for kind in ("simplex", "harmonic")},
        "stationary": summary(stationary, y),
        "rotated": summary(rotated, y),
        "digits": summary([nets[0]["layer5"], nets[0]["layer6"], nets[1]["layer7"], nets[1]["layer6"]], digits),
    }
    print(json.dumps(cases, indent=1))


main()
