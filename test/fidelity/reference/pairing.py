"""Measures of word vectors whose files hold other words in another order, aligned by word: the reference of pairing.test.ts.

Row i of the first file is word (1237 i + 11) mod 3560, of 3,000; row i of the second is word (2003 i + 500) mod 3560, of 2,900.
Run from the root of the project: python3 test/fidelity/reference/pairing.py > test/fidelity/reference/pairing.json
"""

import csv
import json
from pathlib import Path

import numpy as np

WORDS = Path(__file__).parents[3] / "media" / "samples" / "words"


def linear_cka(x, y):
    x, y = x - x.mean(0), y - y.mean(0)
    return np.linalg.norm(y.T @ x) ** 2 / (np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y))


def procrustes(x, y):
    x, y = x - x.mean(0), y - y.mean(0)
    nbs = np.linalg.svd(x.T @ y, compute_uv=False).sum() / (np.linalg.norm(x) * np.linalg.norm(y))
    return np.sqrt(2 - 2 * nbs)


def main():
    with open(WORDS / "kjv-vocabulary.csv", newline="", encoding="utf-8") as file:
        words = [row["word"] for row in csv.DictReader(file)]
    one = [(1237 * i + 11) % 3560 for i in range(3000)]
    other = [(2003 * i + 500) % 3560 for i in range(2900)]
    first = dict(zip([words[i] for i in one], np.load(WORDS / "kjv-word2vec-a.npy")[one].astype(float)))
    second = dict(zip([words[i] for i in other], np.load(WORDS / "kjv-word2vec-b.npy")[other].astype(float)))
    shared = [word for word in first if word in second]
    x, y = (np.array([table[word] for word in shared]) for table in (first, second))
    alone = [word for word in first if word not in second]
    position = [np.array(list(table.values()))[:2900] for table in (first, second)]
    print(
        json.dumps(
            {
                "rows": len(shared),
                "unmatched": [len(first) - len(shared), len(second) - len(shared)],
                "first words": shared[:5],
                "first alone": alone[:3],
                "linear-cka": linear_cka(x, y),
                "procrustes": procrustes(x, y),
                "linear-cka by position": linear_cka(*position),
            },
            indent=1,
        )
    )


main()
