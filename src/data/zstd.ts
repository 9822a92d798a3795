import { Decompress } from 'fzstd';
import { UserError } from '../protocol/errors';
import { count, size } from '../protocol/words';
import type { FileSource } from './source';

/** As much as the zstd program itself allows unless it is told otherwise. */
const largestWindow = 128 << 20;
const largestBlock = 128 << 10;

/**
 * Unpacks Zstandard (RFC 8878) block by block: frames one after the other, skippable ones left out. The structure is
 * checked here, so that no size in the file is trusted; fzstd decodes the blocks.
 * @throws UserError where it is no such file, is cut off, or wants a window of more than 128 MiB; fzstd's errors.
 */
export async function* unpackZstd(source: FileSource): AsyncGenerator<Buffer> {
  for (let at = 0; at < source.size; ) {
    const head = await bytes(source, at, Math.min(18, source.size - at));
    const magic = head.length < 8 ? 0 : head.readUInt32LE(0);
    if (magic >>> 4 === 0x184d2a5) {
      at += 8 + head.readUInt32LE(4);
      if (at > source.size) throw cut(source);
      continue;
    }
    if (magic !== 0xfd2fb528)
      throw new UserError(`${source.name}: at byte ${count(at)} begins no zstd frame. ${again}`);
    const { length, checksum } = frameHeader(source, head);
    const out: Buffer[] = [];
    const frame = new Decompress((data) => void out.push(Buffer.from(data)));
    frame.push(await bytes(source, at, length));
    at += length;
    for (let last = false; !last; ) {
      const header = (await bytes(source, at, 3)).readUIntLE(0, 3);
      last = (header & 1) === 1;
      const [type, blockSize] = [(header >> 1) & 3, header >> 3];
      if (type === 3 || (type !== 1 && blockSize > largestBlock))
        throw new UserError(`${source.name}: the zstd block at byte ${count(at)} is damaged. ${again}`);
      const packed = 3 + (type === 1 ? 1 : blockSize);
      frame.push(await bytes(source, at, packed + (last && checksum ? 4 : 0)), last);
      at += packed + (last && checksum ? 4 : 0);
      yield* out.splice(0);
    }
  }
}

const again = 'Save it again, or copy it anew.';

function cut(source: FileSource): UserError {
  return new UserError(`${source.name}: the zstd file is cut off after ${count(source.size)} bytes. ${again}`);
}

async function bytes(source: FileSource, at: number, length: number): Promise<Buffer> {
  if (at + length > source.size) throw cut(source);
  const out = Buffer.alloc(length);
  await source.read(out, at);
  return out;
}

function frameHeader(source: FileSource, head: Buffer): { length: number; checksum: boolean } {
  const flags = head[4] as number;
  const single = (flags & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][flags & 3] as number;
  const sizeBytes = flags >> 6 ? 1 << (flags >> 6) : single ? 1 : 0;
  const length = 5 + (single ? 0 : 1) + dictionary + sizeBytes;
  if (length > head.length) throw cut(source);
  if (dictionary > 0)
    throw new UserError(`${source.name}: it was packed with a zstd dictionary, which is not here. Pack it without.`);
  let window = 0;
  if (single) window = sizeBytes === 8 ? Number(head.readBigUInt64LE(5)) : head.readUIntLE(5, sizeBytes);
  else {
    const descriptor = head[5] as number;
    const base = 2 ** (10 + (descriptor >> 3));
    window = base + (base / 8) * (descriptor & 7);
  }
  if (window > largestWindow)
    throw new UserError(
      `${source.name}: unpacking it needs a window of ${size(window)}; at most ${size(largestWindow)} are given. Pack it ` +
        'without --long or --ultra.',
    );
  return { length, checksum: (flags & 4) !== 0 };
}
