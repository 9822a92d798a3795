"""Writes the fixtures of the HDF5 reader and what is in them, with h5py.

    python3 test/fidelity/reference/hdf5.py

writes test/fidelity/fixtures/hdf5/* and test/fidelity/reference/hdf5.json. Values stand there as in data.json.
"""

import json
import pathlib

import h5py
import numpy as np

from data import entry, values

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent / "fixtures" / "hdf5"
NUMBERS = "b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8".split()


def dtypes(expected):
    tensors = {}
    for name, options in {"dtypes.h5": {}, "dtypes-latest.hdf5": {"libver": "latest", "track_order": True}}.items():
        with h5py.File(OUT / name, "w", **options) as file:
            for kind in NUMBERS:
                for endian in "<>" if kind[1] != "1" else "|":
                    x = values(kind)
                    path = f"{'big' if endian == '>' else 'little'}/{x.dtype.name}"
                    file.create_dataset(path, data=x.astype(endian + kind))
                    tensors[path] = entry(x)
        expected[name] = tensors


def storage(expected):
    """Every way of storing, of an array that its chunks do not fill."""
    x = (np.arange(35 * 7 * 5, dtype="f4").reshape(35, 7, 5) - 300) / 7
    ways = {
        "compact": None,
        "contiguous": {},
        "chunked": {"chunks": (8, 3, 2)},
        "gzip": {"chunks": (8, 7, 5), "compression": "gzip"},
        "gzip-shuffle-fletcher": {"chunks": (4, 4, 4), "compression": "gzip", "shuffle": True, "fletcher32": True},
        "lzf": {"chunks": (8, 7, 5), "compression": "lzf"},
        "lzf-shuffle": {"chunks": (35, 1, 5), "compression": "lzf", "shuffle": True},
        "unlimited": {"chunks": (10, 2, 5), "maxshape": (None, 7, None)},
        "one-chunk": {"chunks": (35, 7, 5), "compression": "gzip"},
    }
    tensors = {}
    with h5py.File(OUT / "storage.h5", "w", userblock_size=1024) as file:
        for name, options in ways.items():
            if options is None:
                plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
                plist.set_layout(h5py.h5d.COMPACT)
                space = h5py.h5s.create_simple(x.shape)
                dataset = h5py.h5d.create(file.id, name.encode(), h5py.h5t.IEEE_F32LE, space, plist)
                dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, x)
            else:
                file.create_dataset(name, data=x, **options)
            tensors[name] = entry(x)
        y = np.arange(600, dtype="i4").reshape(60, 10) - 250
        file.create_dataset("scaleoffset", data=y, chunks=(7, 10), scaleoffset=0)
        tensors["scaleoffset"] = entry(y)
        z = file.create_dataset("filled", shape=(20, 4), dtype="f8", chunks=(5, 4), fillvalue=-1.5)
        z[6:8] = 2.25
        tensors["filled"] = entry(z[...])
        file["scalar"] = np.float64(2.5)
        tensors["scalar"] = entry(np.array(2.5))
        file["no-rows"] = np.zeros((0, 3), "f4")
        tensors["no-rows"] = entry(np.zeros((0, 3), "f4"))
    expected["storage.h5"] = tensors


def objects(expected):
    words = ["alpha", "βeta", "", "naïve", "𝄞"]
    x = np.arange(6, dtype="f4").reshape(3, 2)
    with h5py.File(OUT / "objects.h5", "w") as file:
        file["encoder/layer1"] = x
        file["encoder/layer2"] = x + 1
        file["encoder/itself"] = file["encoder"]
        file["hard"] = file["encoder/layer1"]
        file["soft"] = h5py.SoftLink("/encoder/layer2")
        file["soft-group"] = h5py.SoftLink("/encoder")
        file["circle"] = h5py.SoftLink("/circle2")
        file["circle2"] = h5py.SoftLink("/circle")
        file["nowhere"] = h5py.SoftLink("/missing")
        file["outside"] = h5py.ExternalLink("storage.h5", "/gzip")
        file["passwd"] = h5py.ExternalLink("/etc/passwd", "/x")
        file["words"] = words
        file["fixed"] = np.array([w.encode() for w in words])
        file["blanks"] = np.array([b"a", b"bcd"], dtype="S5")
        file["one-word"] = "alone"
        file["classes"] = np.array([0, 2, 1, 0, 2], "i1")
        file["complex"] = np.array([1 + 2j, 3])
        file["records"] = np.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")])
        file["reference"] = np.array([file["encoder"].ref], dtype=h5py.ref_dtype)
        file["null"] = h5py.Empty("f4")
        file.create_dataset("ragged", (2,), dtype=h5py.vlen_dtype("i4"))[0] = [1, 2, 3]
        file["colours"] = np.array([1, 0, 1], dtype=h5py.enum_dtype({"RED": 0, "BLUE": 1}, basetype="u2"))
        file.create_dataset("array", (2,), dtype="(3,)f4")
        file.create_dataset("stored-elsewhere", (4,), "f4", external=[("/etc/hostname", 0, 16)])
        layout = h5py.VirtualLayout(shape=(3, 2), dtype="f4")
        layout[...] = h5py.VirtualSource("storage.h5", "gzip", shape=(3, 2))
        file.create_virtual_dataset("virtual", layout)
        brain = h5py.h5t.IEEE_F16LE.copy()
        brain.set_fields(15, 7, 8, 0, 7)
        brain.set_ebias(127)
        space = h5py.h5s.create_simple((2, 2))
        brains = h5py.h5d.create(file.id, b"bfloat16", brain, space)
        raw = np.array([[1.0, -2.5], [3e38, 0.15625]], "f4")
        bits = (raw.view("u4") >> 16).astype("u2")
        brains.write(h5py.h5s.ALL, h5py.h5s.ALL, bits, brain)
        exact = (bits.astype("u4") << 16).view("f4")
        odd = h5py.h5t.IEEE_F16LE.copy()
        odd.set_fields(15, 9, 6, 0, 9)
        odd.set_ebias(31)
        h5py.h5d.create(file.id, b"odd-float", odd, space)
        file["long"] = np.array([2**53 + 2, -(2**53) - 2])
        tensors = {
            "encoder/layer1": entry(x),
            "encoder/layer2": entry(x + 1),
            "hard": entry(x),
            "soft": entry(x + 1),
            "classes": entry(np.array([0, 2, 1, 0, 2], "i1")),
            "colours": entry(np.array([1, 0, 1], "u2")),
            "bfloat16": entry(exact, "bfloat16"),
        }
    expected["objects.h5"] = tensors


def filters():
    """Datasets of filters that this h5py has not, as their plugins write them: the pipeline names them, chunks are theirs."""
    x = np.arange(12, dtype="f4").reshape(6, 2)
    known = {"zstd": 32015, "blosc": 32001, "blosc2": 32026, "bitshuffle": 32008, "lz4": 32004, "bzip2": 307, "own": 512}
    with h5py.File(OUT / "filters.h5", "w") as file:
        for name, number in known.items():
            plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            plist.set_chunk((3, 2))
            plist.set_filter(number, h5py.h5z.FLAG_OPTIONAL, (1, 2))
            space = h5py.h5s.create_simple(x.shape)
            dataset = h5py.h5d.create(file.id, name.encode(), h5py.h5t.IEEE_F32LE, space, plist)
            # Whatever they are, the library cannot undo them: mask 0 says that the filter was applied.
            for row in (0, 3):
                dataset.write_direct_chunk((row, 0), b"packed by %d" % number, 0)
        file.create_dataset("plain", data=x, chunks=(3, 2), compression="gzip")


def hostile():
    """Files whose sizes are true, and too large."""
    with h5py.File(OUT / "huge.h5", "w") as file:
        file.create_dataset("declared", (2**40, 2**10), "f4", chunks=(64, 64), fillvalue=3)
        file.create_dataset("beyond", (2**50, 2**20), "f8", chunks=(64, 64))
    with h5py.File(OUT / "bomb.h5", "w") as file:
        bomb = file.create_dataset("zeros", (400, 2**17), "f8", chunks=(400, 2**17), compression="gzip")
        bomb[0, 0] = 1
        file["small"] = np.arange(3, dtype="f4")


def damaged():
    """Datasets of two chunks, the second of which is another one's: sound, but of another size or cut off.

    Returns the bytes of every such chunk in the file. That other dataset stands under `sound`, with all of its values.
    """
    x = (np.arange(48, dtype="f4") // 8).reshape(12, 4)
    large = np.repeat(x, 256, axis=1)
    words = np.array([word * 20 for word in ("alpha", "beta", "gamma", "delta") * 3], h5py.string_dtype())
    gzip, lzf = {"compression": "gzip"}, {"compression": "lzf"}
    # Values, rows in a chunk of the other dataset, where that is cut, and the filters; chunks should be of six rows.
    ways = {
        "plain": (x, 5, None, {}),
        "gzip": (x, 5, None, gzip),
        "gzip-more": (x, 7, None, gzip),
        "gzip-big-endian": (x.astype(">f4"), 5, None, gzip),
        "gzip-cut": (x, 6, -6, gzip),
        "gzip-large": (large, 5, None, gzip),
        "gzip-large-more": (large, 7, None, gzip),
        "gzip-large-cut": (large, 6, -6, gzip),
        "gzip-shuffle": (x, 5, None, {**gzip, "shuffle": True}),
        "gzip-fletcher": (x, 5, None, {**gzip, "fletcher32": True}),
        "lzf": (x, 5, None, lzf),
        "lzf-shuffle": (x, 5, None, {**lzf, "shuffle": True}),
        "fletcher": (x, 6, 3, {"fletcher32": True}),
        "scaleoffset": (x.astype("i4"), 6, -2, {"scaleoffset": 0}),
        "scaleoffset-head": (x.astype("i4"), 6, 20, {"scaleoffset": 0}),
        "nbit": (x.astype("i4"), 6, -2, {"nbit": 17}),
        "text": (words, 5, None, gzip),
        "text-plain": (words, 5, None, {}),
        "text-lzf": (words, 5, None, lzf),
    }
    found = {}
    with h5py.File(OUT / "damaged.h5", "w", libver=("earliest", "v108")) as file:
        for name, (values, rows, cut, options) in ways.items():
            whole, other = create(file, name, values, 6, **options), create(file, f"sound/{name}", values, rows, **options)
            corner = (0,) * (values.ndim - 1)
            mask, chunk = other.id.read_direct_chunk((rows, *corner))
            assert mask == 0
            whole.id.write_direct_chunk((6, *corner), chunk[:cut], mask)
            found[name] = len(chunk[:cut])
        # Stored without its filter, as what does not get smaller by it.
        for name, rows in {"skipped": 5, "sound/skipped": 6}.items():
            skipped = create(file, name, x, 6, **gzip)
            skipped.id.write_direct_chunk((6, 0), x[6 : 6 + rows].tobytes(), 1)
        found["skipped"] = x[:5].nbytes
    return found


def create(file, name, values, rows, nbit=None, **options):
    chunks = (rows, *values.shape[1:])
    if nbit is None:
        return file.create_dataset(name, data=values, chunks=chunks, **options)
    kind = h5py.h5t.STD_I32LE.copy()
    kind.set_precision(nbit)
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk(chunks)
    plist.set_filter(h5py.h5z.FILTER_NBIT, h5py.h5z.FLAG_MANDATORY)
    dataset = h5py.h5d.create(file.id, name.encode(), kind, h5py.h5s.create_simple(values.shape), plist)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, values)
    return h5py.Dataset(dataset)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for path in OUT.iterdir():
        path.unlink()
    expected = {}
    dtypes(expected)
    storage(expected)
    objects(expected)
    filters()
    hostile()
    found = damaged()
    (HERE / "hdf5.json").write_text(json.dumps({"h5py": h5py.__version__, "files": expected, "damaged": found}) + "\n")


if __name__ == "__main__":
    main()
