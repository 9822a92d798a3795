"""What random pairings and choices of rows say of given values, with NumPy alone.

    python3 test/fidelity/reference/calibration.py

writes test/fidelity/reference/calibration.json. The draws are random numbers to two decimals, so that some are tied; p, the best
of all pairs, Benjamini and Hochberg and the rule of Gröger, Wen and Brbić (2026, arXiv:2602.14486) are taken from them.
"""

import json
import math
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ALPHA = 0.05


def adjusted(p):
    """The least level at which Benjamini and Hochberg reject each: over the levels p m / (how many are as small)."""
    levels = {value: value * len(p) / (p <= value).sum() for value in p}
    return np.array([min(level for value, level in levels.items() if value >= own) for own in p])


def case(random, centre, spread, observed, better, best, rounding=0):
    """
    `observed` a symmetric 3 x 3 matrix, the diagonal each with itself; 9 x 29 draws, none above `best` if there is rounding,
    by which the draws that are written differ from those that are counted.
    """
    sign = -1 if better == "lower" else 1
    draws = np.round(centre + spread * random.standard_normal((9, 29)), 2)
    if rounding:
        draws = np.minimum(draws, best)
    values = np.array(observed, dtype=float).ravel()
    scores, drawn = sign * values, sign * draws
    count = draws.shape[1]
    apart = ~np.eye(3, dtype=bool).ravel()
    p = (1 + (drawn >= scores[:, None]).sum(1)) / (count + 1)
    largest = drawn[apart].max(0)
    p_max = (1 + (largest >= scores[:, None]).sum(1)) / (count + 1)
    q = np.full(9, np.nan)
    q[apart] = adjusted(p[apart])
    place = math.ceil((1 - ALPHA) * (count + 1))
    threshold = np.sort(np.column_stack([scores, drawn]), axis=1)[:, place - 1]
    beyond = np.maximum(scores - threshold, 0)
    room = np.ones(9) if best is None else sign * best - threshold
    calibrated = np.divide(beyond, room, out=np.zeros(9), where=room > 0)
    found = {
        "level": draws.mean(1),
        "sd": draws.std(1, ddof=1),
        "p": p,
        "pMax": np.where(apart, p_max, np.nan),
        "q": q,
        "calibrated": calibrated,
    }
    expected = {key: [None if math.isnan(v) else float(v) for v in value] for key, value in found.items()}
    written = draws - rounding * random.integers(1, 5, draws.shape) if rounding else draws
    return {"better": better, "best": best, "observed": values.tolist(), "draws": written.tolist(), "expected": expected}


def interval(random):
    draws = np.round(0.4 + 0.1 * random.standard_normal(45), 3)
    observed = 0.52
    low, high = np.percentile(draws, [2.5, 97.5])
    shift = observed - draws.mean()
    halves = [float(low + shift), float(high + shift)]
    return {"observed": observed, "draws": draws.tolist(), "bootstrap": [float(low), float(high)], "subsample": halves}


def main():
    random = np.random.default_rng(11)
    similarities = [[1, 0.71, 0.52], [0.71, 1, 0.61], [0.52, 0.61, 1]]
    distances = [[0, 0.48, 1.02], [0.48, 0, 0.71], [1.02, 0.71, 0]]
    unbounded = [[9.5, 4.2, 3.1], [4.2, 8.1, 2.2], [3.1, 2.2, 7.7]]
    out = {
        "a similarity": case(random, 0.5, 0.08, similarities, "higher", 1),
        "a distance": case(random, 1, 0.2, distances, "lower", 0),
        "without a best value": case(random, 2.5, 0.5, unbounded, "higher", None),
        "intervals": interval(random),
        "as good as the best by chance, but for rounding": case(random, 0.9, 0.2, similarities, "higher", 1, 2**-53),
    }
    (HERE / "calibration.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
