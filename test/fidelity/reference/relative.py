"""Relative representations and their agreement on the sample data, from NumPy alone; prints JSON.

    python3 test/fidelity/reference/relative.py > test/fidelity/reference/relative.json

The whole n x n similarities are held and sorted here, where the extension goes tile by tile and selects.
"""

import json
import pathlib

import numpy as np

SAMPLES = pathlib.Path(__file__).resolve().parents[3] / "media" / "samples"


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def relative(x, anchors, centre):
    if centre == "mean":
        x = x - x.mean(0)
    if centre == "anchors":
        x = x - x[anchors].mean(0)
    return unit(x) @ unit(x[anchors]).T


def nearest(similarities, k, without_self):
    s = similarities.copy()
    if without_self:
        np.fill_diagonal(s, -np.inf)
    return np.argsort(-s, axis=1, kind="stable")[:, :k]


def jaccard(a, b):
    return np.mean([len(set(p) & set(q)) / len(set(p) | set(q)) for p, q in zip(a, b)])


def agreement(a, b, k, variant):
    a, b = unit(a), unit(b)
    across = a @ b.T
    rank = 1 + (across > np.diag(across)[:, None]).sum(1)
    own = variant == "own-spaces"
    first = nearest(a @ a.T, k, True) if own else nearest(across, k, False)
    return {
        "mrr": np.where(rank <= (len(a) if own else k), 1 / rank, 0).mean(),
        "cosine": np.diag(across).mean(),
        "jaccard": jaccard(first, nearest(b @ b.T, k, own)),
        "cosine by chance": across.mean(),
    }


def case(x, y, anchors, k, **choices):
    x, y = x.astype(float), y.astype(float)
    centre, variant = choices.get("centre", "none"), choices.get("variant", "own-spaces")
    a, b = relative(x, anchors, centre), relative(y, anchors, centre)
    out = {"choices": choices, "relative": agreement(a, b, k, variant)}
    out["rank"] = int(np.linalg.matrix_rank(a))
    out["covering radius"] = np.sqrt(2 - 2 * a.max(1).min())
    if x.shape[1] == y.shape[1]:
        out["absolute"] = agreement(x, y, k, variant)
    return out


def main():
    digits = [np.load(SAMPLES / "digits" / f"digits-cnn-seed{seed}-activations.npz") for seed in (0, 1)]
    every_ninth = np.arange(0, 450, 9)
    layer8 = [d["layer8"] for d in digits]
    cases = [
        case(*layer8, every_ninth, 10),
        case(*layer8, every_ninth, 10, centre="mean"),
        case(*layer8, every_ninth, 10, centre="anchors"),
        case(*layer8, every_ninth, 10, variant="top-k"),
        case(digits[0]["layer4"], digits[1]["layer7"], every_ninth, 10),
    ]
    print(json.dumps(cases, indent=1))


main()
