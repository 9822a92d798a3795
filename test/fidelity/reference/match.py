"""Matchings of units on the sample data, from NumPy and SciPy alone; prints JSON.

    python3 test/fidelity/reference/match.py > test/fidelity/reference/match.json

Needs NumPy and SciPy. Correlations are numpy.corrcoef's; the assignment is scipy.optimize.linear_sum_assignment's.
"""

import json
import pathlib

import numpy as np
from scipy.optimize import linear_sum_assignment

SAMPLES = pathlib.Path(__file__).resolve().parents[3] / "media" / "samples"
PAIRINGS = 200


def correlations(x, y):
    return np.corrcoef(x, y, rowvar=False)[: x.shape[1], x.shape[1] :]


def hard(s):
    rows, columns = linear_sum_assignment(s, maximize=True)
    matched, best = s[rows, columns], s[rows].max(1)
    return {
        "correlation": matched.mean(),
        "semi": best.mean(),
        "gap": (best - matched).mean(),
        "agreement": (s[rows].argmax(1) == columns).mean(),
        "above-0.5": (matched > 0.5).mean(),
        "above-0.8": (matched > 0.8).mean(),
    }


def soft(s):
    there, back = s.argmax(1), s.argmax(0)
    return {
        "correlation": (s.max(1).mean() + s.max(0).mean()) / 2,
        "forward": s.max(1).mean(),
        "reverse": s.max(0).mean(),
        "mutual": (back[there] == np.arange(len(there))).mean(),
        "chosen": len(set(there)) / s.shape[1],
        "chosen-reverse": len(set(back)) / s.shape[0],
    }


def varying(x):
    return x.astype(float)[:, x.std(0) > 0]


def case(x, y):
    x, y = varying(x), varying(y)
    r = correlations(x, y)
    out = {}
    for sign, s in (("signed", r), ("absolute", abs(r))):
        out[sign] = {"hard-matching": hard(s), "soft-matching": soft(s)}
    generator = np.random.default_rng(0)
    draws = [correlations(x, y[generator.permutation(len(y))]) for _ in range(PAIRINGS)]
    for key, score in (("hard-matching", hard), ("soft-matching", soft)):
        values = [score(draw)["correlation"] for draw in draws]
        out[key + " by chance"] = {"mean": np.mean(values), "sd": np.std(values, ddof=1)}
    return out


def main():
    digits = [np.load(SAMPLES / "digits" / f"digits-cnn-seed{seed}-activations.npz") for seed in (0, 1)]
    words = {name: np.load(SAMPLES / "words" / f"kjv-{name}.npy") for name in ("word2vec-a", "word2vec-b", "fasttext")}
    cases = {
        "digits layer8": case(digits[0]["layer8"], digits[1]["layer8"]),
        "digits layer2 to layer5": case(digits[0]["layer2"], digits[1]["layer5"]),
        "digits layer5 to layer2": case(digits[0]["layer5"], digits[1]["layer2"]),
        "words a to fasttext": case(words["word2vec-a"], words["fasttext"]),
    }
    print(json.dumps(cases, indent=1))


main()
