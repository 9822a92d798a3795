import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openData } from '../../src/data/file';
import { UserError } from '../../src/protocol/errors';
import { floats, limit, type Member, read, refusal, scratch, zip } from './data-files';
import { bytesOf, call, dict, integer, pickle, storage, tensor, text, tuple, u64 } from './pickle';

const { write } = scratch();
const fixtures = join(import.meta.dirname, '..', 'fidelity', 'fixtures', 'torch');
const values = [0, 1, 2, 3, 4, 5];

/** What torch.save writes, around a pickle that need not be true. */
function archive(value: Uint8Array, more: readonly Member[] = [{ name: 'x/data/0', data: floats(...values) }]): Buffer {
  return zip([{ name: 'x/data.pkl', data: pickle(value) }, ...more]);
}

const magic = bytesOf('\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19');
const machine = dict({ protocol_version: integer(1001), little_endian: bytesOf('\x88') });

function legacy(value: Uint8Array, keys = bytesOf('](', text('0'), 'e'), ...data: Uint8Array[]): Buffer {
  const storages = data.length === 0 ? [u64(6n), floats(...values)] : data;
  return bytesOf(pickle(magic), pickle(integer(1001)), pickle(machine), pickle(value), pickle(keys), ...storages);
}

test('the files of these tests are right where nothing is wrong with them', async () => {
  const value = dict({ w: tensor(), t: tensor({ shape: [3, 2], strides: [1, 3] }) });
  for (const path of [write('good.pt', archive(value)), write('legacy.pth', legacy(value))]) {
    expect(await read(path, 'w')).toMatchObject({ shape: [2, 3], data: Float32Array.from(values) });
    expect(await read(path, 't')).toMatchObject({ shape: [3, 2], data: Float32Array.of(0, 3, 1, 4, 2, 5) });
  }
});

/** Of a tensor that is described with the reason, beside one that can be read. */
const views: Record<string, [tensor: Uint8Array, told: string]> = {
  'a shape beyond its storage': [tensor({ shape: [3, 3] }), 'of a storage that has 6: it would end outside'],
  'an offset beyond its storage': [tensor({ offset: 1 }), 'begins at value 1 of a storage that has 6'],
  'strides beyond its storage': [tensor({ strides: [4, 1] }), 'strides 4 x 1'],
  'strides that overflow': [tensor({ strides: [2 ** 52, 2 ** 52] }), 'it would end outside'],
  'an offset of 2^63': [tensor({ offset: 2n ** 63n - 1n }), 'its description is damaged'],
  'a negative offset': [tensor({ offset: -1 }), 'its description is damaged'],
  'a negative stride': [tensor({ strides: [-3, 1] }), 'its description is damaged'],
  'a negative size': [tensor({ shape: [-2, 3] }), 'its description is damaged'],
  'more sizes than strides': [tensor({ shape: [2, 3, 1] }), 'its description is damaged'],
  'sizes that overflow': [tensor({ shape: [2 ** 40, 2 ** 40], strides: [0, 0] }), 'more than any file can hold'],
  'a storage that is missing': [tensor({ base: storage('7') }), "its storage '7' is missing in the file"],
  'a storage of another size': [
    tensor({ base: storage('0', 7) }),
    "its storage '0' should hold 7 float32 values (28 bytes); the file has 24",
  ],
  'a storage of another type': [
    tensor({ base: storage('0', 6, 'DoubleStorage') }),
    'should hold 6 float64 values (48 bytes); the file has 24',
  ],
  'a storage of unknown type': [tensor({ base: storage('0', 6, 'constructor') }), 'its description is damaged'],
  'no storage': [tensor({ base: text('0') }), 'its description is damaged'],
  'a parameter of no tensor': [call('torch._utils', '_rebuild_parameter', text('x')), 'its description is damaged'],
  'a function of another module': [
    call('evil', '_rebuild_tensor_v2', storage()),
    'an object of class evil._rebuild_tensor_v2',
  ],
  'a function that runs a command': [call('os', 'system', text('touch EXECUTED')), 'an object of class os.system'],
};

describe('a bad tensor is described with the reason, and the others can be read', () => {
  for (const [name, [bad, told]] of Object.entries(views))
    test(name, async () => {
      const path = write('bad.pt', archive(dict({ bad, good: tensor() })));
      const message = await refusal(read(path, 'bad'));
      expect(message).toContain(told);
      expect(message).toMatch(/^bad\.pt: tensor 'bad'/);
      expect((await read(path, 'good')).data).toEqual(Float32Array.from(values));
    });
});

test('a huge view of little is refused by the memory bound, and read by rows', async () => {
  const path = write('huge.pt', archive(tensor({ shape: [2 ** 40, 3], strides: [0, 1] })));
  expect(await refusal(read(path))).toContain('Read fewer rows, or raise the memory bound');
  expect((await read(path, null, { rows: [2 ** 39, 2 ** 39 + 2] })).data).toEqual(Float32Array.of(0, 1, 2, 0, 1, 2));
});

test('views that no block holds at once are cut', async () => {
  const rows = 700;
  const columns = 3000;
  const data = Float32Array.from({ length: rows * columns }, (_, i) => i % 1e6);
  const base = storage('0', rows * columns);
  const more = [{ name: 'x/data/0', data: Buffer.from(data.buffer) }];
  const at = (i: number, j: number) => data[i * columns + j];
  // (i, j, k) of the view is (2 j, 7 i + k) of the storage.
  const view = tensor({ shape: [400, 350, 2], strides: [7, 2 * columns, 1], base });
  const path = write('cut.pt', archive(view, more));
  const got = await read(path);
  const wrong = got.data.findIndex((value, n) => {
    const [i, j, k] = [Math.floor(n / 700), Math.floor(n / 2) % 350, n % 2];
    return value !== at(2 * j, 7 * i + k);
  });
  expect([got.shape, wrong]).toEqual([[400, 350, 2], -1]);
  const part = await read(path, null, { rows: [399, 400] });
  expect(part.data).toEqual(got.data.subarray(399 * 700));
});

const bombs: Record<string, [value: Uint8Array, told: RegExp | string[]]> = {
  'a dictionary within itself': [bytesOf('}q\x00', text('a'), 'h\x00s'), []],
  'lists a thousand deep': [bytesOf(']'.repeat(1000), 'a'.repeat(999)), /nests values more than 64 deep/],
  'a list of ten lists of ten lists ...': [
    bytesOf(
      ']q\x00',
      ...Array.from({ length: 20 }, (_, k) =>
        bytesOf(`](${`h${String.fromCharCode(k)}`.repeat(10)}eq${String.fromCharCode(k + 1)}`),
      ),
    ),
    /nests more values than are read/,
  ],
  'a parameter within itself': [bytesOf('ctorch._utils\n_rebuild_parameter\n(', ']q\x00', 'tRq\x01'), ['']],
  'names longer than any': [bytesOf('}', text('n'.repeat(5000)), tensor(), 's'), /names of more than 4096 characters/],
  'two tensors of one name': [dict({ 'a.b': tensor(), a: dict({ b: tensor() }) }), ['a.b', 'a.b (2)']],
  'a key that stands twice': [bytesOf('}(', text('a'), 'N', text('a'), tensor(), 'u'), ['a']],
  'keys that are no text': [
    bytesOf('}(', tuple(integer(1), text('x')), tensor(), 'N', tensor(), 'K\x05', tensor(), 'u'),
    ['1,x', '[1]', '5'],
  ],
};

describe('what is nested', () => {
  for (const [name, [value, told]] of Object.entries(bombs))
    test(name, async () => {
      const path = write('nested.pt', archive(value));
      if (told instanceof RegExp) {
        expect(await refusal(openData(path))).toMatch(told);
        return;
      }
      const file = await openData(path);
      expect(file.describe().tensors.map((one) => one.name ?? '')).toEqual(told);
      await file.close();
    });
});

const files: Record<string, [content: Uint8Array, told: string]> = {
  'a pickle that ends early': [
    zip([{ name: 'x/data.pkl', data: bytesOf('\x80\x02}') }]),
    'the pickle in it cannot be read: it ends too early',
  ],
  'another archive': [zip([{ name: 'a.txt', data: Buffer.from('x') }]), 'a zip archive without data.pkl'],
  'arrays of NumPy': [zip([{ name: 'a.npy', data: Buffer.from('x') }]), 'rename it to .npz'],
  'another pickle': [pickle('N'), 'torch.save did not write this file (it is some other pickle)'],
  'no pickle': [Buffer.from('hello'), 'torch.save did not write this file. Save'],
  'an unknown byte order': [
    archive(tensor(), [{ name: 'x/byteorder', data: Buffer.from('middle') }]),
    "its byte order should be little or big; it is 'middle'",
  ],
  'a pickle that is larger than is read': [
    zip([{ name: 'x/data.pkl', data: Buffer.alloc(68 << 20), method: 8 }]),
    "'x/data.pkl' in it takes 71.3 MB; at most 67.1 MB are read",
  ],
  'a damaged checksum': [
    zip([{ name: 'x/data.pkl', data: pickle('N'), crc: 1 }]),
    'checksum (CRC-32) should be 00000001',
  ],
  'legacy: a truncated pickle': [legacy(tensor()).subarray(0, 60), 'it ends too early'],
  'legacy: another protocol': [bytesOf(pickle(magic), pickle(integer(1000))), 'its protocol is not 1001'],
  'legacy: another magic number': [bytesOf('\x80\x02', magic, '.', pickle('N')), 'its protocol is not 1001'],
  'legacy: no machine': [bytesOf(pickle(magic), pickle(integer(1001)), pickle('N')), 'on what machine'],
  'legacy: keys that are no list': [legacy(tensor(), bytesOf('N')), 'the keys of its storages are no list'],
  'legacy: keys that are no names': [legacy(tensor(), bytesOf('](]e')), 'are no list of names'],
  'legacy: a key of nobody': [legacy(tensor(), bytesOf('](', text('9'), 'e')), "has a storage '9' that no tensor"],
  'legacy: a truncated storage': [legacy(tensor()).subarray(0, -1), "its storage '0' should hold 6 float32 values"],
  'legacy: another length': [legacy(tensor(), undefined, u64(2n ** 60n)), 'the file gives it 1,152,921,504,606,84'],
  'legacy: no storage': [legacy(tensor(), undefined, Buffer.alloc(3)), 'more bytes were expected'],
};

describe('a bad file is refused in words', () => {
  for (const [name, [content, told]] of Object.entries(files))
    test(name, async () => {
      const message = await refusal(read(write('file.pt', content)));
      expect(message).toContain(told);
      expect(message).toMatch(/^file\.pt: /);
    });
});

test('a damaged storage is noticed by its checksum; one without a checksum is read', async () => {
  for (const [crc, told] of [
    [1, 'checksum'],
    [0, ''],
  ] as const) {
    const path = write('crc.pt', archive(tensor(), [{ name: 'x/data/0', data: floats(...values), crc }]));
    if (told) expect(await refusal(read(path))).toContain(told);
    else expect((await read(path)).data).toEqual(Float32Array.from(values));
  }
});

test('the reading of a storage for its checksum stops when it is cancelled', async () => {
  const path = write(
    'crc.pt',
    archive(tensor({ shape: [1, 3] }), [{ name: 'x/data/0', data: floats(...values), crc: 1 }]),
  );
  const signal = AbortSignal.abort(new Error('cancelled'));
  await expect(read(path, null, { signal })).rejects.toThrow('cancelled');
});

test('a damaged storage is noticed by views of a part of it, and out of order', async () => {
  for (const view of [{ shape: [1, 3] }, { shape: [2, 2], strides: [3, 1] }, { shape: [1, 2], offset: 4 }]) {
    for (const crc of [1, undefined]) {
      const member = { name: 'x/data/0', data: floats(...values), ...(crc !== undefined && { crc }) };
      const path = write('part.pt', archive(tensor(view), [member]));
      if (crc) expect(await refusal(read(path))).toContain('checksum');
      else expect((await read(path)).shape).toEqual(view.shape);
    }
  }
});

test('.bin is ours only where torch.save wrote it, and never where raw bytes are asked for', async () => {
  const path = write('weights.bin', archive(dict({ w: tensor() })));
  const file = await openData(path);
  expect(file.describe().format).toBe('torch');
  await file.close();
  const bytes = readFileSync(path);
  const raw = await openData(path, { raw: `uint8:1x${bytes.length}` });
  expect(raw.describe().format).toBe('raw');
  await raw.close();
});

test('damage: the values are right, or the person is told', async () => {
  const sources = ['dtypes.pt', 'dtypes-legacy.pt', 'views.pt', 'deflated.pt'].map((name) =>
    readFileSync(join(fixtures, name)),
  );
  const change = fc.record({
    file: fc.nat(sources.length - 1),
    cut: fc.boolean(),
    at: fc.nat(),
    bit: fc.nat(7),
  });
  await fc.assert(
    fc.asyncProperty(change, async ({ file, cut, at, bit }) => {
      const source = sources[file] as Buffer;
      const damaged = Buffer.from(cut ? source.subarray(0, at % source.length) : source);
      if (!cut) damaged[at % damaged.length] = (damaged[at % damaged.length] as number) ^ (1 << bit);
      try {
        const opened = await openData(write('fuzz.pt', damaged));
        try {
          for (const { name, shape } of opened.describe().tensors) {
            const { data } = await opened.read(name, { limit }).catch((error: unknown) => {
              if (error instanceof UserError) return { data: undefined };
              throw error;
            });
            if (data) expect(data.length).toBe(shape.reduce((product, length) => product * length, 1));
          }
        } finally {
          await opened.close();
        }
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }),
    { numRuns: 400, seed: 7 },
  );
});
