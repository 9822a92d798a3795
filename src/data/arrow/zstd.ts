import { Decompress, decompress } from 'fzstd';
import { Malformed } from './flatbuffer';

/** As much as the zstd program itself allows unless it is told otherwise. */
const largestWindow = 128 << 20;

/**
 * Unpacks a frame of Zstandard (RFC 8878) into `target`, which it has to fill.
 * @throws Malformed when it is no such frame, wants too large a window or unpacks to another length.
 */
export function unpackZstd(packed: Buffer, target: Uint8Array): void {
  const declared = contentSize(packed);
  if (declared !== undefined && declared !== target.length)
    throw new Malformed('its data unpack to another length than they say');
  try {
    // Without a window to move along, for every 128 kB, where the frame says how long it is.
    if (declared === undefined) unpackStream(packed, target);
    else decompress(packed, target);
  } catch (error) {
    throw error instanceof Malformed ? error : new Malformed('its zstd data are damaged');
  }
}

function unpackStream(packed: Buffer, target: Uint8Array): void {
  let to = 0;
  const frame = new Decompress((data) => {
    if (to + data.length > target.length) throw new Malformed('its data unpack to more than they say');
    target.set(data, to);
    to += data.length;
  });
  frame.push(packed, true);
  if (to !== target.length) throw new Malformed('its data unpack to less than they say');
}

/** How long the frame says that its content is, if it does. fzstd takes memory for the window: that is checked here. */
function contentSize(packed: Buffer): number | undefined {
  const damaged = new Malformed('its zstd data are damaged');
  if (packed.length < 9 || packed.readUInt32LE(0) !== 0xfd2fb528) throw damaged;
  const flags = packed[4] as number;
  const single = (flags & 0x20) !== 0;
  if (!single) {
    const descriptor = packed[5] as number;
    const base = 2 ** (10 + (descriptor >> 3));
    if (base + (base / 8) * (descriptor & 7) > largestWindow) throw new Malformed('its zstd window is too large');
  }
  const bytes = [single ? 1 : 0, 2, 4, 8][flags >>> 6] as number;
  const at = 5 + (single ? 0 : 1) + ([0, 1, 2, 4][flags & 3] as number);
  if (at + bytes > packed.length) throw damaged;
  if (bytes === 0) return undefined;
  if (bytes === 8) return Number(packed.readBigUInt64LE(at));
  return packed.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);
}
