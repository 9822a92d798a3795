"""Says what is in files that Sextant wrote, as NumPy and the description of safetensors have it.

    python3 test/fidelity/reference/written.py FILE...

prints, for each file, its arrays by name (one without a name is ''): shape, dtype and the hexadecimal bytes of big-endian
values; of safetensors also the metadata and whether values lie at multiples of their size.
"""

import json
import struct
import sys
import zipfile

import numpy as np


def entry(x):
    return {"shape": list(x.shape), "dtype": x.dtype.name, "values": x.astype(x.dtype.newbyteorder(">")).tobytes().hex()}


def safetensors(path):
    raw = open(path, "rb").read()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length].decode("utf-8"))
    metadata = header.pop("__metadata__", {})
    assert all(isinstance(key, str) and isinstance(value, str) for key, value in metadata.items())
    data = raw[8 + length :]
    out, end = {}, 0
    for name, tensor in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        start, stop = tensor["data_offsets"]
        dtype = np.dtype({"F64": "<f8", "F32": "<f4"}[tensor["dtype"]])
        assert start == end and (8 + length + start) % dtype.itemsize == 0, (name, start, end)
        out[name] = entry(np.frombuffer(data[start:stop], dtype).reshape(tensor["shape"]))
        end = stop
    assert end == len(data)
    return {"arrays": out, "metadata": metadata}


def read(path):
    if path.endswith(".safetensors"):
        return safetensors(path)
    if path.endswith(".npy"):
        return {"arrays": {"": entry(np.load(path, allow_pickle=False))}}
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        for info in archive.infolist():
            # zipfile compares the checksum of the directory alone; readers of streams have only the local one.
            archive.fp.seek(info.header_offset + 14)
            assert struct.unpack("<I", archive.fp.read(4))[0] == info.CRC, info.filename
    with np.load(path, allow_pickle=False) as archive:
        return {"arrays": {name: entry(archive[name]) for name in archive.files}}


print(json.dumps([read(path) for path in sys.argv[1:]]))
