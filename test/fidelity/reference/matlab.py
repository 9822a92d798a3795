"""Writes the fixtures of the MATLAB reader and what is in them.

    python3 test/fidelity/reference/matlab.py

writes test/fidelity/fixtures/matlab/* and test/fidelity/reference/matlab.json: version 5 with scipy.io.savemat, its big-endian
form by hand from MathWorks' description of the format, version 7.3 with h5py laid out as MATLAB lays it out: a user block
of 512 bytes with MATLAB's header, axes in reverse, the class of each variable as an attribute. Values stand as in data.json.
"""

import json
import pathlib
import struct

import h5py
import numpy as np
import scipy.io
import scipy.sparse

from data import entry, values

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent / "fixtures" / "matlab"
CLASSES = {
    "i1": "int8", "i2": "int16", "i4": "int32", "i8": "int64", "u1": "uint8", "u2": "uint16", "u4": "uint32",
    "u8": "uint64", "f4": "single", "f8": "double",
}  # fmt: skip
WORDS = ["alpha", "be", "", "naïve"]
CELLS = ["alpha ", "", "naïve", "𝄞 clef", "7"]


def variables():
    out = {}
    for kind, name in CLASSES.items():
        out[f"x_{name}"] = values(kind)
    out["x_logical"] = values("b1")
    out["matrix"] = (np.arange(35 * 6, dtype="f8").reshape(35, 6) - 100) / 7
    out["row"] = np.arange(5, dtype="f8").reshape(1, 5)
    out["column"] = np.arange(5, dtype="f8").reshape(5, 1)
    out["single_number"] = np.array([[2.5]])
    out["no_rows"] = np.zeros((0, 3))
    return out


def version5(expected):
    tensors = variables()
    content = dict(tensors)
    content["words"] = np.array(WORDS)
    content["net"] = {"weights": tensors["matrix"], "deep": {"bias": tensors["row"]}, "name": "mlp"}
    content["complex"] = np.array([[1 + 2j]])
    content["cells"] = np.array([1.0, "a"], dtype=object)
    content["sparse"] = scipy.sparse.csc_matrix(np.eye(3))
    content["structs"] = np.zeros(2, dtype=[("a", "f8")])
    entries = {name: entry(x) for name, x in tensors.items()}
    entries["net.weights"] = entries["matrix"]
    entries["net.deep.bias"] = entries["row"]
    for name, compressed in {"v6.mat": False, "v7.mat": True}.items():
        scipy.io.savemat(OUT / name, content, do_compression=compressed, oned_as="column")
        expected[name] = entries
    scipy.io.savemat(OUT / "v4.mat", {"x": tensors["matrix"]}, format="4")


def cells():
    content = {"ids": np.array(CELLS, dtype=object).reshape(-1, 1), "x": np.arange(10.0).reshape(5, 2)}
    content["square"] = np.array([["a", "b"], ["c", "d"]], dtype=object)
    content["mixed"] = np.array(["a", 1.0], dtype=object)
    scipy.io.savemat(OUT / "cells.mat", content, do_compression=True)


def cells73():
    path = OUT / "cells73.mat"
    with h5py.File(path, "w", userblock_size=512) as file:

        def char(name, text):
            dataset = file.create_dataset(name, data=np.frombuffer(text.encode("utf-16-le"), "u2").reshape(-1, 1) if text else np.zeros(2, "u8"))
            dataset.attrs["MATLAB_class"] = np.bytes_("char")
            if not text:
                dataset.attrs["MATLAB_empty"] = np.uint8(1)
            return dataset.ref

        def cell(name, references, shape):
            dataset = file.create_dataset(name, shape, dtype=h5py.ref_dtype)
            for i, reference in enumerate(references):
                dataset[np.unravel_index(i, shape)] = reference
            dataset.attrs["MATLAB_class"] = np.bytes_("cell")

        references = [char(f"#refs#/{chr(97 + i)}", text) for i, text in enumerate(CELLS)]
        cell("ids", references, (1, len(CELLS)))
        number = file.create_dataset("#refs#/z", data=np.ones((1, 1)))
        number.attrs["MATLAB_class"] = np.bytes_("double")
        cell("mixed", [references[0], number.ref], (2, 1))
        cell("square", references[:4], (2, 2))
    with open(path, "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, laid out as MATLAB does".ljust(116) + b"\0" * 8 + struct.pack("<H", 0x200) + b"IM")


def element(kind, data):
    """Big-endian, as are all numbers of such a file; up to four bytes lie in the tag."""
    if 0 < len(data) <= 4:
        return struct.pack(">HH", len(data), kind) + data.ljust(4, b"\0")
    return struct.pack(">II", kind, len(data)) + data + b"\0" * (-len(data) % 8)


def matrix(name, kind, shape, stored, data):
    parts = element(6, struct.pack(">II", kind, 0)) + element(5, struct.pack(f">{len(shape)}i", *shape))
    parts += element(1, name.encode()) + element(stored, data)
    return element(14, parts)


def big_endian(expected):
    codes = {"i1": (8, 1), "u1": (9, 2), "i2": (10, 3), "u2": (11, 4), "i4": (12, 5), "u4": (13, 6), "f4": (7, 7),
             "f8": (6, 9), "i8": (14, 12), "u8": (15, 13)}  # fmt: skip
    body = b""
    entries = {}
    for kind, (number, stored) in codes.items():
        x = values(kind)
        name = f"x_{CLASSES[kind]}"
        body += matrix(name, number, x.shape, stored, x.astype(">" + kind).tobytes(order="F"))
        entries[name] = entry(x)
    narrow = np.arange(6).reshape(3, 2)
    body += matrix("narrow", 6, narrow.shape, 2, narrow.astype("u1").tobytes(order="F"))
    entries["narrow"] = entry(narrow.astype("f8"))
    text = np.array([list("ab "), list("cde")])
    body += matrix("text", 4, text.shape, 17, "".join(text.flatten(order="F")).encode("utf-16-be"))
    header = b"MATLAB 5.0 MAT-file, written by hand".ljust(124) + struct.pack(">H", 0x100) + b"MI"
    (OUT / "big.mat").write_bytes(header + body)
    expected["big.mat"] = entries


def version73(expected):
    tensors = variables()
    path = OUT / "v73.mat"
    with h5py.File(path, "w", userblock_size=512) as file:

        def put(name, x, kind, **options):
            if x.size == 0:
                dataset = file.create_dataset(name, data=np.array(x.shape, "u8"))
                dataset.attrs["MATLAB_empty"] = np.uint8(1)
            else:
                dataset = file.create_dataset(name, data=x.T, **options)
            dataset.attrs["MATLAB_class"] = np.bytes_(kind)
            return dataset

        for name, x in tensors.items():
            kind = "logical" if x.dtype == bool else CLASSES[x.dtype.str[1:]]
            packed = {"compression": "gzip", "chunks": (2, 5)} if name == "matrix" else {}
            put(name, x.astype("u1") if x.dtype == bool else x, kind, **packed)
        width = max(map(len, WORDS))
        put("words", np.array([[ord(c) for c in word.ljust(width)] for word in WORDS], "u2"), "char")
        net = file.create_group("net")
        net.attrs["MATLAB_class"] = np.bytes_("struct")
        put("net/weights", tensors["matrix"], "double")
        put("complex", np.array([[(1, 2)]], [("real", "f8"), ("imag", "f8")]), "double")
        file["#refs#/a"] = np.zeros((1, 1))
        cells = np.empty((2, 1), dtype=h5py.ref_dtype)
        cells[:, 0] = file["#refs#/a"].ref
        put("cells", cells, "cell")
        sparse = file.create_group("sparse")
        sparse.attrs["MATLAB_class"] = np.bytes_("double")
        sparse.attrs["MATLAB_sparse"] = np.uint64(3)
        sparse["data"] = np.ones(3)
        put("table", np.zeros((1, 6), "u4"), "table")
    with open(path, "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, laid out as MATLAB does".ljust(116) + b"\0" * 8 + struct.pack("<H", 0x200) + b"IM")
    entries = {name: entry(x) for name, x in tensors.items() if x.size}
    entries["net.weights"] = entries["matrix"]
    expected["v73.mat"] = entries


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for path in OUT.iterdir():
        path.unlink()
    expected = {}
    version5(expected)
    cells()
    cells73()
    big_endian(expected)
    version73(expected)
    versions = {"scipy": scipy.__version__, "h5py": h5py.__version__}
    (HERE / "matlab.json").write_text(json.dumps({"versions": versions, "files": expected}) + "\n")


if __name__ == "__main__":
    main()
