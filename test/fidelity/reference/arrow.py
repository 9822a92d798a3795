"""Writes what is in the fixtures of the Arrow reader, with NumPy; arrow.mjs writes the fixtures from it.

    python3 test/fidelity/reference/arrow.py && node test/fidelity/reference/arrow.mjs

Debian has no pyarrow: the files are written by Apache Arrow's own JavaScript writer, and packed by the lz4 and zstd programs.
Values stand in arrow.json as in data.json; every column has 24 rows.
"""

import json
import pathlib

import numpy as np

from data import entry, values

HERE = pathlib.Path(__file__).resolve().parent
KINDS = "b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8".split()


def main():
    columns = {values(kind).dtype.name: entry(values(kind).reshape(24)) for kind in KINDS}
    holes = (np.arange(24) / 8).astype("f4")
    holes[[0, 7, 8, 23]] = np.nan
    columns["holes"] = entry(holes)
    lists = {
        "fixed": entry(((np.arange(24 * 5) - 60) / 3).astype("f4").reshape(24, 5)),
        "variable": entry((np.arange(24 * 3) ** 2).astype("i2").reshape(24, 3)),
    }
    words = [["alpha", "βeta", "", "naïve", "𝄞"][i % 5] + str(i) for i in range(24)]
    colours = [["red", "green", None][i % 3] for i in range(24)]
    content = {"columns": columns, "lists": lists, "words": words, "colours": colours}
    (HERE / "arrow.json").write_text(json.dumps(content) + "\n")


if __name__ == "__main__":
    main()
