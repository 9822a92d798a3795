"""What tools compute under names of the table of variants where it has to say how they differ, with NumPy alone, from their code.

    python3 test/fidelity/reference/toolkits.py

writes test/fidelity/reference/toolkits.json. Of more rows than units ("tall") and of fewer ("wide"); value k of a matrix,
row by row, is sin(k²) from a k of its own on.
"""

import json
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent


def matrix(rows, columns, first):
    return np.sin(np.arange(first, first + rows * columns, dtype=float) ** 2).reshape(rows, columns)


def centre(x):
    return x - x.mean(0)


def eigenspace_overlap(x, y):
    """ReSi, eigenspace_overlap_score: over the larger number of units, whatever the ranks."""
    u, v = [np.linalg.svd(m)[0][:, : np.linalg.matrix_rank(m)] for m in (x, y)]
    return np.linalg.norm(u.T @ v) ** 2 / max(x.shape[1], y.shape[1])


def angular_cka(x, y, unbiased):
    """wrongu/repsim, AngularCKA with a linear kernel: `unbiased`, its default, leaves out the diagonal after centring."""
    a, b = [centre(m) @ centre(m).T for m in (x, y)]
    if unbiased:
        a, b = [m - np.diag(np.diag(m)) for m in (a, b)]
    return np.arccos((a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b))


def svcca(x, y):
    """anatome, svcca_distance, as a similarity: components short of 99 % of the singular values, of columns not yet centred."""

    def reduced(m):
        _, s, v = np.linalg.svd(m, full_matrices=False)
        kept = np.linalg.qr(centre(m @ v[np.cumsum(s) / s.sum() < 0.99].T))[0]
        return kept

    rho = np.linalg.svd(reduced(x).T @ reduced(y), compute_uv=False)
    return rho.mean()


def squared_distances(x):
    return ((x[:, None] - x[None]) ** 2).sum(-1)


def median_distance(x, of=np.median):
    return of(np.sqrt(squared_distances(x)[np.triu_indices(len(x), 1)]))


def lower_median(values):
    """torch.median: of an even number the lower of the two in the middle."""
    return np.sort(values)[(len(values) - 1) // 2]


def cka(k, l):
    """Biased: of kernels that are centred on either side."""
    h = np.eye(len(k)) - 1 / len(k)
    k, l = h @ k @ h, h @ l @ h
    return (k * l).sum() / np.linalg.norm(k) / np.linalg.norm(l)


def cran_cka(x, y):
    """repsim of CRAN, cka as it stands: exp(-d² / 2σ²), σ the median distance."""
    return cka(*[np.exp(-squared_distances(m) / (2 * median_distance(m) ** 2)) for m in (x, y)])


def squared_exponential_cka(x, y, factor):
    """wrongu/repsim, cka of SquaredExponential, unbiased=False: exp(-d² / ℓ²), ℓ a factor of the median distance."""
    lengths = [factor * median_distance(m, lower_median) for m in (x, y)]
    return cka(*[np.exp(-squared_distances(m) / length**2) for m, length in zip((x, y), lengths)])


def laplace_cka(x, y):
    """wrongu/repsim, cka of Laplace(1.0), unbiased=False."""
    return cka(*[np.exp(-np.sqrt(squared_distances(m))) for m in (x, y)])


def inverse_root(c):
    values, vectors = np.linalg.eigh(c)
    return vectors @ np.diag([1 / np.sqrt(v) if v > 1e-9 * values.max() else 0 for v in values]) @ vectors.T


def sim_metric(x, y):
    """sim_metric, cca_decomp on centred data: mean_cca_corr, mean_sq_cca_corr, and 1 - pwcca_dist weighted by the first."""
    x, y = centre(x), centre(y)
    white = inverse_root(x.T @ x)
    u, rho, _ = np.linalg.svd(white @ x.T @ y @ inverse_root(y.T @ y))
    weights = np.abs(u.T @ white @ x.T @ x).sum(1)
    weights = (weights / weights.sum())[: len(rho)]
    return rho.mean(), (rho**2).mean(), (weights * rho[: len(weights)]).sum()


def bures(x, y):
    """rsatoolbox, bures_metric of its squared distances, which are each over the number of units: a square."""
    x, y = [centre(m) / np.sqrt(m.shape[1]) for m in (x, y)]
    return (x**2).sum() + (y**2).sum() - 2 * np.linalg.svd(x.T @ y, compute_uv=False).sum()


def main():
    out = {}
    # 42 and 7 rows have an odd number of pairs, whose median is one of them.
    for name, rows, left, right in (("tall", 42, 12, 9), ("wide", 7, 12, 10)):
        x, y = matrix(rows, left, 1), matrix(rows, right, 1001)
        out[name] = {
            "shapes": [[rows, left, 1], [rows, right, 1001]],
            "ReSi (EOS)": eigenspace_overlap(x, y),
            "AngularCKA, use_unbiased_hsic=False": angular_cka(x, y, False),
            "AngularCKA": angular_cka(x, y, True),
            "CRAN; cka": cran_cka(x, y),
            "length scale median/2": squared_exponential_cka(x, y, 0.5),
            "length scale auto": squared_exponential_cka(x, y, 1),
            "Laplace(1.0)": laplace_cka(x, y),
            "bures_metric": bures(x, y),
        }
        # The rest is for more rows than units.
        if rows > max(left, right):
            out[name] |= {"anatome": svcca(x, y), "sim_metric": sim_metric(x, y), "exchanged": sim_metric(y, x)[2]}
    (HERE / "toolkits.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
