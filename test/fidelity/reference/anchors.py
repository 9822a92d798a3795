"""Projections on anchors and how well anchors cover a space, by NumPy and SciPy: python3 test/fidelity/reference/anchors.py"""
import json
import pathlib

import numpy as np
from scipy.spatial.distance import cdist


def H(n, d, s=0):
    k = np.arange(n * d, dtype=float) + s
    return ((((7 * k**2 + 13 * k + 5) % 101) / 50) - 1).reshape(n, d)


def prepared(x, rows, centre, standardise):
    if standardise == "units":
        scale = (x[rows] if centre == "anchors" else x).std(0)
        x = x / np.where(scale > 0, scale, 1)
    if centre != "none":
        x = x - (x if centre == "mean" else x[rows]).mean(0)
    return x


def project(x, rows, projection, centre, standardise):
    x = prepared(x, rows, centre, standardise)
    a = x[rows]
    if projection in ("cosine", "angular"):
        r = 1 - cdist(x, a, "cosine")
        r = r if projection == "cosine" else np.arccos(np.clip(r, -1, 1)) / np.pi
    elif projection == "basis":
        r = np.linalg.lstsq(a.T, x.T, rcond=1e-12)[0].T
    else:
        r = cdist(x, a, "euclidean" if projection == "euclidean" else "cityblock")
    return (r - r.mean(0)) / r.std(0) if standardise == "similarities" else r


x = H(12, 5)
rows = [0, 4, 8]
projections = [
    {
        **{"projection": projection, "centre": centre, "standardise": standardise},
        "values": project(x, rows, projection, centre, standardise).ravel().round(14).tolist(),
    }
    for projection in ("cosine", "euclidean", "angular", "l1", "basis")
    for centre, standardise in (("none", "none"), ("mean", "units"), ("anchors", "units"), ("anchors", "similarities"))
]

big = H(60, 7, 5)
chosen = list(range(0, 60, 13))
u = big / np.linalg.norm(big, axis=1, keepdims=True)
distances = cdist(u, u[chosen]).min(1)
q = np.linalg.qr(big[chosen].T)[0]
s = np.linalg.svd(u @ u[chosen].T, compute_uv=False)
p = s / s.sum()
coverage = {
    "mean-distance": distances.mean(),
    "covering-radius": distances.max(),
    "spanned": ((big @ q) ** 2).sum() / (big**2).sum(),
    "rank": int(np.linalg.matrix_rank(u @ u[chosen].T)),
    "effective-rank": float(np.exp(-(p * np.log(p)).sum())),
}



def spanned(rows, projection, centre, standardise):
    """Share of the squared lengths in the span of the anchors, as the projection takes both; of distances, less the mean of the anchors."""
    x = prepared(big, rows, "none" if projection == "euclidean" else centre, standardise)
    if projection == "euclidean":
        x = x - x[rows].mean(0)
    u, s, _ = np.linalg.svd(x[rows].T, full_matrices=False)
    u = u[:, s > 1e-12 * s[0]]
    return ((x @ u) ** 2).sum() / (x**2).sum()


choices = [("cosine", "mean", "none"), ("cosine", "anchors", "none"), ("basis", "mean", "units"), ("euclidean", "none", "none")]
shares = [
    {**{"projection": p, "centre": c, "standardise": s}, "share": spanned(chosen, p, c, s)} for p, c, s in choices
]

y = np.tanh(H(60, 7, 5) @ H(7, 6, 1000))
z = H(60, 7, 5)[:, ::-1] + 0.4 * H(60, 7, 77)
unit = [
    (lambda r: r / np.linalg.norm(r, axis=1, keepdims=True))(project(space, chosen, "cosine", "none", "none"))
    for space in (big, y, z)
]
cosines = np.mean([(unit[a] * unit[b]).sum(1) for a, b in ((0, 1), (0, 2), (1, 2))], axis=0)
ranks = []
for a in range(3):
    for b in range(3):
        scores = unit[a] @ unit[b].T
        own = np.diag(scores)[:, None]
        place = (scores > own + 1e-12).sum(1) + ((np.abs(scores - own) <= 1e-12).sum(1) + 1) / 2
        ranks.append((1 / place).mean())
off = [ranks[k] for k in (1, 2, 3, 5, 6, 7)]
spaces = {"mrr": np.mean(off), "mrr-least": min(off), "cosine": cosines.mean(), "cosine-least": cosines.min(), "ranks": ranks}

out = {"projections": projections, "coverage": coverage, "shares": shares, "spaces": spaces}
(pathlib.Path(__file__).parent / "anchors.json").write_text(json.dumps(out, indent=1, default=float) + "\n")
