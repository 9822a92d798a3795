"""Agreement of word spaces by number of anchors, with NumPy: python3 test/fidelity/reference/anchor_curve.py

Anchors, and the rows that are looked up, are drawn again for every number of anchors: what comes out has a mean and a spread, and any
other draws have them too.
"""
import json
import pathlib

import numpy as np

WORDS = pathlib.Path(__file__).resolve().parents[3] / "media" / "samples" / "words"
COUNTS = (2, 4, 8, 16, 32, 64, 128, 256, 300)
DRAWS = 20
ROWS = 1000


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def scores(x, y, random, count):
    """Mean reciprocal rank of some rows of x among the same of y, and mean cosine, as the anchors describe them."""
    anchors, some = (random.choice(len(x), size, replace=False) for size in (count, ROWS))
    a, b = (unit(z[some] @ z[anchors].T) for z in (x, y))
    across = a @ b.T
    own = np.diag(across)
    return [(1 / (1 + (across > own[:, None]).sum(1))).mean(), own.mean()]


def curve(x, y, random):
    out = []
    for count in COUNTS:
        found = np.array([scores(x, y, random, count) for _ in range(DRAWS)])
        out.append({"anchors": count, "mean": found.mean(0).tolist(), "sd": found.std(0, ddof=1).tolist()})
    return out


def main():
    a, b, text = (unit(np.load(WORDS / f"kjv-{name}.npy").astype(float)) for name in ("word2vec-a", "word2vec-b", "fasttext"))
    random = np.random.RandomState(0)
    cases = {"word2vec-b": curve(a, b, random), "fasttext": curve(a, text, random)}
    (pathlib.Path(__file__).parent / "anchor_curve.json").write_text(json.dumps(cases, indent=1) + "\n")


main()
