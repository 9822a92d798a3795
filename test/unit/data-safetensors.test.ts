import { describe, expect, test } from 'vitest';
import { openData } from '../../src/data/file';
import { floats, limit, read, refusal, safetensors, scratch } from './data-files';

const { write } = scratch();
const entry = (from: number, to: number, shape = '[2]', dtype = 'F32') =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${from},${to}]}`;

const bad: Record<string, [content: Uint8Array, told: string]> = {
  'an empty file': [Buffer.alloc(0), 'the file is empty (0 bytes)'],
  'five bytes': [Buffer.alloc(5), '5 bytes: too few'],
  'a header of 10 GB in a small file': [
    safetensors('{}', floats(1), 10_000_000_000),
    'should take 10,000,000,000 bytes from byte 8',
  ],
  'a header of 2^64 - 1': [
    safetensors('{}', floats(1), 2 ** 64 - 2048),
    'should take 18,446,744,073,709,550,000 bytes',
  ],
  'no JSON': [safetensors('{"a":'), 'the header is no JSON'],
  'no UTF-8': [
    Buffer.concat([safetensors('', undefined, 3), Buffer.from([0x22, 0xff, 0x22])]),
    'the header is no JSON',
  ],
  'no object': [safetensors('[1]'), 'should be a JSON object'],
  null: [safetensors('null'), 'should be a JSON object'],
  'an entry that is none': [
    safetensors('{"a":1}'),
    "tensor 'a': the header should give its dtype, shape and two data_offsets",
  ],
  'a shape in words': [safetensors(`{"a":${entry(0, 8, '["2"]')}}`, floats(1, 2)), 'should give its dtype, shape'],
  'a negative size': [
    safetensors(`{"a":${entry(0, 8, '[-2]')}}`, floats(1, 2)),
    'every size must be an integer from 0',
  ],
  'a fractional size': [
    safetensors(`{"a":${entry(0, 8, '[2.5]')}}`, floats(1, 2)),
    'every size must be an integer from 0',
  ],
  'a shape that overflows': [
    safetensors(`{"a":${entry(0, 8, '[9007199254740991,4]')}}`, floats(1, 2)),
    'more than any file can hold',
  ],
  'one offset': [safetensors('{"a":{"dtype":"F32","shape":[],"data_offsets":[0]}}', floats(1)), 'two data_offsets'],
  'offsets beyond the file': [
    safetensors(`{"a":${entry(0, 80, '[20]')}}`, floats(1, 2)),
    'at bytes 0 to 80 of the data; the file has 8',
  ],
  'offsets the wrong way round': [safetensors(`{"a":${entry(8, 0)}}`, floats(1, 2)), 'at bytes 8 to 0'],
  'a negative offset': [safetensors(`{"a":${entry(-8, 0)}}`, floats(1, 2)), 'at bytes -8 to 0'],
  'a fractional offset': [safetensors(`{"a":${entry(0.5, 8.5)}}`, floats(1, 2, 3)), 'at bytes 0.5 to 8.5'],
  'more bytes than the shape': [
    safetensors(`{"a":${entry(0, 12)}}`, floats(1, 2, 3)),
    'should hold 2 float32 values (8 bytes); the header gives it 12',
  ],
  'tensors that overlap': [
    safetensors(`{"a":${entry(0, 8)},"b":${entry(4, 12)}}`, floats(1, 2, 3)),
    "tensor 'b' begins at byte",
  ],
  'one place for two tensors': [
    safetensors(`{"a":${entry(0, 8)},"b":${entry(0, 8)}}`, floats(1, 2)),
    'inside the one before',
  ],
  'a gap': [
    safetensors(`{"a":${entry(0, 8)},"b":${entry(12, 20)}}`, floats(1, 2, 3, 4, 5)),
    'with a gap after the one before',
  ],
  'a gap at the beginning': [safetensors(`{"a":${entry(4, 12)}}`, floats(1, 2, 3)), 'with a gap after'],
  'bytes after the last tensor': [
    safetensors(`{"a":${entry(0, 8)}}`, floats(1, 2, 3)),
    'the tensors should end at byte',
  ],
  'two tensors of one name': [
    safetensors(`{"a":${entry(0, 8)},"\\u0061":${entry(8, 16)}}`, floats(1, 2, 3, 4)),
    "two tensors have the name 'a'",
  ],
};

describe('a bad .safetensors file is refused in words', () => {
  for (const [name, [content, told]] of Object.entries(bad))
    test(name, async () => {
      const message = await refusal(read(write('bad.safetensors', content), 'a'));
      expect(message).toContain(told);
      expect(message).toMatch(/^bad\.safetensors.*\.$/);
    });
});

test('keys inside strings and entries are no tensors of the same name', async () => {
  const json = `{"__metadata__":{"a":"{\\"a\\":1}","dtype":"x"},"a":${entry(0, 8)},"dtype":${entry(8, 16)}}  `;
  const path = write('names.safetensors', safetensors(json, floats(1, 2, 3, 4)));
  expect((await read(path, 'dtype')).data).toEqual(Float32Array.of(3, 4));
});

test('names that objects have anyway', async () => {
  const path = write(
    'proto.safetensors',
    safetensors(`{"__proto__":${entry(0, 8)},"toString":${entry(8, 16)}}`, floats(1, 2, 3, 4)),
  );
  expect((await read(path, '__proto__')).data).toEqual(Float32Array.of(1, 2));
  expect((await read(path, 'toString')).data).toEqual(Float32Array.of(3, 4));
});

test('a dtype that is not read is described and refused', async () => {
  const file = await openData(
    write(
      'c64.safetensors',
      safetensors(`{"a":${entry(0, 16, '[2]', 'C64')},"b":${entry(16, 17, '[2]', 'F4')}}`, Buffer.alloc(17)),
    ),
  );
  const [c64, f4] = file.describe().tensors;
  expect(c64).toMatchObject({ dtype: 'C64', bytes: 16, unusable: expect.stringContaining('Save it as F32') });
  expect(f4).toMatchObject({ dtype: 'F4', bytes: 1 });
  expect(await refusal(file.read('a', { limit }))).toContain('of type C64, which is not read');
  await file.close();
});

test('a file of no tensors', async () => {
  const file = await openData(write('none.safetensors', safetensors('{}')));
  expect(file.describe().tensors).toEqual([]);
  expect(await refusal(file.read(null, { limit }))).toBe('none.safetensors: it holds no tensor.');
  await file.close();
});
