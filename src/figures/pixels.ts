import { zlibSync } from 'fflate';
import { channels } from './palettes';

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** A picture of `width` x `height` pixels as the address of a PNG; `colour` gives #rrggbb of a pixel, row by row. */
export function pixels(width: number, height: number, colour: (index: number) => string): string {
  const bytes = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) bytes.set(channels(colour(i)), i * 3);
  return png(width, height, bytes, 3);
}

/** Bytes of red, green and blue, with opacity where there are four to a pixel, as the address of a PNG. */
export function png(width: number, height: number, bytes: Uint8Array, channels: 3 | 4): string {
  const line = channels * width;
  // Each row begins with its filter: none.
  const raw = new Uint8Array(height * (1 + line));
  for (let y = 0; y < height; y++) raw.set(bytes.subarray(y * line, (y + 1) * line), y * (1 + line) + 1);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  // Eight bits each; without opacity or with it.
  header.set([8, channels === 3 ? 2 : 6], 8);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const parts = [signature, chunk('IHDR', header), chunk('IDAT', zlibSync(raw)), chunk('IEND', new Uint8Array(0))];
  const text = parts.map((part) => Array.from(part, (byte) => String.fromCharCode(byte)).join('')).join('');
  return `data:image/png;base64,${btoa(text)}`;
}

/** Length, type, data, checksum of the type and the data. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length + 12);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  out.set(new TextEncoder().encode(type), 4);
  out.set(data, 8);
  let crc = 0xffffffff;
  for (const byte of out.subarray(4, data.length + 8)) crc = (CRC[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  view.setUint32(data.length + 8, ~crc >>> 0);
  return out;
}
