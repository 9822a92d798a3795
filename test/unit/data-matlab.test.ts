import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openData } from '../../src/data/file';
import { UserError } from '../../src/protocol/errors';
import { limit, read, refusal, scratch } from './data-files';

const { write } = scratch();
const fixtures = join(import.meta.dirname, '..', 'fidelity', 'fixtures', 'matlab');
const file = (name: string) => readFileSync(join(fixtures, name));

function header(): Buffer {
  const out = Buffer.alloc(128, ' ');
  out.write('MATLAB 5.0 MAT-file');
  out.writeUInt16LE(0x100, 124);
  out.write('IM', 126);
  return out;
}

function element(type: number, data: Uint8Array, size = data.length): Buffer {
  const tag = Buffer.alloc(8);
  tag.writeUInt32LE(type);
  tag.writeUInt32LE(size, 4);
  return Buffer.concat([tag, data, Buffer.alloc(-data.length & 7)]);
}

const integers = (...values: number[]) => Buffer.from(Int32Array.from(values).buffer);

/** A variable of doubles whose sizes need not be true. */
function array(shape: readonly number[], data: Uint8Array, size = data.length): Buffer {
  const parts = [element(6, integers(6, 0)), element(5, integers(...shape)), element(1, Buffer.from('x'))];
  return element(14, Buffer.concat([...parts, element(9, data, size)]));
}

async function readAll(path: string): Promise<Map<string, number[]>> {
  const opened = await openData(path);
  try {
    const out = new Map<string, number[]>();
    for (const { name, unusable } of opened.describe().tensors)
      if (!unusable) out.set(name as string, [...(await opened.read(name, { limit })).data]);
    return out;
  } finally {
    await opened.close();
  }
}

test('files cut anywhere: what is read is right, the rest is told', async () => {
  for (const name of ['v6.mat', 'v7.mat']) {
    const whole = file(name);
    const right = await readAll(write('whole.mat', whole));
    for (let at = 1; at < whole.length; at += 97) {
      const got = await readAll(write('cut.mat', whole.subarray(0, at))).catch((error) => {
        if (error instanceof UserError) return new Map<string, number[]>();
        throw error;
      });
      for (const [tensor, values] of got) expect(values).toEqual(right.get(tensor));
    }
  }
});

test('a flipped bit in a compressed variable is noticed when it is read whole', async () => {
  const whole = file('v7.mat');
  const right = await readAll(write('whole.mat', whole));
  const place = fc.record({ at: fc.integer({ min: 128, max: whole.length - 1 }), bit: fc.nat(7) });
  await fc.assert(
    fc.asyncProperty(place, async ({ at, bit }) => {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] as number) ^ (1 << bit);
      try {
        for (const [tensor, values] of await readAll(write('flip.mat', damaged)))
          if (!tensor.includes('.')) expect(values).toEqual(right.get(tensor));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }),
    { numRuns: 60, seed: 7 },
  );
});

test('a flipped bit in a plain file never ends in anything but values or words', async () => {
  const whole = file('v6.mat');
  const place = fc.record({ at: fc.nat(whole.length - 1), bit: fc.nat(7) });
  await fc.assert(
    fc.asyncProperty(place, async ({ at, bit }) => {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] as number) ^ (1 << bit);
      await readAll(write('flip.mat', damaged)).catch((error) => {
        if (!(error instanceof UserError)) throw error;
      });
    }),
    { numRuns: 100, seed: 7 },
  );
});

test('sizes that are not true', async () => {
  const eight = Buffer.alloc(8);
  const cases: readonly (readonly [Buffer, RegExp])[] = [
    [array([2, 1], eight), /should hold 16 bytes and holds 8/],
    [array([1, 1], eight, 4_000_000_000), /4,000,000,000 bytes should follow/],
    [array([1, -1], eight), /every size must be an integer from 0/],
    [array([2 ** 30, 2 ** 30, 2 ** 30], eight), /more than any file can hold/],
    [element(14, eight, 2 ** 31), /2,147,483,648 bytes should follow/],
    [element(15, Buffer.from('not zlib')), /cannot be unpacked/],
    [element(15, deflateSync(element(14, eight, 2 ** 31))), /bytes, fewer than it says/],
    [element(15, deflateSync(element(9, eight))), /is no array/],
  ];
  for (const [body, reason] of cases) {
    const path = write('sizes.mat', Buffer.concat([header(), body]));
    const told = await openData(path).then(
      async (opened) => {
        const { tensors } = opened.describe();
        await opened.close();
        return tensors[0]?.unusable;
      },
      (error: Error) => error.message,
    );
    expect(told).toMatch(reason);
  }
});

test('a bomb is refused by its declared size, and one that ends early costs no memory', async () => {
  const declared = 8 * 200 * (1 << 20);
  const parts = [element(6, integers(6, 0)), element(5, integers(1 << 20, 200)), element(1, Buffer.from('x'))];
  const tag = element(9, Buffer.alloc(0), declared);
  const start = Buffer.concat([...parts, tag]);
  // The data that the header declares begin as zeros: 64 MB that take a thousandth of it.
  const variable = Buffer.concat([
    element(14, Buffer.alloc(0), start.length + declared),
    start,
    Buffer.alloc(64 << 20),
  ]);
  const packed = deflateSync(variable, { level: 1 });
  const size = Buffer.alloc(8);
  size.writeUInt32LE(15);
  size.writeUInt32LE(packed.length, 4);
  const path = write('bomb.mat', Buffer.concat([header(), size, packed]));
  expect(await refusal(read(path, 'x'))).toContain('needs 1.68 GB of memory for 1,048,576 x 200 values');
});

test('other files', async () => {
  expect(await refusal(openData(write('short.mat', 'MATLAB')))).toContain('ends within its header');
  expect(await refusal(openData(write('other.mat', Buffer.alloc(200, 'x'))))).toContain('no MATLAB file of version');
  const renamed = write('renamed.h5', file('v73.mat'));
  expect(await refusal(openData(renamed))).toBe(
    'renamed.h5: this is no .h5 file but a MATLAB file. Rename it to .mat if that is meant.',
  );
});
