import type { Picture } from './picture';

/** Pixels of a Windows bitmap: 1, 4 or 8 bits with a palette, 24, or 32 bits with or without masks; not compressed. */
export function decodeBmp(bytes: Buffer): Picture {
  const start = bytes.readUInt32LE(10);
  const header = bytes.readUInt32LE(14);
  if (header < 40) throw new Error('its header is of OS/2, which is not read');
  const width = bytes.readInt32LE(18);
  const signed = bytes.readInt32LE(22);
  const height = Math.abs(signed);
  const bits = bytes.readUInt16LE(28);
  const compression = bytes.readUInt32LE(30);
  if (![0, 3].includes(compression) || (compression === 3 && bits !== 32))
    throw new Error(`it is compressed (${compression}), which is not read`);
  if (![1, 4, 8, 24, 32].includes(bits)) throw new Error(`it has ${bits} bits a pixel, which is not read`);
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (start + stride * height > bytes.length) throw new Error('it ends before its pixels do');
  const palette = 14 + header;
  const colours = bytes.readUInt32LE(46) || 2 ** Math.min(bits, 8);
  const masks = compression === 3 ? [54, 58, 62].map((at) => shiftOf(bytes.readUInt32LE(at))) : [16, 8, 0];
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    const row = start + stride * (signed < 0 ? y : height - 1 - y);
    for (let x = 0; x < width; x++) {
      if (bits <= 8) {
        const packed = bytes[row + ((x * bits) >> 3)] as number;
        const index = (packed >> (8 - bits - ((x * bits) & 7))) & (2 ** bits - 1);
        if (index >= colours) throw new Error(`a pixel has the colour ${index} of ${colours}`);
        for (let c = 2; c >= 0; c--) data[at++] = bytes[palette + 4 * index + c] as number;
      } else if (bits === 24) {
        for (let c = 2; c >= 0; c--) data[at++] = bytes[row + 3 * x + c] as number;
      } else {
        const value = bytes.readUInt32LE(row + 4 * x);
        for (const shift of masks) data[at++] = (value >>> shift) & 255;
      }
    }
  }
  return { width, height, channels: 3, data };
}

/** Of a mask of eight bits in a row, how far up it begins. */
function shiftOf(mask: number): number {
  const shift = [0, 8, 16, 24].find((by) => mask === (255 << by) >>> 0);
  if (shift === undefined) throw new Error('its channels are not of eight bits each, which is not read');
  return shift;
}
