"""A sound in every way that .wav files store it, and its samples by Python's wave and NumPy. Writes fixtures/audio and audio.json.

    python3 test/fidelity/reference/audio.py
"""
import json
import pathlib
import wave

import numpy as np
from scipy.io import wavfile

here = pathlib.Path(__file__).parent
folder = here.parent / "fixtures" / "audio"
folder.mkdir(parents=True, exist_ok=True)
t = np.arange(200) / 8000
sound = np.stack([0.8 * np.sin(2 * np.pi * 440 * t), np.sin(2 * np.pi * 100 * t) ** 3], axis=1)
expected = {}


def whole(name, bits, channels):
    data = sound[:, :channels]
    values = np.floor(data * (2 ** (bits - 1) - 1) + 0.5).astype(np.int64)
    raw = (values + 128).astype("u1").tobytes() if bits == 8 else b"".join(int(v).to_bytes(bits // 8, "little", signed=True) for v in values.ravel())
    with wave.open(str(folder / name), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(bits // 8)
        file.setframerate(8000)
        file.writeframes(raw)
    expected[name] = (values / 2 ** (bits - 1)).mean(axis=1).tolist()


whole("pcm8.wav", 8, 1)
whole("pcm16.wav", 16, 2)
whole("pcm24.wav", 24, 2)
whole("pcm32.wav", 32, 1)
for name, kind in [("float32.wav", np.float32), ("float64.wav", np.float64)]:
    wavfile.write(folder / name, 44100, sound.astype(kind))
    rate, read = wavfile.read(folder / name)
    expected[name] = read.astype(float).mean(axis=1).tolist()
# The same as an extensible format, with a chunk of another kind and odd length before the samples.
plain = (folder / "pcm16.wav").read_bytes()
guid = bytes.fromhex("0100000000001000800000aa00389b71")
fmt = b"fmt " + (40).to_bytes(4, "little") + (0xFFFE).to_bytes(2, "little") + plain[22:36] + (22).to_bytes(2, "little") + (16).to_bytes(2, "little") + (3).to_bytes(4, "little") + guid
body = b"WAVE" + b"LIST" + (3).to_bytes(4, "little") + b"abc\0" + fmt + plain[36:]
(folder / "extensible.wav").write_bytes(b"RIFF" + len(body).to_bytes(4, "little") + body)
expected["extensible.wav"] = expected["pcm16.wav"]
(here / "audio.json").write_text(json.dumps(expected))
