import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RawTensor } from '../../src/data/tensor';
import { UserError } from '../../src/protocol/errors';
import { array, floats, npy, read, safetensors, scratch, zip } from '../unit/data-files';

/** Random damage to good files: either the person is told, or what comes out is right. */
const { write } = scratch();
const fixtures = join(import.meta.dirname, '..', 'fidelity', 'fixtures', 'data');
const values = [1, 2, 3, 4, 5, 6];

type Damage =
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number };

const damage = fc.oneof(
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.integer({ min: 0, max: 7 }) }),
);

function apply(content: Buffer, { at, ...rest }: Damage): Buffer {
  if (rest.kind === 'cut') return content.subarray(0, at % content.length);
  const out = Buffer.from(content);
  const place = at % out.length;
  out[place] = (out[place] as number) ^ (1 << rest.bit);
  return out;
}

/** Undefined where the person is told; any error that is no UserError fails. */
async function attempt(path: string, tensor: string | null): Promise<RawTensor | undefined> {
  try {
    const tensorRead = await read(path, tensor);
    expect(tensorRead.data.length).toBe(tensorRead.shape.reduce((product, length) => product * length, 1));
    return tensorRead;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

const run = (property: fc.IAsyncProperty<[Damage]>, numRuns: number) => fc.assert(property, { numRuns, seed: 7 });

test('.npy: damage to the values is a value, damage to the header is told or changes no more than it says', async () => {
  const content = array([2, 3], values);
  await run(
    fc.asyncProperty(damage, async (change) => {
      const damaged = apply(content, change);
      const got = await attempt(write('fuzz.npy', damaged), null);
      if (!got) return;
      // Only a flip leaves a readable file; its bytes are taken as they are.
      expect(change.kind).toBe('flip');
      const body = damaged.subarray(content.length - 24);
      if (got.dtype === 'float32' && !damaged.includes('>f4')) {
        const bytes = Buffer.from(got.data.buffer);
        const fortran = damaged.includes('True');
        if (!fortran) expect(Buffer.compare(bytes, body)).toBe(0);
      }
    }),
    250,
  );
});

for (const method of [0, 8])
  test(`.npz, method ${method}: whatever is damaged, the values are right or nobody gets them`, async () => {
    const content = zip([
      { name: 'a.npy', data: array([2, 3], values), method },
      { name: 'b.npy', data: array([1], [9]), method },
    ]);
    await run(
      fc.asyncProperty(damage, async (change) => {
        const got = await attempt(write('fuzz.npz', apply(content, change)), 'a');
        if (got) expect([got.shape, Array.from(got.data)]).toEqual([[2, 3], values]);
      }),
      200,
    );
  });

test('.npz as Python writes it, with every dtype', async () => {
  const content = readFileSync(join(fixtures, 'zip64-directory.npz'));
  const tensor = 'bool-C-little';
  const right = await read(join(fixtures, 'zip64-directory.npz'), tensor);
  await run(
    fc.asyncProperty(damage, async (change) => {
      const got = await attempt(write('fuzz.npz', apply(content, change)), tensor);
      if (got) expect(got).toEqual(right);
    }),
    150,
  );
});

test('.safetensors', async () => {
  const json =
    '{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"F32","shape":[1],"data_offsets":[24,28]}}';
  const content = safetensors(json, floats(...values, 9));
  await run(
    fc.asyncProperty(damage, async (change) => {
      const got = await attempt(write('fuzz.safetensors', apply(content, change)), 'a');
      if (got) expect(change.kind).toBe('flip');
    }),
    250,
  );
});

test('tables: a flipped bit or a cut never breaks more than a cell without being told', async () => {
  const rows = Array.from({ length: 12 }, (_, i) => [i + 0.5, 100 - i, 3 * i]);
  const content = Buffer.from(`x,"y, z",w\n${rows.map((row) => row.join(',')).join('\n')}\n`);
  await run(
    fc.asyncProperty(damage, async (change) => {
      const got = await attempt(write('fuzz.csv', apply(content, change)), null);
      if (got?.shape[1] !== 3) return;
      const cells = rows.flat();
      const wrong = Array.from(got.data).filter((value, i) => value !== cells[i]).length;
      // A line end that becomes a comma or the reverse cannot hide: the row is ragged.
      expect(wrong).toBeLessThanOrEqual(1);
    }),
    40,
  );
});

test('headers of .npy made of the right words in any order', async () => {
  const word = fc.constantFrom(
    "'descr'",
    "'<f4'",
    "'shape'",
    "'fortran_order'",
    ':',
    ',',
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    '1',
    '-',
    'True',
    "'",
    ' ',
    '\\',
    '9'.repeat(20),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 20 }), async (parts) => {
      await attempt(write('words.npy', npy(parts.join(''), floats(1))), null);
    }),
    { numRuns: 250, seed: 7 },
  );
});

test('headers of .safetensors with any JSON', async () => {
  const number = fc.oneof(fc.integer({ min: -2, max: 30 }), fc.double(), fc.maxSafeInteger());
  const entry = fc.record({
    dtype: fc.constantFrom('F32', 'BF16', 'C64', 'F4', 'X', 1, null),
    shape: fc.oneof(fc.array(number, { maxLength: 3 }), fc.jsonValue()),
    data_offsets: fc.oneof(fc.array(number, { maxLength: 3 }), fc.constantFrom([0, 4], [4, 8])),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.constantFrom('a', 'b', '__metadata__', '__proto__'), fc.oneof(entry, fc.jsonValue())),
      async (header) => {
        await attempt(write('json.safetensors', safetensors(JSON.stringify(header), floats(1, 2))), 'a');
      },
    ),
    { numRuns: 250, seed: 7 },
  );
});

test('a window of rows is the same rows of the whole', async () => {
  const shape = fc.tuple(
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(shape, fc.boolean(), fc.nat(), fc.nat(), async (sizes, fortran, one, two) => {
      const [rows, columns, depth] = sizes;
      const data = Float32Array.from({ length: rows * columns * depth }, (_, i) => i);
      const header = `{'descr': '<f4', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${sizes.join(', ')})}`;
      const path = write('window.npy', npy(header, Buffer.from(data.buffer)));
      const [start, end] = [one % (rows + 1), two % (rows + 1)].sort((a, b) => a - b) as [number, number];
      const whole = await read(path);
      const width = columns * depth;
      // Element (i, j, k) in Fortran order lies at i + rows (j + columns k).
      const at = (i: number, j: number, k: number) =>
        fortran ? i + rows * (j + columns * k) : (i * columns + j) * depth + k;
      const expected = Array.from({ length: rows * width }, (_, n) =>
        at(Math.floor(n / width), Math.floor((n % width) / depth), n % depth),
      );
      expect(Array.from(whole.data)).toEqual(expected);
      expect(Array.from((await read(path, null, { rows: [start, end] })).data)).toEqual(
        expected.slice(start * width, end * width),
      );
    }),
    { numRuns: 150, seed: 7 },
  );
});
