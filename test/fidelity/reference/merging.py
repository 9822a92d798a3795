"""Iterative feature merging of a digits network, with NumPy alone.

    python3 test/fidelity/reference/merging.py

writes test/fidelity/reference/merging.json: units left in each layer, and what the merged network makes of the test images.
Weights are read from the .onnx file by a few lines of protobuf; every distance is computed anew before every merge, and the
networks are run as loops over the taps of their kernels.
"""

import json
import pathlib
import struct

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = HERE.parents[2] / "media" / "samples" / "digits"


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = varint(data, at)
        else:
            length, at = varint(data, at) if wire == 2 else ({1: 8, 5: 4}[wire], at)
            value, at = data[at : at + length], at + length
        yield number, value


def weights(path):
    graph = next(value for number, value in fields(path.read_bytes()) if number == 7)
    found = {}
    for number, value in fields(graph):
        if number != 5:
            continue
        shape, name, raw = [], "", b""
        for part, content in fields(value):
            if part == 1:
                shape += [content] if isinstance(content, int) else [content[0]]
            elif part == 8:
                name = content.decode()
            elif part == 9:
                raw = content
        if len(raw) == 4 * int(np.prod(shape)):
            found[name] = np.frombuffer(raw, "<f4").reshape(shape).astype(float)
    return found


def load(path):
    """Kernels and biases from the first layer to the last, each bias behind its kernel, and the head."""
    found = list(weights(path).values())
    places = [i for i, value in enumerate(found) if value.ndim == 4]
    head = next(i for i, value in enumerate(found) if value.ndim == 2)
    return [found[i] for i in places], [found[i + 1] for i in places], found[head], found[head + 1]


def distances(kernels, head, layer):
    units = len(kernels[layer])
    after = kernels[layer + 1].swapaxes(0, 1) if layer + 1 < len(kernels) else head.T
    rows = np.hstack([kernels[layer].reshape(units, -1), after.reshape(units, -1)])
    return ((rows[:, None] - rows[None]) ** 2).sum(-1)


def merge(kernels, biases, head, beta):
    kernels, biases = [k.copy() for k in kernels], [b.copy() for b in biases]
    head, counts = head.copy(), [np.ones(len(k)) for k in kernels]
    changed = True
    while changed:
        changed = False
        for layer in range(len(kernels)):
            if len(kernels[layer]) < 2:
                continue
            d = distances(kernels, head, layer)
            most = d.max()
            np.fill_diagonal(d, np.inf)
            i, j = np.unravel_index(np.argmin(d), d.shape)
            if d[i, j] > beta * most:
                continue
            rest = [u for u in range(len(d)) if u not in (i, j)]
            c = counts[layer]
            kernels[layer] = np.concatenate([kernels[layer][rest], (kernels[layer][i] + kernels[layer][j])[None]])
            biases[layer] = np.append(biases[layer][rest], biases[layer][i] + biases[layer][j])
            after = (kernels[layer + 1] if layer + 1 < len(kernels) else head).swapaxes(0, 1)
            mean = (c[i] * after[i] + c[j] * after[j]) / (c[i] + c[j])
            after = np.concatenate([after[rest], mean[None]]).swapaxes(0, 1)
            if layer + 1 < len(kernels):
                kernels[layer + 1] = after
            else:
                head = after
            counts[layer] = np.append(c[rest], c[i] + c[j])
            changed = True
    return kernels, biases, head


def run(kernels, biases, head, end, images, strides):
    x = images.astype(float)
    for kernel, bias, stride in zip(kernels, biases, strides):
        n, _, height, width = x.shape
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        out = np.zeros((n, len(kernel), -(-height // stride), -(-width // stride)))
        for a in range(3):
            for b in range(3):
                tap = padded[:, :, a : a + height : stride, b : b + width : stride]
                out += np.einsum("nchw,oc->nohw", tap, kernel[:, :, a, b], optimize=True)
        x = np.maximum(0, out + bias[:, None, None])
    return x.mean((2, 3)) @ head.T + end


path = SAMPLES / "digits-cnn-seed0.onnx"
kernels, biases, head, end = load(path)
images, labels = np.load(SAMPLES / "digits-test-images.npy"), np.load(SAMPLES / "digits-test-labels.npy")
# The number of channels doubles where the image halves.
strides = [2 if len(k) > k.shape[1] > 1 else 1 for k in kernels]
before = run(kernels, biases, head, end, images, strides)
result = {"accuracy": float((before.argmax(1) == labels).mean()), "steps": []}
for beta in (0.1, 0.2, 0.3):
    merged = merge(kernels, biases, head, beta)
    after = run(*merged, end, images, strides)
    result["steps"].append(
        {
            "beta": beta,
            "left": [len(kernel) for kernel in merged[0]],
            "accuracy": float((after.argmax(1) == labels).mean()),
            "agreement": float((after.argmax(1) == before.argmax(1)).mean()),
            "relative": float(np.linalg.norm(after - before) / np.linalg.norm(before)),
        }
    )
(HERE / "merging.json").write_text(json.dumps(result, indent=1) + "\n")
