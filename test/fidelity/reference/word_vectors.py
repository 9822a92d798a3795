"""Writes files of word vectors with gensim, and by hand what gensim does not write, and what NumPy reads in them.

    /usr/bin/python3 test/fidelity/reference/word_vectors.py

writes test/fidelity/fixtures/vectors/* and test/fidelity/reference/word_vectors.json. Values stand there as the hexadecimal
bytes of big-endian float64; Python's float() is the nearest float64 to a decimal text.
"""

import json
import pathlib

import numpy as np
from gensim.models import KeyedVectors

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent / "fixtures" / "vectors"
OUT.mkdir(parents=True, exist_ok=True)


def bits(values):
    return np.ascontiguousarray(values, dtype=np.float64).astype(">f8").tobytes().hex()


def main():
    random = np.random.default_rng(5)
    words = ["the", "naïve", "北京", "a_b", "x", "\u00a0", "10", "0.5", "''", "𝄞"]
    n, d = len(words), 7
    x = (random.standard_normal((n, d)) * 10.0 ** random.integers(-6, 6, (n, d))).astype(np.float32)
    x[0] = [np.finfo(np.float32).max, np.finfo(np.float32).min, np.finfo(np.float32).tiny, 1e-45, 0, -0.0, 1]
    vectors = KeyedVectors(d)
    vectors.add_vectors(words, x)
    vectors.save_word2vec_format(OUT / "gensim.bin", binary=True)
    vectors.save_word2vec_format(OUT / "gensim.vec", binary=False)
    binary = KeyedVectors.load_word2vec_format(OUT / "gensim.bin", binary=True)
    assert np.array_equal(binary.vectors, x) and binary.index_to_key == words
    text = KeyedVectors.load_word2vec_format(OUT / "gensim.vec", binary=False)
    assert np.array_equal(text.vectors, x) and text.index_to_key == words
    files = {
        "gensim.bin": {"words": words, "dtype": "float32", "values": bits(x)},
        # gensim writes the shortest decimals of float32; as float64 they are others, and round to the same.
        "gensim.vec": {
            "words": words,
            "dtype": "float64",
            "values": bits([[float(s) for s in line.split(" ")[-d:]] for line in lines("gensim.vec")[1:]]),
            "float32": bits(x),
        },
    }

    # word2vec.c: "%lld %lld\n", then for each word "%s ", its floats and "\n"; as text "%lf " and a blank at each line's end.
    with open(OUT / "word2vec-c.bin", "wb") as out:
        out.write(b"%d %d\n" % (n, d))
        for word, row in zip(words, x):
            out.write(word.encode() + b" " + row.astype("<f4").tobytes() + b"\n")
    loaded = KeyedVectors.load_word2vec_format(OUT / "word2vec-c.bin", binary=True)
    assert np.array_equal(loaded.vectors, x)
    files["word2vec-c.bin"] = files["gensim.bin"]
    small = random.standard_normal((n, d))
    # fastText: "%d %d\n", five significant digits, a blank at each line's end.
    write("fasttext.vec", [f"{n} {d}"] + [f"{w} " + "".join(f"{v:.5g} " for v in row) for w, row in zip(words, small)])
    files["fasttext.vec"] = read("fasttext.vec", words, d, 1)
    assert np.allclose(KeyedVectors.load_word2vec_format(OUT / "fasttext.vec").vectors, small, rtol=1e-4)
    # GloVe: no first line, five decimals; some words of the published files hold blanks.
    phrases = words[:-2] + [". . .", "at name@domain.com", "area 51", ""]
    more = random.standard_normal((len(phrases), d))
    write("glove.txt", [f"{w} " + " ".join(f"{v:.5f}" for v in row) for w, row in zip(phrases, more)])
    files["glove.txt"] = read("glove.txt", phrases, d, 0)

    # Every way to write a decimal.
    odd = "1e3 -1.5E-7 +.5 5. 1e400 -1e-400 nan inf -Infinity 0.1 123456789012345678 9007199254740993 0.30000000000000004".split()
    odd += ["4.9e-324", "2.2250738585072011e-308", "1." + "0" * 60 + "1", "0." + "0" * 30 + "123", "-0", "179769313486231570" + "0" * 291]
    odd += [repr(float(v)) for v in random.standard_normal(2000)]
    odd += [f"{v:.{k % 18 + 1}g}" for k, v in enumerate(np.exp(random.uniform(-300, 300, 2000)))]
    (OUT / "decimals.vec").write_text(f"1 {len(odd)}\nw {' '.join(odd)}\n")
    files["decimals.vec"] = {"words": ["w"], "dtype": "float64", "values": bits([float(s) for s in odd])}

    # A word that was cut inside a character: gensim's default refuses it.
    with open(OUT / "cut-word.bin", "wb") as out:
        out.write(b"2 2\n" + "caf".encode() + b"\xc3 " + np.float32([1, 2]).tobytes() + b"b " + np.float32([3, 4]).tobytes())
    try:
        KeyedVectors.load_word2vec_format(OUT / "cut-word.bin", binary=True)
        raise AssertionError
    except UnicodeDecodeError:
        pass
    lax = KeyedVectors.load_word2vec_format(OUT / "cut-word.bin", binary=True, unicode_errors="replace")
    files["cut-word.bin"] = {"words": lax.index_to_key, "dtype": "float32", "values": bits(lax.vectors)}
    (HERE / "word_vectors.json").write_text(json.dumps(files, indent=1) + "\n")


def write(name, rows):
    (OUT / name).write_bytes(("\n".join(rows) + "\n").encode())


def lines(name):
    return (OUT / name).read_bytes().decode().rstrip("\n").split("\n")


def read(name, words, d, skip):
    numbers = [[float(s) for s in line.rstrip(" ").split(" ")[-d:]] for line in lines(name)[skip:]]
    return {"words": words, "dtype": "float64", "values": bits(numbers)}


main()
