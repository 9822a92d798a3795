import { basename } from 'node:path';
import { inflateSync } from 'node:zlib';
import { decode as decodePng } from 'fast-png';
import { decode as decodeJpeg } from 'jpeg-js';
import { openSource } from '../data/source';
import { messageOf, UserError } from '../protocol/errors';
import { count, dims, size } from '../protocol/words';
import { decodeBmp } from './bmp';
import type { Picture } from './picture';
import { decodeWebp } from './webp';

/** Pixels that an image may have: what its header says is believed only up to here. */
export const mostPixels = 40e6;
const mostBytes = 200e6;

/**
 * Decodes a PNG, JPEG, WebP or BMP file; which one it is, its first bytes say. 16 bits a channel are rounded to 8. Colour profiles
 * and EXIF's orientation are not applied.
 * @throws UserError where it cannot be read, is damaged or larger than 40 million pixels.
 */
export async function decodeImage(path: string): Promise<Picture> {
  const source = await openSource(path);
  try {
    if (source.size > mostBytes)
      throw new UserError(`${source.name}: it has ${size(source.size)}; images of up to ${size(mostBytes)} are read.`);
    return await decodeBytes(await source.head(source.size), source.name);
  } finally {
    await source.close();
  }
}

/** @param name for messages. @throws UserError */
export async function decodeBytes(bytes: Buffer, name: string): Promise<Picture> {
  const kind = kinds.find(({ begins }) => begins(bytes));
  if (!kind) throw new UserError(`${basename(name)}: this is no PNG, JPEG, WebP or BMP image. Save it as one of them.`);
  try {
    const [width, height] = kind.size(bytes);
    if (!(width > 0 && height > 0)) throw new Error(`its size is ${dims([width, height])}`);
    if (width * height > mostPixels)
      throw new Error(`it has ${dims([width, height])} pixels; up to ${count(mostPixels)} are read`);
    return await kind.decode(bytes, width * height);
  } catch (error) {
    throw new UserError(`${basename(name)}: this ${kind.title} image cannot be read (${messageOf(error)}).`);
  }
}

interface Kind {
  readonly title: string;
  begins(bytes: Buffer): boolean;
  /** Width and height, by the header alone. */
  size(bytes: Buffer): readonly [number, number];
  decode(bytes: Buffer, pixels: number): Picture | Promise<Picture>;
}

const at = (bytes: Buffer, start: number, end: number) => bytes.toString('latin1', start, end);

const kinds: readonly Kind[] = [
  {
    title: 'PNG',
    begins: (bytes) => at(bytes, 0, 8) === '\x89PNG\r\n\x1a\n',
    size: (bytes) => [bytes.readUInt32BE(16), bytes.readUInt32BE(20)],
    decode: png,
  },
  {
    title: 'JPEG',
    begins: (bytes) => at(bytes, 0, 3) === '\xff\xd8\xff',
    size: jpegSize,
    decode(bytes) {
      const options = { useTArray: true, formatAsRGBA: false, tolerantDecoding: false } as const;
      const bounds = { maxResolutionInMP: mostPixels / 1e6, maxMemoryUsageInMB: 1024 };
      const { width, height, data } = decodeJpeg(bytes, { ...options, ...bounds });
      return { width, height, channels: 3, data };
    },
  },
  {
    title: 'WebP',
    begins: (bytes) => at(bytes, 0, 4) === 'RIFF' && at(bytes, 8, 12) === 'WEBP',
    size: webpSize,
    decode: decodeWebp,
  },
  {
    title: 'BMP',
    begins: (bytes) => at(bytes, 0, 2) === 'BM',
    size: (bytes) => [bytes.readInt32LE(18), Math.abs(bytes.readInt32LE(22))],
    decode: decodeBmp,
  },
];

/** Only the chunks that make the picture are passed on: others may unpack to anything. */
function png(bytes: Buffer, pixels: number): Picture {
  const kept = [bytes.subarray(0, 8)];
  const packed: Buffer[] = [];
  for (let start = 8; start + 12 <= bytes.length; ) {
    const end = start + 12 + bytes.readUInt32BE(start);
    const type = at(bytes, start + 4, start + 8);
    if (end > bytes.length) throw new Error('it ends within a chunk');
    if (type === 'IDAT') packed.push(bytes.subarray(start + 8, end - 4));
    if (['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND'].includes(type)) kept.push(bytes.subarray(start, end));
    if (type === 'IEND') break;
    start = end;
  }
  // A byte for each row and each pass besides; what unpacks to more is damaged, or meant to fill the memory.
  inflateSync(Buffer.concat(packed), { maxOutputLength: 8 * pixels + 16 * (pixels + 64) });
  const { width, height, channels, depth, data: stored, palette } = decodePng(Buffer.concat(kept));
  const data = depth < 8 ? unpacked(stored as Uint8Array, width * channels, height, depth) : stored;
  if (palette) {
    const wide = palette[0]?.length === 4 ? 4 : 3;
    const out = new Uint8Array(width * height * wide);
    for (let i = 0; i < width * height; i++)
      out.set(palette[data[i] as number] ?? [0, 0, 0, 0].slice(0, wide), i * wide);
    return { width, height, channels: wide, data: out };
  }
  const most = 2 ** depth - 1;
  const scaled =
    depth === 8 ? (data as Uint8Array) : Uint8Array.from(data, (value) => Math.round((255 * value) / most));
  return { width, height, channels: channels as Picture['channels'], data: scaled };
}

/** Values of fewer than eight bits, of which each row begins with a byte. */
function unpacked(packed: Uint8Array, width: number, height: number, depth: number): Uint8Array {
  const row = Math.ceil((width * depth) / 8);
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const bit = (i % width) * depth;
    const byte = packed[Math.floor(i / width) * row + (bit >> 3)] as number;
    return (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
  });
}

/** Of the first frame header. */
function jpegSize(bytes: Buffer): readonly [number, number] {
  for (let start = 2; start + 9 < bytes.length; ) {
    if (bytes[start] !== 0xff) throw new Error(`a marker was expected at byte ${count(start)}`);
    const marker = bytes[start + 1] as number;
    if (marker === 0xff) start++;
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return [bytes.readUInt16BE(start + 7), bytes.readUInt16BE(start + 5)];
    else start += 2 + bytes.readUInt16BE(start + 2);
  }
  throw new Error('it has no frame');
}

function webpSize(bytes: Buffer): readonly [number, number] {
  switch (at(bytes, 12, 16)) {
    case 'VP8X':
      return [1 + bytes.readUIntLE(24, 3), 1 + bytes.readUIntLE(27, 3)];
    case 'VP8L': {
      const packed = bytes.readUInt32LE(21);
      return [1 + (packed & 0x3fff), 1 + ((packed >>> 14) & 0x3fff)];
    }
    case 'VP8 ':
      return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff];
    default:
      throw new Error('it holds no picture');
  }
}
