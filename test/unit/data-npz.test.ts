import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openData } from '../../src/data/file';
import { expandTensors, readRepresentation } from '../../src/data/representation';
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
  'less data than declared': [{ ...b, name: 'a.npy', size: b.data.length + 1 }, 'bytes follow that belong to no array'],
  'more data declared than deflate can pack': [
    { ...b, name: 'a.npy', size: 10 ** 9 },
    'it should unpack to 1.00 GB from 72 bytes, more than any data can',
  ],
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

  test.each(['encryption', 'an unknown compression', 'no array'])(
    '%s: nor is the file read without it',
    async (name) => {
      const [member, told] = damaged[name] as [Member, string];
      const path = write('whole.npz', zip([member, { ...b, name: 'other.npy' }]));
      const whole = await refusal(readRepresentation({ path }, '', { limit }));
      expect(whole).toContain(told);
      expect(whole).toMatch(/^whole\.npz: tensor 'a' .* choose what is to be read: whole\.npz#other\.$/);
      expect(await refusal(expandTensors({ path }, ''))).toBe(whole);
      expect(await refusal(readRepresentation({ path, tensor: 'a' }, '', { limit }))).toContain(told);
      const text = write('text.npz', zip([{ name: 'notes.txt', data: Buffer.from('hello') }, b]));
      expect((await readRepresentation({ path: text }, '', { limit })).matrix.rows).toBe(1);
    },
  );
});

test('a deflated stream that ends early or goes on is refused, whatever its header says', async () => {
  const large = npy(header("'<f4'", '(250000,)'), noise(1_000_000));
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

/** Bytes that deflate cannot make much smaller. */
function noise(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24));
}

test('more members than are read', async () => {
  const list = Buffer.alloc(46 * 100_001);
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50);
  record.writeBigUInt64LE(100_001n, 32);
  record.writeBigUInt64LE(BigInt(list.length), 40);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50);
  locator.writeBigUInt64LE(BigInt(list.length), 8);
  const end = zip([]).subarray(-22);
  const refused = refusal(read(write('many.npz', Buffer.concat([list, record, locator, end])), 'a'));
  expect(await refused).toContain('the archive lists 100,001 members; at most 100,000 are read');
  record.writeBigUInt64LE(2n ** 64n - 1n, 40);
  record.writeBigUInt64LE(2n ** 63n, 48);
  const overflow = refusal(read(write('many.npz', Buffer.concat([list, record, locator, end])), 'a'));
  expect(await overflow).toContain('entry for its end at byte');
});

test('a count of members that is too small would hide some', async () => {
  const archive = Buffer.from(zip([a, b]));
  archive.writeUInt16LE(1, archive.length - 12);
  expect(await refusal(read(write('fewer.npz', archive), 'a'))).toMatch(/entry for a member at byte [\d,]+ is damaged/);
});

test('sizes and places of 64 bits that overflow', async () => {
  for (const [size, offset] of [
    [2n ** 64n - 1n, 0n],
    [69n, 2n ** 64n - 30n],
    [2n ** 53n, 2n ** 53n],
  ] as const) {
    const wide = Buffer.alloc(28);
    wide.writeUInt16LE(1);
    wide.writeUInt16LE(24, 2);
    for (const [i, value] of [size, size, offset].entries()) wide.writeBigUInt64LE(value, 4 + 8 * i);
    const good = zip([a]);
    const at = good.length - 22 - 46 - 5;
    const entry = Buffer.from(good.subarray(at, at + 46));
    entry.writeUInt16LE(wide.length, 30);
    for (const place of [20, 24, 42]) entry.writeUInt32LE(0xffffffff, place);
    const end = Buffer.from(good.subarray(-22));
    end.writeUInt32LE(46 + 5 + wide.length, 12);
    const content = Buffer.concat([good.subarray(0, at), entry, Buffer.from('a.npy'), wide, end]);
    expect(await refusal(read(write('overflow.npz', content), 'a'))).toContain(
      "places its member 'a.npy' outside the file",
    );
  }
});

test('members of which the headers lie near and far', async () => {
  const far: Member = {
    name: 'far.npy',
    data: array(
      [5000],
      Array.from({ length: 5000 }, (_, i) => i),
    ),
  };
  const archive = Buffer.from(zip([a, far, { ...b, method: 0 }]));
  const path = write('order.npz', archive);
  expect((await read(path, 'b')).data).toEqual(Float32Array.of(5));
  expect((await read(path, 'far')).data[4999]).toBe(4999);
  expect((await read(path, 'a')).data).toEqual(Float32Array.of(1, 2, 3, 4));
});

test('a declared size beyond the memory bound is refused before anything is unpacked', async () => {
  const member: Member = {
    name: 'a.npy',
    data: npy(header("'<f4'", '(2500000000,)')),
    method: 8,
    size: 10_000_000_069,
  };
  const declared = write('large.npz', zip([{ ...member, size: 0xfffffff0 }]));
  expect(await refusal(read(declared, 'a'))).toContain('it should unpack to 4.29 GB from');
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
