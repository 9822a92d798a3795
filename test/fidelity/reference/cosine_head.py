"""Cross-entropy of cosines with fixed vectors, by PyTorch's autograd and Adam; prints JSON.

    python3 test/fidelity/reference/cosine_head.py > test/fidelity/reference/cosine_head.json
"""

import gzip
import json
import pathlib

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures"
TEMPERATURE = 0.07


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def det(n, d, s):
    return np.sin((np.arange(n * d) + float(s)).reshape(n, d) ** 2)


def simplex(k):
    """The identity and one point as far from all of them, about their mean."""
    points = np.vstack([np.eye(k - 1), np.full(k - 1, (1 - k**0.5) / (k - 1))])
    return unit(points - points.mean(0))


def spread(b, alpha, most):
    """Vectors of length 1 pushed apart until no |cosine| is above alpha by 1e-4."""
    best = np.inf
    for step in range(most + 1):
        b = unit(b)
        g = b @ b.T - np.eye(len(b))
        if np.abs(g).max() < best:
            best, kept = np.abs(g).max(), b
        if best <= alpha + 1e-4 or step == most:
            return kept
        b = b - 2e-3 * (np.sign(g) * (np.abs(g) > alpha)) @ b


def ridge(x, targets):
    return np.linalg.solve(x.T @ x + np.eye(x.shape[1]), x.T @ targets)


def fit(x, y, start, bias, vectors, steps):
    """Weights and biases after so many steps, all rows at once, and the loss before the first."""
    w, b = (torch.tensor(part).requires_grad_(True) for part in (start, bias))
    x, y, vectors = torch.tensor(x), torch.tensor(y.astype(int)), torch.tensor(vectors)
    adam = torch.optim.Adam([w, b], lr=0.02)
    first = None
    for _ in range(steps):
        images = torch.nn.functional.normalize(x @ w + b, dim=1)
        loss = torch.nn.functional.cross_entropy(images @ vectors.T / TEMPERATURE, y)
        first = loss.item() if first is None else first
        adam.zero_grad()
        loss.backward()
        adam.step()
    return w.detach().numpy(), b.detach().numpy(), first


def main():
    of = np.arange(42) % 3
    x, vectors = unit(det(42, 6, 3) + 0.5 * np.eye(6)[of]), unit(det(3, 4, 900))
    w, b, loss = fit(x, of, det(6, 4, 70), np.zeros(4), vectors, 40)
    rows = np.frombuffer(gzip.decompress((FIXTURES / "digits" / "digits.bin.gz").read_bytes()), np.uint8).reshape(-1, 65)
    pixels, y = unit(rows[:, :64].astype(float)), rows[:, 64]
    digits = {}
    for d, frame in {10: np.eye(10), 9: simplex(10), 5: spread(det(10, 5, 1), 0.45, 1500)}.items():

        def accuracy(fitted, start, bias, frame=frame):
            w, b, _ = fit(pixels[fitted], y[fitted], start, bias, frame, 400)
            return ((unit(pixels[~fitted] @ w + b) @ frame.T).argmax(1) == y[~fitted]).mean()

        # Other splits, weights and, where there are more vectors than dimensions, vectors too.
        draws = []
        for seed in range(5):
            random = np.random.default_rng(seed)
            some = random.permutation(len(y)) < 1200
            own = spread(random.normal(size=(10, 5)), 0.36, 3000) if d == 5 else frame
            draws.append(accuracy(some, random.uniform(-1, 1, (64, d)) / 8, random.uniform(-1, 1, d) / 8, own))
        thirds = np.arange(len(y)) % 3 != 2
        digits[d] = {"from ridge": accuracy(thirds, ridge(pixels[thirds], frame[y[thirds]]), np.zeros(d)), "draws": draws}
    print(json.dumps({"loss": loss, "images": unit(x @ w + b).ravel().tolist(), "digits": digits}, indent=1))


main()
