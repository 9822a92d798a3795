"""Images in every format, and what reading and resizing makes of them. Writes fixtures/images and images.json.

    python3 test/fidelity/reference/images.py

Resizing is written out in NumPy from the published algorithm of Pillow's Resample.c; where Pillow is installed (it writes
the files) both are compared.
"""
import base64
import json
import math
import pathlib

import numpy as np
from PIL import Image

here = pathlib.Path(__file__).parent
folder = here.parent / "fixtures" / "images"

FILTERS = {
    "box": (0.5, lambda x: 1.0 if -0.5 < x <= 0.5 else 0.0),
    "bilinear": (1.0, lambda x: max(0.0, 1 - abs(x))),
    "bicubic": (
        2.0,
        lambda x: 1 + abs(x) ** 2 * (1.5 * abs(x) - 2.5)
        if abs(x) < 1
        else (((abs(x) - 5) * abs(x) + 8) * abs(x) - 4) * -0.5
        if abs(x) < 2
        else 0.0,
    ),
}
PILLOW = {"nearest": 0, "bilinear": 2, "bicubic": 3, "box": 4}


def matrix(size, out, kind):
    support, weigh = FILTERS[kind]
    scale = size / out
    stretch = max(scale, 1.0)
    m = np.zeros((out, size), dtype=np.int64)
    for i in range(out):
        centre = (i + 0.5) * scale
        low = max(0, int(centre - support * stretch + 0.5))
        high = min(size, int(centre + support * stretch + 0.5))
        w = np.array([weigh((x - centre + 0.5) / stretch) for x in range(low, high)])
        w = w / w.sum() * (1 << 22)
        m[i, low:high] = [math.trunc(v - 0.5 if v < 0 else v + 0.5) for v in w]
    return m


def resize(a, height, width, kind):
    if kind == "nearest":
        rows = np.floor((np.arange(height) + 0.5) * a.shape[0] / height).astype(int)
        columns = np.floor((np.arange(width) + 0.5) * a.shape[1] / width).astype(int)
        return a[rows][:, columns]
    done = lambda s: np.clip((s + (1 << 21)) >> 22, 0, 255)
    a = a.astype(np.int64)
    if width != a.shape[1]:
        a = done(np.einsum("xk,ykc->yxc", matrix(a.shape[1], width, kind), a))
    if height != a.shape[0]:
        a = done(np.einsum("yk,kxc->yxc", matrix(a.shape[0], height, kind), a))
    return a.astype(np.uint8)


def packed(a):
    a = np.asarray(a, dtype=np.uint8)
    return {"shape": list(a.shape), "bytes": base64.b64encode(a.tobytes()).decode()}


y, x = np.mgrid[0:17, 0:23]
plane = lambda f: (127.5 + 127.5 * np.sin(f)).astype(np.uint8)
rgb = np.dstack([plane(x * y / 9 + 1), plane(x / 2 - y), plane((x - 11) ** 2 / 20 + y / 3)])
alpha = plane(x + y)
image = Image.fromarray(rgb)
grey = image.convert("L")
palette = image.quantize(13)
bits = image.convert("1")
y, x = np.mgrid[0:40, 0:61]
smooth = Image.fromarray(np.dstack([plane(x / 17 + y / 9), plane(x / 11 - y / 13), plane(y / 8)]))

folder.mkdir(parents=True, exist_ok=True)
files = {
    "rgb.png": (image, {}),
    "grey.png": (grey, {}),
    "palette.png": (palette, {}),
    "bits.png": (bits, {}),
    "rgba.png": (Image.fromarray(np.dstack([rgb, alpha])), {}),
    "grey-alpha.png": (Image.fromarray(np.dstack([np.asarray(grey), alpha]), "LA"), {}),
    "rgb.bmp": (image, {}),
    "palette.bmp": (palette, {}),
    "bits.bmp": (bits, {}),
    "rgba.bmp": (Image.fromarray(np.dstack([rgb, alpha])), {}),
    "lossless.webp": (image, {"lossless": True}),
    "alpha.webp": (Image.fromarray(np.dstack([rgb, np.full_like(alpha, 200)])), {"lossless": True}),
    "lossy.webp": (smooth, {"quality": 90}),
    "smooth.jpg": (smooth, {"quality": 95, "subsampling": 0}),
    "grey.jpg": (smooth.convert("L"), {"quality": 95}),
    "subsampled.jpg": (smooth, {"quality": 90, "subsampling": 2}),
    "progressive.jpg": (smooth, {"quality": 95, "subsampling": 0, "progressive": True}),
}
decoded = {}
for name, (picture, options) in files.items():
    picture.save(folder / name, **options)
    decoded[name] = packed(Image.open(folder / name).convert("RGB"))

resized = []
for kind in ["bilinear", "bicubic", "box", "nearest"]:
    for height, width in [(8, 9), (17, 10), (5, 23), (40, 31), (1, 1)]:
        ours = resize(rgb, height, width, kind)
        theirs = np.asarray(image.resize((width, height), PILLOW[kind]))
        assert (ours == theirs).all(), (kind, height, width)
        resized.append({"filter": kind, "height": height, "width": width, **packed(ours)})
# NumPy rounds greys as Pillow does.
weighted = (rgb.astype(np.int64) @ [19595, 38470, 7471] + 0x8000) >> 16
assert (weighted == np.asarray(grey)).all()
# As a classifier of ImageNet takes it, at a small scale: shorter side, middle, mean and standard deviation.
short = resize(rgb, 12, int(12 * 23 / 17), "bilinear")
top, left = (short.shape[0] - 10) // 2, (short.shape[1] - 10) // 2
middle = short[top : top + 10, left : left + 10].astype(float) / 255
pixels = ((middle - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]).transpose(2, 0, 1)


def pca(images, side, k):
    """Of grey images, pooled to a square: share of variance and coordinates up to their sign."""
    x = np.array([resize(image[:, :, None], side, side, "box").ravel() for image in images]) / 255
    x = x.astype(np.float32).astype(float)
    x -= x.mean(0)
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    return {"side": side, "kept": float((s[:k] ** 2).sum() / (s**2).sum()), "scores": np.abs(u * s)[:5, :k].tolist()}


digits = np.load(here.parents[2] / "media/samples/digits/digits-test-images.npy")[:100, 0]
digits = np.floor(255 * digits.astype(float) + 0.5).astype(np.uint8)
result = {"pca": [pca(digits, 8, 6), pca(digits, 4, 6)], "decoded": decoded, "resized": resized, "grey": packed(weighted), "pixels": pixels.ravel().tolist()}
(here / "images.json").write_text(json.dumps(result))
