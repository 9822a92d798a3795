"""Writes the PyTorch fixtures and what is in them.

    python3 test/fidelity/reference/torch_files.py

needs PyTorch (1.13 wrote what is checked in) and NumPy, and writes test/fidelity/fixtures/torch/* and
test/fidelity/reference/torch_files.json. Values stand there as the hexadecimal bytes of big-endian float64, in row-major
order, computed by NumPy from the arrays that the tensors were made of, not read back from the files.
"""

import argparse
import collections
import io
import json
import os
import pathlib
import pickle
import zipfile

import numpy as np
import torch

from data import bfloat16, bits, values

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent / "fixtures" / "torch"
EPOCH = (1980, 1, 1, 0, 0, 0)
CODES = np.array([0, 1, 0x7F, 0x80, 0x3F80, 0x4049, 0x7F7F, 0x7F80, 0xFF80, 0x8000, 0xBF80, 0x7FC0], np.uint16)

expected = {}
refused = {}


def entry(x, name=None):
    return {"shape": list(x.shape), "dtype": name or x.dtype.name, "values": bits(x)}


def save(name, value, entries, **options):
    torch.save(value, OUT / name, **options)
    expected[name] = entries


def both(stem, value, entries, **options):
    save(f"{stem}.pt", value, entries, **options)
    save(f"{stem}-legacy.pt", value, entries, _use_new_zipfile_serialization=False, **options)


def dtypes():
    arrays = {np.dtype(kind).name: values(kind) for kind in "b1 i1 i2 i4 i8 u1 f2 f4 f8".split()}
    tensors = {name: torch.from_numpy(x) for name, x in arrays.items()}
    entries = {name: entry(x) for name, x in arrays.items()}
    tensors["bfloat16"] = torch.from_numpy(CODES.astype(np.int16).reshape(3, 4)).view(torch.bfloat16)
    entries["bfloat16"] = entry(bfloat16(CODES).reshape(3, 4), "bfloat16")
    both("dtypes", tensors, entries)
    for protocol in 1, 3, 4, 5:
        both(f"protocol{protocol}", {"float32": tensors["float32"]}, {"float32": entries["float32"]}, pickle_protocol=protocol)


def views():
    x = np.arange(120, dtype=np.float32).reshape(4, 5, 6) / 7
    t = torch.from_numpy(x.copy())
    strided = np.lib.stride_tricks.as_strided
    pairs = {
        "base": (t, x),
        "transposed": (t[0].t(), x[0].T),
        "permuted": (t.permute(1, 2, 0), x.transpose(1, 2, 0)),
        "reversed_axes": (t.permute(2, 1, 0), x.transpose(2, 1, 0)),
        "columns": (t[:, :, 2:4], x[:, :, 2:4]),
        "every_other_row": (t[::2], x[::2]),
        "every_third_column": (t[:, :, ::3], x[:, :, ::3]),
        "one_column": (t[:, :, 5], x[:, :, 5]),
        "offset": (t[2:, 1:], x[2:, 1:]),
        "expanded": (t[0, :, :1].expand(5, 3), np.broadcast_to(x[0, :, :1], (5, 3))),
        "expanded_rows": (t[0, 0].expand(3, 6), np.broadcast_to(x[0, 0], (3, 6))),
        "diagonal": (t[0].diagonal(), x[0].diagonal()),
        "overlapping": (t.as_strided((7, 4), (2, 1), 3), strided(x.reshape(-1)[3:], (7, 4), (8, 4))),
        "scalar": (t[1, 2, 3], x[1, 2, 3]),
        "one_row": (t[:1, :, 1], x[:1, :, 1]),
        "empty": (t[:0], x[:0]),
        "channels_last": (
            t.reshape(2, 2, 5, 6).contiguous(memory_format=torch.channels_last),
            x.reshape(2, 2, 5, 6),
        ),
    }
    both("views", {k: a for k, (a, _) in pairs.items()}, {k: entry(np.asarray(b)) for k, (_, b) in pairs.items()})
    # A value outside a view is nobody's business, though float64 cannot hold it.
    big = np.array([[1, 2**62 + 1], [3, 2**62 + 1]], np.int64)
    both("gaps", {"kept": torch.from_numpy(big.copy())[:, 0]}, {"kept": entry(big[:, 0])})


class Settings:
    """Somebody's own class."""

    def __init__(self, **values):
        self.__dict__.update(values)


class Tiny(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.arange(4.0))


Pair = collections.namedtuple("Pair", "first second")


def nested():
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        collections.OrderedDict(
            fc=torch.nn.Linear(4, 3), norm=torch.nn.BatchNorm1d(3), deep=torch.nn.Sequential(torch.nn.Linear(3, 2))
        )
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    model(torch.randn(8, 4)).sum().backward()
    optimizer.step()
    weights = {name: x.detach().numpy() for name, x in model.state_dict().items()}
    whole = {name: entry(x) for name, x in weights.items()}
    both("state-dict", model.state_dict(), whole)
    save("module.pt", model, whole)
    # The legacy format adds the source of every module, and where it lies.
    torch.serialization.get_source_lines_and_file = lambda *_: (["class Tiny: ...\n"], 0, "torch_files.py")
    tiny = Tiny()
    save("tiny-legacy.pt", tiny, {"weight": entry(tiny.weight.detach().numpy())}, _use_new_zipfile_serialization=False)
    torch.jit.save(torch.jit.script(model), str(OUT / "script.pt"))
    # TorchScript flattens nothing: its attributes are those of the modules.
    expected["script.pt"] = whole
    state = {}
    for i, values_of in optimizer.state_dict()["state"].items():
        for key, x in values_of.items():
            state[f"optimizer.state.{i}.{key}"] = entry(np.asarray(x))
    one, two = np.arange(6, dtype=np.float32).reshape(2, 3), np.arange(4, dtype=np.int64)
    fortran = np.asfortranarray(one.astype(np.float64))
    checkpoint = {
        "epoch": 3,
        "loss": 0.25,
        "name": "naïve \N{MUSICAL SYMBOL G CLEF}",
        "huge": 2**200,
        "none": None,
        "device": torch.device("cpu"),
        "dtype": torch.float32,
        "size": torch.Size([2, 3]),
        "words": {"a", "b"},
        "state_dict": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "list": [torch.from_numpy(one), (torch.from_numpy(two), {"deep": torch.from_numpy(one).t()})],
        7: torch.from_numpy(two),
        "parameter": torch.nn.Parameter(torch.from_numpy(one)),
        "pair": Pair(torch.from_numpy(one), 1),
        "settings": Settings(rate=0.1, layers=[1, 2]),
        "arguments": argparse.Namespace(seed=1),
        "holder": Settings(inside=torch.from_numpy(one), rest="text"),
        "array": one,
        "big_endian": one.astype(">f4"),
        "fortran": fortran,
        "numpy_scalar": np.float64(2.5),
        "objects": np.array([{}, None], dtype=object),
        "a.b": torch.from_numpy(one),
        "a": {"b": torch.from_numpy(two)},
    }
    entries = {
        **{f"state_dict.{name}": x for name, x in whole.items()},
        **state,
        "list.0": entry(one),
        "list.1.0": entry(two),
        "list.1.1.deep": entry(one.T),
        "7": entry(two),
        "parameter": entry(one),
        "pair.0": entry(one),
        "holder.inside": entry(one),
        "array": entry(one),
        "big_endian": entry(one),
        "fortran": entry(fortran),
        "a.b": entry(one),
        "a.b (2)": entry(two),
    }
    both("checkpoint", checkpoint, entries)
    for name in "checkpoint.pt", "checkpoint-legacy.pt":
        refused[name] = {
            "settings": "an object of class __main__.Settings, which is not opened",
            "arguments": "an object of class argparse.Namespace, which is not opened",
            "objects": "an array of Python objects",
        }
    both("parameter", torch.nn.Parameter(torch.from_numpy(one)), {"": entry(one)})
    save("storage.pt", torch.from_numpy(one).storage(), {"": entry(one.reshape(-1))})
    both("plain", {"epoch": 1, "names": ["a", "b"]}, {})
    save("pytorch_model.bin", {"weight": torch.from_numpy(one)}, {"weight": entry(one)})


def unusable():
    tensor = torch.arange(6.0).reshape(2, 3)
    odd = {
        "complex": (torch.complex(tensor, tensor), "it holds complex numbers"),
        "sparse": (tensor.to_sparse(), "it is sparse"),
        "quantized": (torch.quantize_per_tensor(tensor, 0.1, 0, torch.qint8), "it is quantized"),
    }
    both("unusable", {"good": tensor, **{k: x for k, (x, _) in odd.items()}}, {"good": entry(tensor.numpy())})
    for name in "unusable.pt", "unusable-legacy.pt":
        refused[name] = {k: why for k, (_, why) in odd.items()}


class Payload:
    """What it would run when torch.load opened it: a file named EXECUTED would appear."""

    def __reduce__(self):
        return os.system, ("touch EXECUTED",)


class Evaluated:
    def __reduce__(self):
        return eval, ("open('EXECUTED', 'w')",)


def hostile():
    tensor = torch.arange(3.0)
    both("payload", {"good": tensor, "bad": Payload(), "worse": [Evaluated()]}, {"good": entry(tensor.numpy())})
    for name in "payload.pt", "payload-legacy.pt":
        refused[name] = {"bad": "an object of class posix.system", "worse.0": "an object of class __builtin__.eval"}


def big_endian():
    """What PyTorch 2.1 and later write on a big-endian machine: a record that says so, and swapped storages."""
    x = values("f4")
    source = io.BytesIO()
    torch.save({"x": torch.from_numpy(x), "mask": torch.from_numpy(x > 0)}, source)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(OUT / "big-endian.pt", "w") as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename.endswith("data/0"):
                data = x.astype(">f4").tobytes()
            new.writestr(zipfile.ZipInfo(info.filename, EPOCH), data)
        new.writestr(zipfile.ZipInfo("archive/byteorder", EPOCH), b"big")
    expected["big-endian.pt"] = {"x": entry(x), "mask": entry(x > 0)}
    # Archives that somebody packed again.
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(OUT / "deflated.pt", "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(zipfile.ZipInfo(info.filename, EPOCH), old.read(info), zipfile.ZIP_DEFLATED)
    expected["deflated.pt"] = expected["big-endian.pt"]


def old_views():
    """Before PyTorch 0.4 a storage could be a part of another one; torch.load still reads that, and checks this file."""

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return value.id if isinstance(value, Part) else None

    class Part:
        def __init__(self, *part):
            self.id = ("storage", torch.FloatStorage, "root", "cpu", 6, part or None)

    class Tensor:
        def __init__(self, *args):
            self.args = args

        def __reduce__(self):
            return torch._utils._rebuild_tensor, self.args

    x = np.arange(6, dtype=np.float32) / 3
    out = io.BytesIO()
    machine = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    for value in 0x1950A86A20F9469CFC6C, 1001, machine:
        pickle.dump(value, out, 2)
    tensors = {"whole": Tensor(Part(), 0, (2, 3), (3, 1)), "part": Tensor(Part("view", 2, 4), 1, (2,), (2,))}
    Pickler(out, 2).dump(tensors)
    pickle.dump(["root"], out, 2)
    out.write((6).to_bytes(8, "little") + x.tobytes())
    (OUT / "old-views.pt").write_bytes(out.getvalue())
    part = x[2:][1::2][:2]
    loaded = torch.load(OUT / "old-views.pt")
    assert (loaded["part"].numpy() == part).all() and (loaded["whole"].numpy() == x.reshape(2, 3)).all()
    expected["old-views.pt"] = {"whole": entry(x.reshape(2, 3)), "part": entry(part)}


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    with np.errstate(all="ignore"):
        dtypes()
        views()
        nested()
        unusable()
        hostile()
        big_endian()
        old_views()
    result = {"files": expected, "refused": refused}
    (HERE / "torch_files.json").write_text(json.dumps(result, indent=1) + "\n")
