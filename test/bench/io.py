"""Writes a matrix in every format that Python has here, or times reading one.

    python3 io.py make FOLDER ROWS COLUMNS     prints the names of the files, as JSON
    python3 io.py time FILE                    prints seconds (the best of three), as JSON; null without a reader

Only what is installed takes part: NumPy always, SciPy, pandas, h5py and PyTorch where they are.
"""

import importlib
import json
import pathlib
import struct
import sys
import time

import numpy as np


def module(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        entry = json.loads(file.read(length))["x"]
        return np.fromfile(file, dtype="<f4").reshape(entry["shape"])


def write_safetensors(path, x):
    header = json.dumps({"x": {"dtype": "F32", "shape": x.shape, "data_offsets": [0, x.nbytes]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + x.tobytes())


def make(folder, rows, columns):
    x = np.random.default_rng(0).standard_normal((rows, columns)).astype(np.float32)
    # Text is some thirty times slower: a tenth of it is enough.
    short = x[: rows // 10]
    np.save(folder / "x.npy", x)
    np.save(folder / "half.npy", x.astype(np.float16))
    np.savez(folder / "stored.npz", x=x)
    np.savez_compressed(folder / "deflated.npz", x=short)
    write_safetensors(folder / "x.safetensors", x)
    pandas, h5py, torch, io = module("pandas"), module("h5py"), module("torch"), module("scipy.io")
    names = [f"u{j}" for j in range(columns)]
    if pandas:
        frame = pandas.DataFrame(short, columns=names)
        frame.to_csv(folder / "x.csv", index=False)
        frame.to_csv(folder / "x.csv.gz", index=False, compression={"method": "gzip", "compresslevel": 1})
        frame.to_json(folder / "x.jsonl", orient="records", lines=True)
    if h5py:
        with h5py.File(folder / "x.h5", "w") as file:
            file["x"] = x
        with h5py.File(folder / "gzip.h5", "w") as file:
            file.create_dataset("x", data=short, chunks=(256, columns), compression="gzip", compression_opts=1)
    if torch:
        torch.save({"x": torch.from_numpy(x)}, folder / "x.pt")
    if io:
        io.savemat(folder / "x.mat", {"x": x})
    with open(folder / "x.vec", "w") as file:
        file.write(f"{len(short)} {columns}\n")
        for i, row in enumerate(short):
            file.write(f"w{i} {' '.join(map(str, row))}\n")
    print(json.dumps(sorted(path.name for path in folder.iterdir())))


def reader(path):
    name = path.name
    if name.endswith(".npy"):
        # As the program does: float16 is widened to be computed with.
        return lambda: np.load(path).astype(np.float32, copy=False)
    if name.endswith(".npz"):
        return lambda: np.load(path)["x"]
    if name.endswith(".safetensors"):
        return lambda: read_safetensors(path)
    if name.endswith(".vec"):
        return lambda: np.loadtxt(path, skiprows=1, usecols=range(1, int(open(path).readline().split()[1]) + 1))
    pandas, h5py, torch, io = module("pandas"), module("h5py"), module("torch"), module("scipy.io")
    if pandas and ".csv" in name:
        return lambda: pandas.read_csv(path).to_numpy()
    if pandas and name.endswith(".jsonl"):
        return lambda: pandas.read_json(path, orient="records", lines=True).to_numpy()
    if h5py and name.endswith(".h5"):
        return lambda: h5py.File(path, "r")["x"][:]
    if torch and name.endswith(".pt"):
        return lambda: torch.load(path)["x"].numpy()
    if io and name.endswith(".mat"):
        return lambda: io.loadmat(path)["x"]
    return None


def best(read):
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        read()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


if sys.argv[1] == "make":
    make(pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
else:
    read = reader(pathlib.Path(sys.argv[2]))
    print(json.dumps(best(read) if read else None))
