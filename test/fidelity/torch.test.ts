import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openData } from '../../src/data/file';
import type { DataFile } from '../../src/data/tensor';
import { UserError } from '../../src/protocol/errors';
import expected from './reference/torch_files.json';

/** Bits of the values that PyTorch wrote, as NumPy has them: reference/torch_files.py. */
const fixtures = join(import.meta.dirname, 'fixtures', 'torch');
const limit = 1e8;

interface Entry {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: string;
}

const files: Readonly<Record<string, Readonly<Record<string, Entry>>>> = expected.files;
const refused: Readonly<Record<string, Readonly<Record<string, string>>>> = expected.refused;

/** Hexadecimal bytes of big-endian float64; NaN is NaN whatever its bits. */
function bits(values: ArrayLike<number>): string {
  const bytes = Buffer.alloc(values.length * 8);
  for (let i = 0; i < values.length; i++)
    bytes.writeDoubleBE(Number.isNaN(values[i]) ? NaN : (values[i] as number), 8 * i);
  return bytes.toString('hex');
}

/** Every window of rows too: views are cut where their elements lie. */
async function check(file: DataFile, name: string | null, { shape, dtype, values }: Entry): Promise<void> {
  const all = await file.read(name, { limit });
  const right = wanted(values);
  expect({ name, shape: all.shape, dtype: all.dtype, values: bits(all.data) }).toEqual({
    ...{ name, shape, dtype, values: bits(right) },
  });
  const [rows = 0, ...rest] = shape;
  const length = rest.reduce((product, size) => product * size, 1);
  for (let start = 0; start < rows; start++)
    for (let end = start; end <= rows; end++) {
      const part = await file.read(name, { limit, rows: [start, end] });
      expect(part.shape).toEqual([end - start, ...rest]);
      expect(bits(part.data)).toBe(bits(right.subarray(start * length, end * length)));
    }
}

function wanted(values: string): Float64Array {
  const bytes = Buffer.from(values, 'hex');
  return Float64Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleBE(8 * i));
}

test('every fixture is checked', () => {
  expect(Object.keys(files).sort()).toEqual(readdirSync(fixtures).sort());
});

describe('what PyTorch wrote is read bit for bit, whole and by rows', () => {
  for (const [name, entries] of Object.entries(files))
    test(name, async () => {
      const file = await openData(join(fixtures, name));
      try {
        const { tensors, format } = file.describe();
        expect(format).toBe('torch');
        const names = tensors.map((tensor) => tensor.name ?? '');
        expect(names.sort()).toEqual([...Object.keys(entries), ...Object.keys(refused[name] ?? {})].sort());
        for (const [tensor, entry] of Object.entries(entries)) await check(file, tensor === '' ? null : tensor, entry);
      } finally {
        await file.close();
      }
    });
});

describe('what cannot be read is described with the reason', () => {
  for (const [name, reasons] of Object.entries(refused))
    test(name, async () => {
      const file = await openData(join(fixtures, name));
      for (const [tensor, why] of Object.entries(reasons)) {
        const described = file.describe().tensors.find((one) => one.name === tensor);
        expect(described?.unusable).toContain(why);
        const error = await file.read(tensor, { limit }).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(UserError);
        expect((error as UserError).message).toMatch(new RegExp(`^${name}: tensor '${tensor}' .*`));
      }
      await file.close();
    });
});
