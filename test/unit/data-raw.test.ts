import { expect, test } from 'vitest';
import { openData } from '../../src/data/file';
import { expandTensors, readRepresentation } from '../../src/data/representation';
import { array, floats, limit, refusal, scratch } from './data-files';

const { folder, write } = scratch();

async function values(name: string, content: Uint8Array, raw: string) {
  write(name, content);
  const { matrix, dtype, shape } = await readRepresentation({ path: name, raw }, folder, { limit });
  return { shape, dtype, data: Array.from(matrix.data) };
}

const opening = async (name: string, content: Uint8Array, raw?: string) => {
  const file = await openData(write(name, content), { raw });
  await file.close();
};

test('bytes are read as they are said to be', async () => {
  expect(await values('a.bin', floats(1, 2, 3, 4, 5, 6), 'float32:2x3')).toEqual({
    shape: [2, 3],
    dtype: 'float32',
    data: [1, 2, 3, 4, 5, 6],
  });
  const big = Buffer.alloc(12);
  for (const [i, value] of [-2, 300, 7, 8].entries()) big.writeInt16BE(value, 4 + 2 * i);
  expect((await values('a.raw', big, '>int16:2x2@4')).data).toEqual([-2, 300, 7, 8]);
  expect((await values('a.raw', Buffer.from([1, 2, 3]), 'uint8:3')).data).toEqual([1, 2, 3]);
  expect((await values('a.raw', floats(1, 2), ' <FLOAT32:1X2 ')).data).toEqual([1, 2]);
  // Also where they begin like another format.
  const looks = array([2], [1, 2]);
  expect((await values('npy.bin', looks, `uint8:${looks.length}`)).data).toEqual([...looks]);
  expect(await expandTensors({ path: 'a.bin', raw: 'float32:2x3' }, folder)).toEqual([
    { path: 'a.bin', raw: 'float32:2x3' },
  ]);
});

const spec = 'Give type and shape, as float32:450x64, or >int16:1000x8@128 (big-endian, from byte 128)';
const bad: Record<string, [raw: string | undefined, told: string]> = {
  'nothing is said': [
    undefined,
    `a.raw: raw bytes do not say what they are. ${spec}. 24 bytes would be 6 float32 values (2x3, 3x2), or 3 float64 values, or ` +
      '12 float16 values (3x4, 4x3, 6x2).',
  ],
  'no shape': ['float32', `a.raw: 'float32' says no type and shape. ${spec}.`],
  'a fraction': ['float32:2.5x2', "'float32:2.5x2' says no type and shape"],
  'an unknown type': ['float31:2x3', "a.raw: 'float31' is no type of numbers. NumPy's names are known: float32,"],
  'a size of nothing': ['float32:0x3', '0 x 3 values are none; every size must be at least 1'],
  'a shape too small': [
    'float32:1x3',
    'a.raw: 1 x 3 float32 values are 12 bytes; the file has 24. 24 bytes would be 6 float32 values (2x3, 3x2)',
  ],
  'a shape too large': ['float32:3x3', '3 x 3 float32 values are 36 bytes; the file has 24.'],
  'a place beyond the end': ['float32:2x3@24', '2 x 3 float32 values are 24 bytes; the file has 0 from byte 24.'],
  'more than a file can hold': ['float32:999999999999999x999999999999999', 'more than any file can hold'],
};
for (const [what, [raw, told]] of Object.entries(bad))
  test(`${what}: the person is told`, async () => {
    expect(await refusal(opening('a.raw', floats(1, 2, 3, 4, 5, 6), raw))).toContain(told);
  });

test('other formats that end in .bin are told apart; other files are not read as raw bytes', async () => {
  const model = Buffer.alloc(8);
  model.writeInt32LE(793712314);
  expect(await refusal(opening('model.bin', model))).toContain('a model of fastText, which is not read. Open the .vec');
  expect(await refusal(opening('a.npy', array([1], [1]), 'float32:1'))).toContain(
    "only .bin, .raw files are read as raw bytes, and 'float32:1' says how. Leave it out for this file.",
  );
});
