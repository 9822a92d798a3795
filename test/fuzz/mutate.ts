import { constants, crc32, deflateRawSync } from 'node:zlib';
import { zipSync } from 'fflate';
import type { Random } from '../../src/linalg/random';

/** A changed file, and what was done to it. */
export interface Mutant {
  readonly bytes: Buffer;
  readonly how: readonly string[];
}

type Change = (bytes: Buffer, random: Random, others: readonly Buffer[]) => readonly [Buffer, string];

const pick = <T>(random: Random, list: readonly T[]): T => list[random.integer(list.length)] as T;
const place = (random: Random, bytes: Buffer) => random.integer(bytes.length + 1);

/** What lengths, counts and offsets are least prepared for. */
const extremes = [0n, 1n, 2n, 127n, 128n, 255n, 256n, 32767n, 65535n, 65536n, 0x7fffffffn, 0x80000000n, 0xffffffffn];
const wide = [
  ...extremes,
  1n << 32n,
  1n << 40n,
  1n << 53n,
  (1n << 53n) - 1n,
  (1n << 63n) - 1n,
  1n << 63n,
  (1n << 64n) - 1n,
];
const decimals =
  '0 -1 1 2 255 65536 2147483647 4294967296 9007199254740993 99999999999999999999 1e999 nan -0 0x10 1.5'.split(' ');

const cut: Change = (bytes, random) => {
  const at = place(random, bytes);
  return [bytes.subarray(0, at), `cut at ${at}`];
};

const flip: Change = (bytes, random) => {
  const out = Buffer.from(bytes);
  const flips = Array.from(
    { length: 1 + random.integer(4) },
    () => [random.integer(bytes.length), random.integer(8)] as const,
  );
  for (const [at, bit] of flips) if (at < out.length) out[at] = (out[at] as number) ^ (1 << bit);
  return [out, `bits ${flips.map(([at, bit]) => `${at}.${bit}`).join(' ')} flipped`];
};

/** Numbers in binary headers, where they are likely: near the beginning, near the end, anywhere. */
const number: Change = (bytes, random) => {
  const out = Buffer.from(bytes);
  const width = pick(random, [1, 2, 4, 8]);
  if (out.length < width) return [out, 'nothing'];
  const room = out.length - width + 1;
  const near = Math.min(room, 256);
  const at = pick(random, [random.integer(near), room - 1 - random.integer(near), random.integer(room)]);
  const around = BigInt(bytes.length) + BigInt(random.integer(5) - 2);
  const value = BigInt.asUintN(8 * width, pick(random, [...(width === 8 ? wide : extremes), around, BigInt(at)]));
  const big = random.integer(3) === 0;
  for (let i = 0; i < width; i++) out[at + (big ? width - 1 - i : i)] = Number((value >> BigInt(8 * i)) & 255n);
  return [out, `${value} as ${8 * width} bits at ${at}`];
};

/** Numbers in headers that are text, and in text. */
const digits: Change = (bytes, random) => {
  const text = bytes.toString('latin1', 0, 4096);
  const found = [...text.matchAll(/\d+/g)];
  const match = found[random.integer(found.length)];
  if (!match) return number(bytes, random, []);
  const value = pick(random, decimals);
  const end = match.index + match[0].length;
  const out = Buffer.concat([bytes.subarray(0, match.index), Buffer.from(value), bytes.subarray(end)]);
  return [out, `${match[0]} at ${match.index} made ${value}`];
};

const fill: Change = (bytes, random) => {
  const out = Buffer.from(bytes);
  const [from, value] = [place(random, bytes), pick(random, [0, 255, 32, 10, 44, 34, random.integer(256)])];
  const to = Math.min(out.length, from + 1 + random.integer(64));
  return [out.fill(value, from, to), `${from} to ${to} filled with ${value}`];
};

const remove: Change = (bytes, random) => {
  const [from, length] = [place(random, bytes), 1 + random.integer(pick(random, [4, 64, 4096]))];
  return [
    Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]),
    `${length} bytes at ${from} removed`,
  ];
};

const repeat: Change = (bytes, random) => {
  const [from, to, at] = [place(random, bytes), place(random, bytes), place(random, bytes)];
  const part = bytes.subarray(Math.min(from, to), Math.max(from, to));
  return [Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]), `${part.length} bytes repeated at ${at}`];
};

const splice: Change = (bytes, random, others) => {
  const other = others.length > 0 ? pick(random, others) : bytes;
  const [to, from] = [place(random, bytes), place(random, other)];
  return [Buffer.concat([bytes.subarray(0, to), other.subarray(from)]), `${to} bytes, then another file from ${from}`];
};

/** A zip archive in a zip archive, many members, one name for two, paths that leave the folder, zeros that unpack to much. */
const nest: Change = (bytes, random) => {
  const kind = random.integer(8);
  if (kind === 0) return [bomb(random.integer(2) === 0), 'zipped: zeros that unpack to 200 MB'];
  const names = [
    'a.npy',
    'a',
    '../../a.npy',
    '/a.npy',
    'archive/data.pkl',
    'archive/data/0',
    `${'x/'.repeat(200)}a.npy`,
  ];
  const level = pick(random, [0, 1, 9] as const);
  const many = kind === 1 ? Array.from({ length: 400 }, (_, i) => [`m${i}.npy`, bytes.subarray(0, 200)]) : [];
  const members = { [pick(random, names)]: bytes, [pick(random, names)]: bytes.subarray(0, place(random, bytes)) };
  const made = zipSync({ ...Object.fromEntries(many), ...members }, { level });
  return [Buffer.from(made), `zipped with level ${level}, ${Object.keys(members).length + many.length} members`];
};

/** An archive of an array of 200 MB of zeros, which packs to a thousandth; it may declare a thousandth, too. */
function bomb(honest: boolean): Buffer {
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (50000, 1000), }".padEnd(117).concat('\n');
  const head = Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(header.length)}\0${header}`, 'latin1');
  const block = Buffer.alloc(1_000_000);
  // Blocks that end on a byte and refer to nothing before them can be repeated.
  const flushed = deflateRawSync(block, { finishFlush: constants.Z_FULL_FLUSH });
  const packed = [
    deflateRawSync(head, { finishFlush: constants.Z_FULL_FLUSH }),
    ...Array.from({ length: 200 }, () => flushed),
    deflateRawSync(Buffer.alloc(0)),
  ];
  let crc = crc32(head);
  for (let i = 0; i < 200; i++) crc = crc32(block, crc);
  const body = Buffer.concat(packed);
  const name = Buffer.from('zeros.npy');
  const [local, entry, end] = [Buffer.alloc(30), Buffer.alloc(46), Buffer.alloc(22)];
  local.writeUInt32LE(0x04034b50);
  entry.writeUInt32LE(0x02014b50);
  end.writeUInt32LE(0x06054b50);
  for (const [record, at] of [
    [local, 8],
    [entry, 10],
  ] as const) {
    record.writeUInt16LE(8, at);
    record.writeUInt32LE(crc, at + 6);
    record.writeUInt32LE(body.length, at + 10);
    record.writeUInt32LE(head.length + (honest ? 200_000_000 : 200_000), at + 14);
    record.writeUInt16LE(name.length, at + 18);
  }
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length + name.length, 12);
  end.writeUInt32LE(local.length + name.length + body.length, 16);
  return Buffer.concat([local, name, body, entry, name, end]);
}

const changes: readonly Change[] = [
  cut,
  flip,
  flip,
  number,
  number,
  number,
  digits,
  digits,
  fill,
  remove,
  repeat,
  splice,
];

/**
 * One to four changes to a file.
 * @param others files of the same format, to splice.
 * @param archives whether files of the format are archives, and may be nested.
 */
export function mutate(seed: Buffer, random: Random, others: readonly Buffer[], archives: boolean): Mutant {
  const how: string[] = [];
  let bytes = seed;
  if (archives && random.integer(50) === 0) {
    const [nested, what] = nest(bytes, random, others);
    if (random.integer(2) === 0) return { bytes: nested, how: [what] };
    [bytes, how[0]] = [nested, what];
  }
  const times = pick(random, [1, 1, 1, 2, 3, 4]);
  for (let i = 0; i < times; i++) {
    const [changed, what] = pick(random, changes)(bytes, random, others);
    bytes = changed;
    how.push(what);
  }
  return { bytes, how };
}
