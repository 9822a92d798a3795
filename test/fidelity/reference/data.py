"""Writes the binary fixtures of the readers and what is in them, with NumPy and the standard library alone.

    python3 test/fidelity/reference/data.py

writes test/fidelity/fixtures/data/* and test/fidelity/reference/data.json. Values stand there as the hexadecimal bytes of
big-endian float64, in row-major order; every dtype here fits into float64 exactly. safetensors files are packed by hand from
the description of the format; bfloat16 and the 8-bit floats are decoded by their definition.
"""

import csv
import hashlib
import io
import json
import pathlib
import struct
import zipfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent / "fixtures" / "data"
EPOCH = (1980, 1, 1, 0, 0, 0)


def bits(values):
    return np.ascontiguousarray(values, dtype=np.float64).astype(">f8").tobytes().hex()


def entry(x, name=None):
    return {"shape": list(x.shape), "dtype": name or x.dtype.name, "values": bits(x)}


def values(dtype):
    """24 values that reach the ends of the dtype."""
    kind, size = np.dtype(dtype).kind, np.dtype(dtype).itemsize
    if kind == "b":
        x = np.arange(24) % 3 == 0
    elif kind in "iu":
        info = np.iinfo(dtype)
        low, high = max(info.min, -(2**53) + 1), min(info.max, 2**53 - 1)
        ends = [low, low + 1, high, high - 1, 0, 1, 2, 3]
        x = np.array(ends + [high // (k + 2) for k in range(16)])
    else:
        info = np.finfo(dtype)
        ends = [info.max, info.min, info.tiny, info.smallest_subnormal, info.eps, np.inf, -np.inf, np.nan, 0.0, -0.0]
        x = np.array(ends + [np.pi * (-1.5) ** k for k in range(14)])
    return x.astype(f"{kind}{size}").reshape(3, 2, 4)


def npy_bytes(x, version=None):
    out = io.BytesIO()
    np.lib.format.write_array(out, x, version=version)
    return out.getvalue()


def dtypes():
    """Every numeric dtype in both orders and both endiannesses, under a name that says so."""
    for kind in "b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8".split():
        for order in "CF":
            for endian in "<>" if kind[1] != "1" else "|":
                x = values(kind).astype(endian + kind)
                yield f"{np.dtype(kind).name}-{order}-{'big' if endian == '>' else 'little'}", np.array(x, order=order)


def write_zip(path, members, method, **options):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = method
            info.file_size = len(data)
            with archive.open(info, "w", **options) as member:
                member.write(data)


class Pipe(io.RawIOBase):
    """Cannot seek: zipfile then writes sizes and checksums after the data."""

    def __init__(self):
        self.parts = []

    def writable(self):
        return True

    def write(self, data):
        self.parts.append(bytes(data))
        return len(data)


def archives(expected):
    members = [(f"{name}.npy", npy_bytes(x)) for name, x in dtypes()]
    tensors = {name: entry(x) for name, x in dtypes()}
    write_zip(OUT / "stored.npz", members, zipfile.ZIP_STORED)
    write_zip(OUT / "deflated.npz", members, zipfile.ZIP_DEFLATED)
    write_zip(OUT / "zip64.npz", members[:3], zipfile.ZIP_STORED, force_zip64=True)
    limit, zipfile.ZIP64_LIMIT = zipfile.ZIP64_LIMIT, 40
    count, zipfile.ZIP_FILECOUNT_LIMIT = zipfile.ZIP_FILECOUNT_LIMIT, 1
    write_zip(OUT / "zip64-directory.npz", members[:3], zipfile.ZIP_DEFLATED)
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limit, count
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members[:3]:
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED)
    (OUT / "streamed.npz").write_bytes(b"".join(pipe.parts))
    write_zip(OUT / "lzma.npz", members[:1], zipfile.ZIP_LZMA)
    few = {name[:-4]: tensors[name[:-4]] for name, _ in members[:3]}
    expected["stored.npz"] = expected["deflated.npz"] = tensors
    for name in "zip64.npz", "zip64-directory.npz", "streamed.npz":
        expected[name] = few


def single(expected):
    arrays = {
        "version1.npy": (np.arange(6, dtype="<f4").reshape(2, 3), (1, 0)),
        "version2.npy": (np.arange(6, dtype="<f8").reshape(2, 3) / 7, (2, 0)),
        "version3.npy": (np.arange(6, dtype="<i2").reshape(2, 3), (3, 0)),
        "fortran.npy": (np.asfortranarray(np.arange(60, dtype="<f4").reshape(5, 3, 2, 2)), None),
        "no-rows.npy": (np.zeros((0, 5), "<f4"), None),
        "no-units.npy": (np.zeros((5, 0), "<f8"), None),
        "scalar.npy": (np.array(2.5, "<f8"), None),
        "vector.npy": (np.array([3, 1, 2, 1], "<i8"), None),
    }
    for name, (x, version) in arrays.items():
        (OUT / name).write_bytes(npy_bytes(x, version))
        expected[name] = entry(x)
    # What Python 2 wrote: long integers have a suffix.
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }"
    header += b" " * (117 - len(header)) + b"\n"
    old = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + arrays["version1.npy"][0].tobytes()
    (OUT / "python2.npy").write_bytes(old)
    expected["python2.npy"] = expected["version1.npy"]


def unusable():
    words = np.array(["alpha", "βeta", "naïve", "𝄞", ""])
    for name, x in {
        "unicode.npy": words,
        "unicode-big.npy": words.astype(">U5"),
        "bytes.npy": np.array([b"a", b"bcd", b""]),
        "complex.npy": np.array([1 + 2j], "<c8"),
        "structured.npy": np.zeros(2, [("a", "<f4"), ("b", "<i4")]),
        "dates.npy": np.array(["2020-01-01"], "datetime64[D]"),
        "void.npy": np.zeros(3, "V2"),
        "long-double.npy": np.zeros(2, np.longdouble),
    }.items():
        (OUT / name).write_bytes(npy_bytes(x))
    with open(OUT / "object.npy", "wb") as file:
        np.save(file, np.array([{"a": 1}, None], dtype=object), allow_pickle=True)


def bfloat16(codes):
    return (codes.astype(np.uint32) << 16).view(np.float32)


def float8_e5m2(codes):
    """The upper byte of a float16."""
    return (codes.astype(np.uint16) << 8).view(np.float16)


def float8_e4m3fn(codes):
    """OCP 8-bit floating point, table 1: bias 7, no infinities, NaN where all of exponent and mantissa are ones."""
    out = []
    for code in codes.tolist():
        sign, exponent, mantissa = -1.0 if code >> 7 else 1.0, (code >> 3) & 15, code & 7
        if exponent == 15 and mantissa == 7:
            out.append(np.nan)
        elif exponent == 0:
            out.append(sign * mantissa / 8 * 2.0**-6)
        else:
            out.append(sign * (1 + mantissa / 8) * 2.0 ** (exponent - 7))
    return np.array(out)


def safetensors(expected):
    small = np.arange(256, dtype=np.uint8)
    codes = np.array([0, 1, 0x7F, 0x80, 0x3F80, 0x4049, 0x7F7F, 0x7F80, 0xFF80, 0x8000, 0xBF80, 0x7FC0], "<u2")
    tensors = {
        "bf16": ("BF16", codes.reshape(3, 4), bfloat16(codes).reshape(3, 4), "bfloat16"),
        "f8_e4m3": ("F8_E4M3", small.reshape(16, 16), float8_e4m3fn(small).reshape(16, 16), "float8_e4m3fn"),
        "f8_e5m2": ("F8_E5M2", small.reshape(16, 16), float8_e5m2(small).reshape(16, 16), "float8_e5m2"),
    }
    names = "F64 f8, F32 f4, F16 f2, I64 i8, I32 i4, I16 i2, I8 i1, U64 u8, U32 u4, U16 u2, U8 u1, BOOL b1"
    for pair in names.split(", "):
        code, kind = pair.split(" ")
        x = values(kind)
        tensors[code.lower()] = (code, x, x, x.dtype.name)
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, (code, stored, _, _) in tensors.items():
        raw = stored.tobytes()
        header[name] = {"dtype": code, "shape": list(stored.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    header["complex"] = {"dtype": "C64", "shape": [2], "data_offsets": [len(data), len(data) + 16]}
    data += bytes(16)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (OUT / "all.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    expected["all.safetensors"] = {name: entry(x, dtype) for name, (_, _, x, dtype) in tensors.items()}


def tables(expected):
    rng = np.random.default_rng(7)
    x = rng.standard_normal((20, 3)) * 10.0 ** rng.integers(-300, 300, (20, 3))
    names = ["plain", 'with "quotes", comma', "two\nlines", "label"]
    with open(OUT / "quoted.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for i, row in enumerate(x):
            writer.writerow([repr(float(v)) for v in row] + [f'class "{i % 3}", or\nso'])
    with open(OUT / "quoted.csv", newline="") as file:
        read = list(csv.reader(file))
    numbers = np.array([[float(v) for v in row[:3]] for row in read[1:]])
    expected["quoted.csv"] = {**entry(numbers), "columns": read[0][:3], "labels": [row[3] for row in read[1:]]}
    np.savetxt(OUT / "savetxt.csv", x)
    expected["savetxt.csv"] = entry(np.loadtxt(OUT / "savetxt.csv"))
    np.savetxt(OUT / "savetxt.tsv", x, delimiter="\t", header="a\tb\tc", comments="", fmt="%.17g")
    expected["savetxt.tsv"] = entry(np.loadtxt(OUT / "savetxt.tsv", skiprows=1))


def codes16():
    """Checksums of all 65,536 float16 and bfloat16 values as little-endian float64, zero for NaN."""
    codes = np.arange(65536, dtype=np.uint16)
    out = {}
    for name, x in {"float16": codes.view(np.float16), "bfloat16": bfloat16(codes)}.items():
        wide = np.where(np.isnan(x), 0, x).astype("<f8")
        out[name] = {"sha256": hashlib.sha256(wide.tobytes()).hexdigest(), "nans": int(np.isnan(x).sum())}
    return out


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    files = {}
    single(files)
    archives(files)
    unusable()
    safetensors(files)
    tables(files)
    with np.errstate(all="ignore"):
        result = {"files": files, "codes": codes16()}
    (HERE / "data.json").write_text(json.dumps(result, indent=1) + "\n")
