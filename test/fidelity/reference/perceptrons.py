"""Three perceptrons on the digits, stitched by relative representations, with scikit-learn; prints JSON.

    python3 test/fidelity/reference/perceptrons.py > test/fidelity/reference/perceptrons.json

Writes the weights of their hidden layers to test/fidelity/fixtures/digits/perceptrons.bin, as float32, which is what everything is
computed from: training gives other weights with another version of scikit-learn.
"""

import gzip
import json
import pathlib
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

warnings.filterwarnings("ignore")
DIGITS = pathlib.Path(__file__).resolve().parents[1] / "fixtures" / "digits"
TRAIN, TEST, ANCHORS, NEAREST = slice(0, 1200), slice(1200, None), slice(0, 128), 5


def unit(x):
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)


def heads(spaces, y):
    """Accuracy of a head on its own space, and of every head on every other."""
    table = np.zeros((3, 3))
    for i, x in enumerate(spaces):
        head = LogisticRegression(C=10, max_iter=5000, tol=1e-7).fit(x[TRAIN], y[TRAIN])
        table[i] = [head.score(z[TEST], y[TEST]) for z in spaces]
    own = np.eye(3, dtype=bool)
    return {"own": table[own].mean(), "stitched": table[~own].mean(), "first": table[0].tolist()}


def agreement(a, b):
    a, b = unit(a[TEST]), unit(b[TEST])
    asked, own = (np.argsort(-(q @ b.T), axis=1, kind="stable")[:, :NEAREST] for q in (a, b))
    shared = [len(set(p) & set(q)) / len(set(p) | set(q)) for p, q in zip(asked, own)]
    ranks = [1 / (list(q).index(i) + 1) if i in q else 0 for i, q in enumerate(asked)]
    return {"jaccard": np.mean(shared), "mrr": np.mean(ranks)}


def main():
    rows = np.frombuffer(gzip.decompress((DIGITS / "digits.bin.gz").read_bytes()), np.uint8).reshape(-1, 65)
    order = np.concatenate(train_test_split(np.arange(len(rows)), train_size=1200, random_state=0))
    x, y = rows[order, :64] / 16, rows[order, 64].astype(int)
    spaces, weights = [], {}
    for seed in (1, 2, 3):
        net = MLPClassifier((64,), random_state=seed, max_iter=200).fit(x[TRAIN], y[TRAIN])
        weights[f"w{seed}"], weights[f"b{seed}"] = (part[0].astype(np.float32) for part in (net.coefs_, net.intercepts_))
        spaces.append(np.maximum(0, x @ weights[f"w{seed}"].astype(float) + weights[f"b{seed}"]))
    (DIGITS / "perceptrons.bin").write_bytes(b"".join(weights[f"{part}{seed}"].tobytes() for seed in (1, 2, 3) for part in "wb"))
    relative = [unit(z) @ unit(z[ANCHORS]).T for z in spaces]
    centred = [unit(z - z[ANCHORS].mean(0)) @ unit(z[ANCHORS] - z[ANCHORS].mean(0)).T for z in spaces]
    out = {"order": order.tolist(), "absolute": heads(spaces, y) | agreement(spaces[0], spaces[1])}
    for name, described in (("relative", relative), ("centred", centred)):
        out[name] = heads([unit(r) for r in described], y) | agreement(described[0], described[1])
    print(json.dumps(out))


main()
