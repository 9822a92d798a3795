"""Baselines that make representations of raw data, by scikit-learn, SciPy and NumPy. Writes embed.json.

    python3 test/fidelity/reference/embed.py
"""
import csv
import json
import pathlib
import re
import unicodedata

import numpy as np
from scipy.sparse.linalg import svds
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.utils import murmurhash3_32

here = pathlib.Path(__file__).parent
samples = here.parent.parent.parent / "media" / "samples"


def column(path, name):
    with open(samples / path, newline="", encoding="utf8") as file:
        return [row[name] for row in csv.DictReader(file)]


def analyser(words, characters):
    def pieces(text):
        found = re.findall(r"\w+", unicodedata.normalize("NFKC", text).lower())
        out = [" ".join(found[i : i + n]) for n in range(1, words + 1) for i in range(len(found) - n + 1)]
        for word in found:
            spaced = f" {word} "
            out += ["#" + spaced[i : i + n] for n in range(3, characters + 1) for i in range(len(spaced) - n + 1)]
        return out

    return pieces


def weights(texts, words, characters, bits, sublinear):
    hashed = HashingVectorizer(
        analyzer=analyser(words, characters), n_features=2**bits, alternate_sign=False, norm=None, dtype=np.float64
    ).fit_transform(texts)
    x = TfidfTransformer(sublinear_tf=sublinear).fit_transform(hashed)
    return x[:, np.asarray((x != 0).sum(axis=0)).ravel() > 0]


def text(texts, k, **options):
    x = weights(texts, **options)
    u, s, _ = svds(x, k=k, random_state=0, tol=1e-12, maxiter=100000)
    order = np.argsort(-s)
    u, s = u[:, order], s[order]
    u *= np.where(u[np.abs(u).argmax(axis=0), np.arange(k)] < 0, -1, 1)
    return {
        **options,
        "columns": x.shape[1],
        "entries": x.nnz,
        "sum": x.sum(),
        "singular": s.tolist(),
        "kept": float((s**2).sum() / x.multiply(x).sum()),
        "scores": (u * s)[:3].tolist(),
    }


def projection(n, k):
    h = np.sin((np.arange(n * k).reshape(n, k) + 1.0) ** 2)
    value = np.sqrt(3 / k)
    return np.where(h > np.sqrt(3) / 2, value, np.where(h < -np.sqrt(3) / 2, -value, 0))


def graph(path, k, weighted, directed, matrix, beta, normalise, w):
    with open(samples / path, newline="", encoding="utf8") as file:
        edges = [(r["source"], r["target"], float(r["weight"]) if weighted else 1.0) for r in csv.DictReader(file)]
    nodes = sorted({e for edge in edges for e in edge[:2]}, key=lambda name: (len(name), name) if name.isdigit() else (0, name))
    place = {name: i for i, name in enumerate(nodes)}
    a = np.zeros((len(nodes), len(nodes)))
    for source, target, weight in edges:
        a[place[source], place[target]] += weight
        if not directed and source != target:
            a[place[target], place[source]] += weight
    degree = a.sum(axis=1)
    inverse = np.divide(1, degree, out=np.zeros_like(degree), where=degree > 0)
    s = a * inverse[:, None] if matrix == "transition" else a
    scale = np.power(degree, beta, out=np.zeros_like(degree), where=degree > 0)
    out, power = 0, np.eye(len(nodes))
    for weight in w:
        power = power @ s
        u = power @ (scale[:, None] * projection(len(nodes), k))
        if normalise:
            norm = np.linalg.norm(u, axis=1, keepdims=True)
            u = np.divide(u, norm, out=np.zeros_like(u), where=norm > 0)
        out = out + weight * u
    return {
        "path": path, "k": k, "directed": directed, "matrix": matrix, "beta": beta, "normalise": normalise, "weights": w,
        "nodes": nodes, "rows": out[:, :4].tolist(),
    }


verses = column("text/verses.csv", "text")
vocabulary = column("words/kjv-vocabulary.csv", "word")
strings = ["", "a", "ab", "abc", "abcd", "abcde", "in the", "#naïve", "βeta 𝄞", "The quick brown fox jumps over the lazy dog"]
result = {
    "murmur3": [[text_, int(murmurhash3_32(text_, positive=True))] for text_ in strings],
    "verses": text(verses, 12, words=2, characters=5, bits=18, sublinear=True),
    "collisions": text(verses[:120], 6, words=1, characters=0, bits=8, sublinear=False),
    "vocabulary": text(vocabulary, 10, words=0, characters=4, bits=18, sublinear=True),
    "graphs": [
        graph("graphs/karate-edges.csv", 16, False, False, "adjacency", -0.3, True, [0, 0.5, 2]),
        graph("graphs/karate-edges.csv", 8, False, True, "transition", -0.9, False, [1, 1, 4]),
        graph("graphs/les-miserables-edges.csv", 16, True, False, "transition", -0.5, True, [0, 0, 1, 6.67]),
    ],
}
(here / "embed.json").write_text(json.dumps(result))
