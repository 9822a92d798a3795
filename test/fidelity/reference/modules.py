"""Modules of a sentence-transformers folder after its pooling, by NumPy: Dense, Normalize, Dense, Normalize.

Writes fixtures/text/modules (files beside a model; weights of the first Dense as PyTorch saves them, of the second as
.safetensors) and modules.json: rows of the plain encoder's embeddings, pooled and of unit length as its training code gives
them, after these modules. Needs PyTorch (1.13 wrote what is checked in).

    python3 test/fidelity/reference/modules.py
"""
import collections
import json
import pathlib

import numpy as np
import torch

here = pathlib.Path(__file__).parent
text = here.parent / "fixtures" / "text"
folder = text / "modules"
unit = np.load(text / "plain-encoder" / "expected-embeddings.npy").astype(np.float64)
rows = unit[:6]


def save(name, config, tensors, pickled=False):
    (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / name / "config.json").write_text(json.dumps(config))
    if not tensors:
        return
    if pickled:
        state = collections.OrderedDict((key, torch.from_numpy(value)) for key, value in tensors.items())
        torch.save(state, folder / name / "pytorch_model.bin")
        return
    header, data = {}, b""
    for key, value in tensors.items():
        raw = value.astype("<f4").tobytes()
        header[key] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    (folder / name / "model.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + data)


def weights(outputs, inputs, seed):
    random = np.random.default_rng(seed)
    return random.normal(size=(outputs, inputs)).astype("f4"), random.normal(size=outputs).astype("f4")


w1, b1 = weights(24, 64, 1)
w2, _ = weights(10, 24, 2)
models = "sentence_transformers.models."
paths = ["", "1_Pooling", "2_Normalize", "3_Dense", "4_Dense", "5_Normalize"]
kinds = ["Transformer", "Pooling", "Normalize", "Dense", "Dense", "Normalize"]
folder.mkdir(parents=True, exist_ok=True)
modules = [{"idx": i, "name": str(i), "path": p, "type": models + k} for i, (p, k) in enumerate(zip(paths, kinds))]
(folder / "modules.json").write_text(json.dumps(modules))
save("1_Pooling", {"word_embedding_dimension": 64, "pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}, {})
activation = "torch.nn.modules."
save("3_Dense", {"in_features": 64, "out_features": 24, "bias": True, "activation_function": activation + "activation.Tanh"}, {"linear.weight": w1, "linear.bias": b1}, pickled=True)
save("4_Dense", {"in_features": 24, "out_features": 10, "bias": False, "activation_function": activation + "linear.Identity"}, {"linear.weight": w2})
first = np.tanh(rows @ w1.T.astype(float) + b1)
second = first @ w2.T.astype(float)
whole = second / np.linalg.norm(second, axis=1, keepdims=True)
(here / "modules.json").write_text(json.dumps({"whole": whole.tolist()}))
