"""RSA of conditions with several rows each: mahalanobis and crossnobis dissimilarities, written from their definitions.

Rows i of the samples are of condition i mod 12 (balanced), or floor(sqrt(i)) (unbalanced; condition 0 has one row and is left out).
Covariances of noise as rsatoolbox estimates them: Ledoit and Wolf (2004), Schaefer and Strimmer (2005), over n - m.
"""

import itertools
import json
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

HERE = Path(__file__).parent
SAMPLES = HERE.parents[2] / "media" / "samples"


def covariance(residuals, dof, how):
    n, p = residuals.shape
    outer = np.einsum("ij,ik->ijk", residuals, residuals)
    s = outer.sum(0)
    if how == "none":
        return np.eye(p)
    if how == "full":
        return s / dof
    if how == "diagonal":
        return np.diag(np.diag(s)) / dof
    if how == "shrinkage-identity":
        s = s / n
        m = np.trace(s) / p
        d2 = ((s - m * np.eye(p)) ** 2).sum()
        b2 = min(d2, ((outer**2).mean(0) - s**2).sum() / n)
        return (b2 / d2 * m * np.eye(p) + (d2 - b2) / d2 * s) * n / dof
    s = s / dof
    sd = np.sqrt(np.diag(s))
    r = s / np.outer(sd, sd)
    r2 = (outer**2).sum(0) / np.outer(sd, sd) ** 2 / dof
    off = ~np.eye(p, dtype=bool)
    weight = np.clip((n / dof**2 * (r2 - r**2))[off].sum() / (r[off] ** 2).sum(), 0, 1)
    return np.where(off, (1 - weight) * s, s)


def distances(x, labels, dissimilarity, noise):
    groups = [x[labels == k] for k in np.unique(labels) if (labels == k).sum() > 1]
    residuals = np.vstack([g - g.mean(0) for g in groups])
    precision = np.linalg.inv(covariance(residuals, len(residuals) - len(groups), noise))
    balanced = len({len(g) for g in groups}) == 1
    out = []
    for a, b in itertools.combinations(groups, 2):
        if dissimilarity == "mahalanobis":
            d = a.mean(0) - b.mean(0)
            out.append(d @ precision @ d)
        elif balanced:
            # Each row left out once: its difference against that of the means of the others.
            parts = []
            for k in range(len(a)):
                others = np.arange(len(a)) != k
                parts.append((a[k] - b[k]) @ precision @ (a[others].mean(0) - b[others].mean(0)))
            out.append(np.mean(parts))
        else:

            def own(g):
                products = g @ precision @ g.T
                return products[~np.eye(len(g), dtype=bool)].mean()

            out.append(own(a) + own(b) - 2 * (a @ precision @ b.T).mean())
    return np.array(out) / x.shape[1]


def main():
    one, two = [np.load(SAMPLES / "digits" / f"digits-cnn-seed{seed}-activations.npz")["layer8"] for seed in (0, 1)]
    x, y = [np.asarray(m[:120], dtype=float) for m in (one, two)]
    rows = np.arange(120)
    designs = {"balanced": rows % 12, "unbalanced": np.floor(np.sqrt(rows)).astype(int)}
    out = {}
    for name, labels in designs.items():
        for dissimilarity in "mahalanobis", "crossnobis":
            for noise in "shrinkage-diagonal", "shrinkage-identity", "full", "diagonal", "none":
                a, b = [distances(m, labels, dissimilarity, noise) for m in (x, y)]
                out[f"{name} {dissimilarity} {noise}"] = {
                    "spearman": float(spearmanr(a, b)[0]),
                    "pearson": float(np.corrcoef(a, b)[0, 1]),
                    "cosine": float(a @ b / np.linalg.norm(a) / np.linalg.norm(b)),
                    "first": float(a[0]),
                    "last": float(b[-1]),
                }
    (HERE / "noise.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
