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


def main():
    out = {}
    for name, rows, left, right in (("tall", 40, 12, 9), ("wide", 8, 12, 10)):
        x, y = matrix(rows, left, 1), matrix(rows, right, 1001)
        out[name] = {
            "shapes": [[rows, left, 1], [rows, right, 1001]],
            "ReSi (EOS)": eigenspace_overlap(x, y),
            "repsim (AngularCKA, use_unbiased_hsic=False)": angular_cka(x, y, False),
            "repsim (AngularCKA)": angular_cka(x, y, True),
            **({"anatome": svcca(x, y)} if rows > left else {}),
        }
    (HERE / "toolkits.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
