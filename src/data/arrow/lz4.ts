import { Malformed } from './flatbuffer';

/**
 * Unpacks frames of LZ4 (LZ4 Frame Format 1.6) into exactly `target`. Checksums are passed over; every length and offset
 * is checked against both buffers.
 * @throws Malformed when it is no such frame, or unpacks to another length.
 */
export function unpackLz4(packed: Buffer, target: Uint8Array): void {
  let to = 0;
  for (let at = 0; at < packed.length; ) {
    if (packed.length - at < 7 || packed.readUInt32LE(at) !== 0x184d2204) throw damaged();
    const flags = packed[at + 4] as number;
    if (flags >>> 6 !== 1) throw damaged();
    at += 6 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0) + 1;
    for (;;) {
      if (at + 4 > packed.length) throw damaged();
      const word = packed.readUInt32LE(at);
      at += 4;
      if (word === 0) break;
      const size = word & 0x7fffffff;
      if (at + size > packed.length) throw damaged();
      const block = packed.subarray(at, at + size);
      if (word >>> 31) {
        if (to + size > target.length) throw damaged();
        target.set(block, to);
        to += size;
      } else to = unpackBlock(block, target, to);
      at += size + (flags & 16 ? 4 : 0);
    }
    if (flags & 4) at += 4;
  }
  if (to !== target.length) throw damaged();
}

function unpackBlock(block: Buffer, target: Uint8Array, start: number): number {
  let [at, to] = [0, start];
  const extended = (length: number): number => {
    if (length !== 15) return length;
    for (let more = 255; more === 255; length += more) {
      if (at >= block.length) throw damaged();
      more = block[at++] as number;
    }
    return length;
  };
  while (at < block.length) {
    const token = block[at++] as number;
    const literals = extended(token >>> 4);
    if (at + literals > block.length || to + literals > target.length) throw damaged();
    target.set(block.subarray(at, at + literals), to);
    at += literals;
    to += literals;
    if (at === block.length) break;
    if (at + 2 > block.length) throw damaged();
    const offset = block.readUInt16LE(at);
    at += 2;
    const length = extended(token & 15) + 4;
    if (offset === 0 || offset > to || to + length > target.length) throw damaged();
    if (offset >= length) target.copyWithin(to, to - offset, to - offset + length);
    // What is copied may reach into itself: a pattern repeated.
    else for (let i = 0; i < length; i++) target[to + i] = target[to + i - offset] as number;
    to += length;
  }
  return to;
}

function damaged(): Malformed {
  return new Malformed('its LZ4 data are damaged');
}
