import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openData } from '../../src/data/file';
import { array, header, limit, type Member, npy, read, refusal, scratch, zip } from './data-files';

const { write } = scratch();
const fixtures = join(import.meta.dirname, '..', 'fidelity', 'fixtures', 'data');
const a: Member = { name: 'a.npy', data: array([2, 2], [1, 2, 3, 4]) };
const b: Member = { name: 'b.npy', data: array([1], [5]), method: 8 };
const good = zip([a, b]);
const again = 'Save it again, or copy it anew.';

test('stored and deflated members', async () => {
  const path = write('good.npz', good);
  expect((await read(path, 'a')).data).toEqual(Float32Array.of(1, 2, 3, 4));
  expect((await read(path, 'b')).data).toEqual(Float32Array.of(5));
});

const bad: Record<string, [content: Uint8Array, told: string]> = {
  'an empty file': [Buffer.alloc(0), 'the file is empty (0 bytes)'],
  'a truncated one': [
    good.subarray(0, -1),
    `list of members, which comes last, is missing after ${good.length - 1} bytes. ${again}`,
  ],
  'only its beginning': [good.subarray(0, 100), 'list of members, which comes last, is missing'],
  'a single array': [array([1], [1]), 'no .npz file but a single NumPy array. Rename it to .npy'],
  'two members of one name': [zip([a, { ...b, name: 'a.npy' }]), "two members have the name 'a.npy'"],
  'two tensors of one name': [zip([a, { ...b, name: 'a' }]), "two tensors have the name 'a'"],
  'members that overlap': [
    zip([a, { ...a, name: 'b.npy' }, { ...a, name: 'b.npy', offset: a.data.length + 35 }]),
    "name 'b.npy'",
  ],
  'a member in the list of members': [
    zip([{ ...a, offset: zip([a]).length - 60 }]),
    "places its member 'a.npy' outside the file",
  ],
  'a member at another': [zip([a, { ...b, offset: 0 }]), "entry for 'b.npy' at byte 0 is damaged"],
  'more entries than listed': [zip([a], { entries: 2 }), 'entry for its end at byte'],
  'many more entries than listed': [zip([a], { entries: 60000 }), 'entry for its end at byte'],
};

describe('a bad archive is refused in words', () => {
  for (const [name, [content, told]] of Object.entries(bad))
    test(name, async () => {
      const message = await refusal(read(write('bad.npz', content), 'a'));
      expect(message).toContain(told);
      expect(message).toMatch(/^bad\.npz: /);
    });
});

test('members whose data overlap are refused', async () => {
  // The second local header stands inside the data of the first member.
  const inner = zip([{ name: 'b.npy', data: Buffer.alloc(0) }]).subarray(0, 35);
  const outer: Member = { name: 'a.npy', data: inner };
  const message = await refusal(
    read(write('bad.npz', zip([outer, { name: 'b.npy', data: Buffer.alloc(0), offset: 35 }])), 'a'),
  );
  expect(message).toContain("the members before and at 'b.npy' overlap");
});

const damaged: Record<string, [member: Member, told: string]> = {
  'a checksum that differs': [{ ...a, crc: 0x1234 }, 'their checksum (CRC-32) should be 00001234 and is'],
  'a checksum that differs, deflated': [{ ...b, name: 'a.npy', crc: 0x1234 }, 'checksum (CRC-32) should be 00001234'],
  encryption: [{ ...a, flags: 1 }, 'it is encrypted. Save it again with np.savez.'],
  'an unknown compression': [{ ...a, method: 14 }, 'compression method 14 is unknown'],
  'more data than declared': [
    { ...b, name: 'a.npy', size: b.data.length - 1 },
    `it should unpack to ${b.data.length - 1} bytes and has more`,
  ],
  'less data than declared': [{ ...b, name: 'a.npy', size: 10 ** 9 }, 'bytes follow that belong to no array'],
  'data that are not deflated': [{ name: 'a.npy', data: a.data, method: 8, size: 1 }, 'too few for an array'],
  'two sizes of stored data': [{ ...a, size: 20 }, 'the archive gives two sizes'],
  'a pickle': [{ name: 'a.npy', data: npy(header("'|O'", '(1,)'), Buffer.alloc(9)) }, 'Sextant never opens them'],
  'no array': [{ name: 'a.npy', data: Buffer.from('hello hello') }, "no array in NumPy's format"],
};

describe('a bad member is described with the reason, and the others can be read', () => {
  for (const [name, [member, told]] of Object.entries(damaged))
    test(name, async () => {
      const path = write('part.npz', zip([member, { ...b, name: 'other.npy' }]));
      const message = await refusal(read(path, 'a'));
      expect(message).toContain(told);
      expect(message).toMatch(/^part\.npz: tensor 'a'/);
      expect((await read(path, 'other')).data).toEqual(Float32Array.of(5));
    });
});

test('a deflated stream that ends early or goes on is refused, whatever its header says', async () => {
  const large = npy(header("'<f4'", '(250000,)'), Buffer.alloc(1_000_000));
  const shorter = large.subarray(0, 400_000);
  const early = write('early.npz', zip([{ name: 'a.npy', data: shorter, method: 8, size: large.length }]));
  expect(await refusal(read(early, 'a'))).toContain(
    `unpack to ${large.length.toLocaleString('en')} bytes and has only 400,000`,
  );
  const head = npy(header("'<f4'", '(10,)'), Buffer.alloc(40));
  const bomb = write(
    'bomb.npz',
    zip([{ name: 'a.npy', data: Buffer.concat([head, Buffer.alloc(1e7)]), method: 8, size: head.length }]),
  );
  expect(await refusal(read(bomb, 'a'))).toContain('and has more');
});

test('a declared size beyond the memory bound is refused before anything is unpacked', async () => {
  const member: Member = {
    name: 'a.npy',
    data: npy(header("'<f4'", '(2500000000,)')),
    method: 8,
    size: 10_000_000_069,
  };
  const declared = write('large.npz', zip([{ ...member, size: 0xfffffff0 }]));
  expect(await refusal(read(declared, 'a'))).toMatch(/should hold 2,500,000,000 float32 values/);
});

test('names that would leave a folder are only names', async () => {
  const path = write('names.npz', zip([{ ...a, name: '../../evil.npy' }]));
  expect((await read(path, '../../evil')).data).toEqual(Float32Array.of(1, 2, 3, 4));
});

test('a member that is no array is listed as such', async () => {
  const file = await openData(write('mixed.npz', zip([a, { name: 'notes.txt', data: Buffer.from('hello') }])));
  const [, notes] = file.describe().tensors;
  expect(notes).toMatchObject({ name: 'notes.txt', unusable: expect.stringContaining('does not end in .npy') });
  await file.close();
});

test('LZMA is named', async () => {
  const file = await openData(join(fixtures, 'lzma.npz'));
  expect(file.describe().tensors[0]?.unusable).toContain('compression method 14 is unknown');
  await file.close();
});

test('windows of rows in any order, and a checksum after them', async () => {
  const values = Float32Array.from({ length: 300_000 }, (_, i) => i);
  const data = npy(header("'<f4'", '(100000, 3)'), Buffer.from(values.buffer));
  for (const method of [0, 8]) {
    const file = await openData(write('windows.npz', zip([{ name: 'a.npy', data, method }])));
    for (const [start, end] of [
      [99_000, 100_000],
      [10, 20],
      [20, 30],
      [0, 100_000],
      [5, 6],
    ] as const) {
      const part = await file.read('a', { limit, rows: [start, end] });
      expect(same(part.data, values.subarray(3 * start, 3 * end))).toBe(true);
    }
    expect(same((await file.read('a', { limit })).data, values)).toBe(true);
    await file.close();
    const damage = Buffer.from(zip([{ name: 'a.npy', data, method }]));
    if (method === 0) damage.writeUInt8(damage.readUInt8(600_000) ^ 1, 600_000);
    if (method === 0) expect(await refusal(read(write('damage.npz', damage), 'a'))).toContain('checksum');
  }
});

function same(a: ArrayLike<number>, b: Float32Array): boolean {
  return a.length === b.length && b.every((value, i) => value === a[i]);
}

test('unpacking stops when it is cancelled', async () => {
  const path = write(
    'cancel.npz',
    zip([{ name: 'a.npy', data: npy(header("'<f4'", '(5000000,)'), Buffer.alloc(2e7)), method: 8 }]),
  );
  let asked = 0;
  const signal = {
    throwIfAborted() {
      if (++asked === 5) throw new Error('cancelled');
    },
  };
  await expect(read(path, 'a', { signal })).rejects.toThrow('cancelled');
  expect(asked).toBe(5);
});

test('a tensor has to be named, and is found by its name alone', async () => {
  const path = write('choose.npz', good);
  expect(await refusal(read(path))).toBe('choose.npz: a tensor has to be chosen; it holds a, b.');
  expect(await refusal(read(path, 'c'))).toBe("choose.npz: there is no tensor 'c'; it holds a, b.");
  expect((await read(write('one.npz', zip([a])))).shape).toEqual([2, 2]);
  expect(await refusal(read(write('none.npz', zip([])), 'a'))).toBe('none.npz: it holds no tensor.');
});
