import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readWav } from '../../src/models/audio';
import { UserError } from '../../src/protocol/errors';
// By Python's wave and NumPy: reference/audio.py.
import reference from './reference/audio.json';

const folder = join(import.meta.dirname, 'fixtures/audio');
const limit = 1e6;

test.each(Object.entries(reference))('%s', async (name, expected) => {
  const { samples, rate, channels, notes } = await readWav(join(folder, name), { limit });
  expect(samples).toHaveLength(expected.length);
  for (const [i, value] of samples.entries()) expect(Math.abs(value - (expected[i] as number))).toBeLessThan(1e-7);
  expect(rate).toBe(name.startsWith('float') ? 44_100 : 8000);
  expect(notes.join('; ')).toContain('Hz, not resampled');
  expect(notes.includes('mean of 2 channels')).toBe(channels === 2);
});

test('damage is said in words, whatever is cut or changed', async () => {
  const bad = join(mkdtempSync(join(tmpdir(), 'sextant-audio-')), 'bad.wav');
  const whole = readFileSync(join(folder, 'pcm24.wav'));
  for (let k = 0; k < 48; k++) {
    const changed = Buffer.from(whole);
    changed[k] = (changed[k] as number) ^ 0xff;
    for (const bytes of [changed, whole.subarray(0, k)]) {
      writeFileSync(bad, bytes);
      await readWav(bad, { limit }).catch((error: unknown) => expect(error).toBeInstanceOf(UserError));
    }
  }
  writeFileSync(bad, whole.subarray(0, 44));
  await expect(readWav(bad, { limit })).rejects.toThrow(/holds no samples/);
  await expect(readWav(join(folder, 'pcm16.wav'), { limit: 1000 })).rejects.toThrow(/need 1\.60 kB of memory/);
  const mulaw = Buffer.from(whole);
  mulaw.writeUInt16LE(7, 20);
  writeFileSync(bad, mulaw);
  await expect(readWav(bad, { limit })).rejects.toThrow(/kind 7 with 24 bits/);
});

test('what lies beyond float32 is refused as what is no number, though it is stored in float64', async () => {
  const bad = join(mkdtempSync(join(tmpdir(), 'sextant-audio-')), 'bad.wav');
  const bytes = readFileSync(join(folder, 'float64.wav'));
  const data = bytes.indexOf('data', 0, 'latin1') + 8;
  // The largest number of float32 is 2 ** 128 - 2 ** 104; halfway to 2 ** 128 it rounds to infinity.
  for (const [value, fits] of [
    [2 ** 128 - 2 ** 104, true],
    [2 ** 128 - 2 ** 103, false],
    [-1e300, false],
    [Number.NaN, false],
  ] as const) {
    for (const channel of [0, 1]) bytes.writeDoubleLE(value, data + 3 * 16 + channel * 8);
    writeFileSync(bad, bytes);
    if (fits) expect((await readWav(bad, { limit })).samples[3]).toBe(value);
    else await expect(readWav(bad, { limit })).rejects.toThrow('bad.wav: sample 3 is not a finite number in float32.');
  }
});

test('a file that is cut off says how many samples it was to have, a stream only those that are there', async () => {
  const bad = join(mkdtempSync(join(tmpdir(), 'sextant-audio-')), 'bad.wav');
  // Python's wave writes 44 bytes and 200 samples of two channels with 16 bits.
  const whole = readFileSync(join(folder, 'pcm16.wav'));
  const read = async (bytes: Uint8Array) => {
    writeFileSync(bad, bytes);
    const { samples, declared } = await readWav(bad, { limit });
    return [samples.length, declared];
  };
  expect(await read(whole)).toEqual([200, 200]);
  expect(await read(whole.subarray(0, 44 + 4 * 7 + 3))).toEqual([7, 200]);
  for (const length of [0x7ffff000, 0xffffffff]) {
    whole.writeUInt32LE(length, 40);
    expect(await read(whole)).toEqual([200, 200]);
  }
});
