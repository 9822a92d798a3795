"""Writes tables as pandas writes them, and what is in them.

    python3 test/fidelity/reference/tables.py && npx tsx test/fidelity/reference/parquet.mts

writes test/fidelity/fixtures/tables/* and test/fidelity/reference/tables.json; needs pandas and the zstd program. Values stand
there as the hexadecimal bytes of big-endian float64, in row-major order, as Python's own csv and json modules and float() read
them from the files. There is no pyarrow everywhere, so Parquet is written by DuckDB (parquet.mts) from decimal literals that
this script fixes; the bits that are expected of them are NumPy's.
"""

import csv
import gzip
import io
import json
import pathlib
import subprocess

import numpy as np
import pandas as pd

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent / "fixtures" / "tables"


def bits(values):
    return np.ascontiguousarray(values, dtype=np.float64).astype(">f8").tobytes().hex()


def entry(x, dtype="float64"):
    x = np.asarray(x)
    return {"shape": list(x.shape), "dtype": dtype, "values": bits(x)}


def pack(name, data):
    """The file, and the same compressed."""
    (OUT / name).write_bytes(data)
    (OUT / f"{name}.gz").write_bytes(gzip.compress(data, mtime=0))
    packed = subprocess.run(["zstd", "-q", "-19", "--check", "-c"], input=data, stdout=subprocess.PIPE, check=True)
    (OUT / f"{name}.zst").write_bytes(packed.stdout)
    return [name, f"{name}.gz", f"{name}.zst"]


def frame():
    rng = np.random.default_rng(11)
    x = rng.standard_normal((40, 4)) * 10.0 ** rng.integers(-300, 300, (40, 4))
    x[0] = [np.finfo(np.float64).max, np.finfo(np.float64).tiny, 5e-324, -0.0]
    out = pd.DataFrame(x, columns=["a", "b b", "c,d", 'e"f'])
    out["count"] = rng.integers(-(2**53) + 1, 2**53 - 1, 40)
    out["word"] = [f"w{i},\n\"{i % 5}\"" for i in range(40)]
    return out


def cells(text, delimiter, columns):
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    places = [rows[0].index(name) for name in columns]
    return np.array([[float(row[i] or "nan") for i in places] for row in rows[1:]])


def text_tables(expected):
    data = frame()
    columns = ["a", "b b", "c,d", 'e"f', "count"]
    missing = data.copy()
    missing.iloc[3, 0] = np.nan
    missing.iloc[7, 2] = np.inf
    missing.iloc[8, 2] = -np.inf
    variants = {
        "default.csv": (data, {}),
        "no-index.csv": (data, {"index": False}),
        "semicolon.csv": (data, {"index": False, "sep": ";"}),
        "quoted.csv": (data, {"index": False, "quoting": csv.QUOTE_ALL}),
        "crlf.csv": (data, {"index": False, "lineterminator": "\r\n"}),
        "missing.csv": (missing, {"index": False}),
        "tabs.tsv": (data, {"index": False, "sep": "\t"}),
    }
    for name, (table, options) in variants.items():
        text = table.to_csv(**options)
        numbers = cells(text, options.get("sep", ","), columns)
        assert name == "missing.csv" or np.array_equal(numbers, table[columns].to_numpy(np.float64))
        for file in pack(name, text.encode()):
            expected[file] = {"tensors": {"": entry(numbers)}, "columns": columns, "words": list(table["word"])}


def json_lines(expected):
    rng = np.random.default_rng(12)
    data = frame()
    data["emb"] = [list(row) for row in rng.standard_normal((40, 6))]
    data.iloc[5, 1] = np.nan
    exact = "".join(
        json.dumps({"a": float(a), "n": int(n), "emb": [float(v) for v in emb], "w": w}) + "\n"
        for a, n, emb, w in zip(data["a"], data["count"], data["emb"], data["word"])
    )
    pandas = data.to_json(orient="records", lines=True, double_precision=15)
    for name, text, columns, words in [
        ("pandas.jsonl", pandas, ["a", "b b", "c,d", 'e"f', "count"], "word"),
        ("exact.ndjson", exact, ["a", "n"], "w"),
    ]:
        rows = [json.loads(line) for line in text.splitlines() if line]
        numbers = np.array([[np.nan if row[c] is None else row[c] for c in columns] for row in rows], np.float64)
        lists = np.array([row["emb"] for row in rows], np.float64)
        for file in pack(name, text.encode()):
            expected[file] = {
                "tensors": {"": entry(numbers), "emb": entry(lists)},
                "columns": columns,
                "words": [row[words] for row in rows],
            }


TYPES = {
    "bool": "BOOLEAN",
    "int8": "TINYINT",
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "uint8": "UTINYINT",
    "uint16": "USMALLINT",
    "uint32": "UINTEGER",
    "uint64": "UBIGINT",
    "float32": "FLOAT",
    "float64": "DOUBLE",
}


def parquet():
    """For each dtype: the ends of its range as literals, and their bits."""
    out = []
    for dtype, sql in TYPES.items():
        kind = np.dtype(dtype).kind
        if kind == "b":
            x = np.arange(12) % 3 == 0
        elif kind in "iu":
            low, high = max(np.iinfo(dtype).min, -(2**53) + 1), min(np.iinfo(dtype).max, 2**53 - 1)
            x = np.array([low, low + 1, high, high - 1, 0, 1, 2, 3] + [high // k for k in (3, 5, 7, 11)]).astype(dtype)
        else:
            info = np.finfo(dtype)
            ends = [info.max, info.min, info.tiny, info.smallest_subnormal, info.eps, np.inf, -np.inf, np.nan, 0.0, -0.0]
            x = np.array(ends + [np.pi, -1 / 3], dtype)
        literals = [str(v).lower() if kind == "b" else repr(v.item()) for v in x]
        out.append({"dtype": dtype, "type": sql, "literals": literals, "values": bits(x)})
    return out


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    files = {}
    text_tables(files)
    json_lines(files)
    result = {"files": files, "parquet": parquet()}
    (HERE / "tables.json").write_text(json.dumps(result, indent=1) + "\n")
