"""Stitching of five networks by scikit-learn and NumPy: python3 test/fidelity/reference/stitching.py FOLDER

FOLDER holds seed0.safetensors to seed4.safetensors, each made by
  sextant extract digits-cnn-seed0.onnx --input test/fidelity/fixtures/digits/all-images.npy --layer '/ReduceMean_output_0' --out seed0.safetensors
"""
import json
import pathlib
import struct
import sys

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

here = pathlib.Path(__file__).parent
folder = pathlib.Path(sys.argv[1])
labels = np.load(here.parent / "fixtures/digits/all-labels.npy").astype(int)
TRAIN, TEST = slice(0, 1347), slice(1347, None)
PENALTY = 0.1


def tensor(path):
    data = path.read_bytes()
    end = 8 + struct.unpack("<Q", data[:8])[0]
    (entry,) = [value for key, value in json.loads(data[8:end]).items() if key != "__metadata__"]
    start, stop = entry["data_offsets"]
    return np.frombuffer(data[end + start : end + stop], "<f4").reshape(entry["shape"]).astype(float)


spaces = [tensor(folder / f"seed{seed}.safetensors") for seed in range(5)]


def unit(x):
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-300)


def reciprocal_ranks(queries, candidates):
    scores = unit(queries) @ unit(candidates).T
    own = np.diag(scores)[:, None]
    above = (scores > own + 1e-12).sum(1)
    tied = (np.abs(scores - own) <= 1e-12).sum(1)
    return (1 / (above + (tied + 1) / 2)).mean()


def reconstruction(guess, truth, training):
    return 1 - ((truth - guess) ** 2).sum() / ((truth - training.mean(0)) ** 2).sum()


def translate(kind, source, target):
    a, b = source - source.mean(0), target - target.mean(0)
    if kind == "affine":
        w = np.linalg.lstsq(a, b, rcond=1e-13)[0]
    elif kind == "procrustes":
        u, s, vt = np.linalg.svd(a.T @ b, full_matrices=False)
        kept = s > 1e-12 * s[0]
        q = u[:, kept] @ vt[kept]
        w = q * s.sum() / ((a @ q) ** 2).sum()
    else:
        ua, sa, va = np.linalg.svd(a, full_matrices=False)
        ub, sb, vb = np.linalg.svd(b, full_matrices=False)
        ka, kb = sa > 1e-12 * sa[0], sb > 1e-12 * sb[0]
        p, _, qt = np.linalg.svd(ua[:, ka].T @ ub[:, kb], full_matrices=False)
        w = va[ka].T @ np.diag(1 / sa[ka]) @ p @ qt @ np.diag(sb[kb]) @ vb[kb]
    return lambda x: (x - source.mean(0)) @ w + target.mean(0)


def head(kind, x):
    y = labels[TRAIN]
    if kind == "softmax":
        return LogisticRegression(C=1 / PENALTY, max_iter=5000, tol=1e-6).fit(x, y).predict
    if kind == "ridge":
        model = Ridge(alpha=PENALTY, solver="svd").fit(x, np.eye(10)[y])
        return lambda z: model.predict(z).argmax(1)
    return lambda z: vote(z, x, y)


def vote(z, x, y):
    """The commonest class of the five nearest, of equally common ones that of the nearest."""
    near = np.argsort(-(unit(z) @ unit(x).T), axis=1, kind="stable")[:, :5]
    found = []
    for classes in y[near]:
        counts = np.bincount(classes, minlength=10)
        found.append(next(c for c in classes if counts[c] == counts.max()))
    return np.array(found)


def stitched(use, anchors, kind):
    relative = [unit(x) @ unit(x[anchors]).T for x in use]
    out = {}
    for i, x in enumerate(use):
        heads = {"relative": head(kind, unit(relative[i][TRAIN])), "absolute": head(kind, x[TRAIN])}
        centred = relative[i][TRAIN] - relative[i][TRAIN].mean(0)
        ridge = 0.1 * (centred**2).sum() / centred.shape[1]
        decoder = Ridge(alpha=ridge, solver="svd").fit(relative[i][TRAIN], x[TRAIN])
        for j, y in enumerate(use):
            moved = {"absolute": y[TEST]}
            for translation in ("procrustes", "affine", "cca"):
                moved[translation] = translate(translation, y[anchors], x[anchors])(y[TEST])
            cell = {
                "relative": (
                    heads["relative"](unit(relative[j][TEST])),
                    reciprocal_ranks(relative[j][TEST], relative[i][TEST]),
                    reconstruction(decoder.predict(relative[j][TEST]), x[TEST], x[TRAIN]),
                )
            }
            for name, rows in moved.items():
                cell[name] = (
                    heads["absolute"](rows),
                    reciprocal_ranks(rows, x[TEST]),
                    reconstruction(rows, x[TEST], x[TRAIN]),
                )
            for name, (found, retrieval, back) in cell.items():
                accuracy = float((found == labels[TEST]).mean())
                for score, value in (("accuracy", accuracy), ("retrieval", retrieval), ("reconstruction", back)):
                    out.setdefault(f"{name} {score}", []).append(float(value))
    return out


def uniform(count, seed):
    return np.random.RandomState(seed).choice(1347, count, replace=False)


cases = []
for use, anchors, kind in (
    ([0, 1, 2, 3, 4], uniform(64, 0), "softmax"),
    ([0, 1], np.arange(0, 1347, 6), "ridge"),
    ([0, 1], np.arange(0, 1347, 6), "knn"),
):
    scores = stitched([spaces[k] for k in use], anchors, kind)
    cases.append({"spaces": use, "anchors": anchors.tolist(), "head": kind, "scores": scores})
(here / "stitching.json").write_text(json.dumps(cases, indent=1) + "\n")
for case in cases:
    n = len(case["spaces"])
    off = ~np.eye(n, dtype=bool)
    print(case["head"], {k: round(float(np.reshape(v, (n, n))[off].mean()), 4) for k, v in case["scores"].items()})
