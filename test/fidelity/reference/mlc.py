"""Linearise and cluster, from PyTorch (gradients by its autograd) and scikit-learn; prints JSON.

    python3 test/fidelity/reference/mlc.py > test/fidelity/reference/mlc.json
    python3 test/fidelity/reference/mlc.py full    # all digits at the published size, 20 seconds a draw
"""

import gzip
import json
import pathlib
import sys

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import laplacian
from sklearn.cluster import KMeans
from sklearn.metrics import normalized_mutual_info_score

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures"
EPS, ETA, SPREAD = 0.1, 0.175, 0.05


def det(n, d, s):
    return np.sin((np.arange(n * d) + float(s)).reshape(n, d) ** 2)


def unpack(values, p, h, d):
    """Views of one vector: first layer, normalisation, second layer, feature head, cluster head."""
    sizes = [(p, h), (h,), (h,), (h,), (h, h), (h,), (h, d), (d,), (h, d), (d,)]
    out, at = [], 0
    for size in sizes:
        count = int(np.prod(size))
        out.append(values[at : at + count].reshape(size).clone().detach().requires_grad_(True))
        at += count
    return out


def forward(w, x):
    w1, b1, gain, shift, w2, b2, wf, bf, wc, bc = w
    a = torch.nn.functional.batch_norm(x @ w1 + b1, None, None, gain, shift, training=True, eps=1e-5)
    hidden = torch.relu(torch.relu(a) @ w2 + b2)
    unit = torch.nn.functional.normalize
    return unit(hidden @ wf + bf, dim=1), unit(hidden @ wc + bc, dim=1)


def sinkhorn(c, steps, eta=ETA):
    """Alternating updates of potentials, in logarithms."""
    s = (c @ c.T).abs()
    u, v = torch.zeros(len(c)), torch.zeros(len(c))
    for step in range(steps):
        if step % 2 == 0:
            u = -eta * torch.logsumexp((s + v[None]) / eta, 1)
        else:
            v = -eta * torch.logsumexp((s + u[:, None]) / eta, 0)
    return torch.exp((s + u[:, None] + v[None]) / eta)


def rate(z):
    n, d = z.shape
    return torch.logdet(torch.eye(d) + d / (n * EPS) * z.T @ z)


def member_rate(z, gamma):
    n, d = z.shape
    grams = (gamma @ (z[:, :, None] * z[:, None, :]).reshape(n, -1)).reshape(n, d, d)
    return torch.logdet(torch.eye(d) + d / EPS * grams).sum() / n


def loss_of(w, x, warm):
    z, c = forward(w, x)
    if warm:
        return -rate(z) / 2
    gamma = sinkhorn(c, 5)
    return -rate(z) / 2 + member_rate(z, gamma) / 2 + SPREAD / 2 * (gamma**2).sum()


def trained(w, x, batches, warm_up, epochs, lr, follow):
    net = torch.optim.SGD(w[:8], lr=lr, momentum=0.9, weight_decay=1e-4)
    head = torch.optim.SGD(w[8:], lr=lr, momentum=0.9, weight_decay=5e-3)

    def step(batch, warm):
        net.zero_grad()
        head.zero_grad()
        loss_of(w, x[batch], warm).backward()
        net.step()
        head.step()

    done = 0
    while done < warm_up:
        for batch in batches():
            if done < warm_up:
                step(batch, True)
            done += 1
    with torch.no_grad():
        w[8].copy_(w[6])
        w[9].copy_(w[7])
    curve, best, kept = [], -np.inf, None
    for epoch in range(epochs + 1):
        if epoch > 0:
            for batch in batches():
                step(batch, False)
        with torch.no_grad():
            z, c = (part[follow] for part in forward(w, x))
            whole, parts = rate(z).item(), member_rate(z, sinkhorn(c, 101)).item()
        curve.append([whole, parts])
        if whole - parts > best:
            best, kept = whole - parts, [part.detach().clone() for part in w]
    return curve, kept


def small():
    """Losses, gradients and a few steps from weights that anybody can write down again."""
    p, h, d, n = 6, 8, 4, 24
    size = (p + 1) * h + 2 * h + (h + 1) * h + 2 * (h + 1) * d
    values = torch.tensor(0.5 * np.sin((np.arange(size) + 7.0) ** 2))
    x = det(n, p, 3)
    x = torch.tensor(x - x.mean(0))
    out = {}
    for name, warm in (("warm", True), ("whole", False)):
        w = unpack(values, p, h, d)
        loss = loss_of(w, x, warm)
        loss.backward()
        flat = [np.zeros(part.shape).ravel() if part.grad is None else part.grad.numpy().ravel() for part in w]
        out[name] = {"loss": loss.item(), "gradient": np.concatenate(flat).tolist()}
    curve, _ = trained(unpack(values, p, h, d), x, lambda: [np.arange(n)], 3, 4, 0.01, np.arange(n))
    return {**out, "curve": curve}


def load():
    rows = np.frombuffer(gzip.decompress((FIXTURES / "digits" / "digits.bin.gz").read_bytes()), np.uint8).reshape(-1, 65)
    return rows[:, :64].astype(float), rows[:, 64]


def accuracy(y, found):
    table = np.zeros((10, max(10, found.max() + 1)))
    np.add.at(table, (y, found), 1)
    rows, columns = linear_sum_assignment(-table)
    return table[rows, columns].sum() / len(y)


def agreement(y, found):
    return [accuracy(y, found), normalized_mutual_info_score(y, found)]


def spectral(gamma, k):
    vectors = np.linalg.eigh(laplacian((gamma + gamma.T) / 2, normed=True))[1][:, :k]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return KMeans(k, n_init=10, random_state=0).fit_predict(vectors)


def rank(z):
    shares = np.linalg.svd(z, compute_uv=False) ** 2
    return int((np.cumsum(shares) / shares.sum() <= 0.95).sum() + 1)


def cosines(z, y):
    g, same = np.abs(z @ z.T), y[:, None] == y[None]
    off = ~np.eye(len(y), dtype=bool)
    return [g[same & off].mean(), g[~same].mean()]


def described(w, x, y):
    with torch.no_grad():
        z, c = forward(w, x)
        gamma = sinkhorn(c, 301).numpy()
    z = z.numpy()
    ranks = [rank(z[y == c]) for c in range(10)]
    return {
        "agreement": agreement(y, spectral(gamma, 10)),
        "rank": rank(z),
        "class ranks": [min(ranks), max(ranks), float(np.mean(ranks))],
        "cosines": cosines(z, y),
    }


def digits(seed, rows, h, d, size, warm_up, epochs):
    """After the warm-up and at the epoch of the largest reduction."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    x, y = load()
    x, y = x[:rows] - x[:rows].mean(0), y[:rows]
    x = torch.tensor(x / np.sqrt((x**2).mean()))
    p = x.shape[1]

    def drawn(a, b):
        return [(2 * torch.rand(a, b) - 1) / a**0.5, (2 * torch.rand(b) - 1) / a**0.5]

    w = [*drawn(p, h), torch.ones(h), torch.zeros(h), *drawn(h, h), *drawn(h, d), *drawn(h, d)]
    for part in w:
        part.requires_grad_(True)

    def batches():
        order = random.permutation(rows)
        return [order[k * size : (k + 1) * size] for k in range(rows // size)]

    follow = np.sort(random.permutation(rows)[:512])
    start = [part.detach().clone().requires_grad_(True) for part in w]
    _, warm = trained(start, x, batches, warm_up, 0, 0.01, follow)
    curve, kept = trained(w, x, batches, warm_up, epochs, 0.01, follow)
    gains = [whole - parts for whole, parts in curve]
    return {"best": int(np.argmax(gains)), "gains": [gains[0], max(gains)], "warm": described(warm, x, y), "after": described(kept, x, y)}


def raw():
    """Pixels as they are: k-means, and the membership of rows of length 1."""
    x, y = load()
    unit = torch.tensor(x / np.linalg.norm(x, axis=1, keepdims=True))
    return {
        "kmeans": agreement(y, KMeans(10, n_init=20, random_state=0).fit_predict(x)),
        "directions": agreement(y, spectral(sinkhorn(unit, 301).numpy(), 10)),
        "sharp": agreement(y, spectral(sinkhorn(unit, 301, 0.05).numpy(), 10)),
    }


def main():
    if "full" in sys.argv:
        for seed in range(int(sys.argv[-1]) if sys.argv[-1].isdigit() else 3):
            print(json.dumps(digits(seed, 1797, 256, 32, 256, 41, 34)), flush=True)
        return
    runs = [digits(seed, 600, 64, 16, 120, 20, 10) for seed in range(8)]
    print(json.dumps({"small": small(), "raw": raw(), "digits": runs}, indent=1))


main()
