import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import decode, { init } from '@jsquash/webp/decode.js';
import type { Picture } from './picture';

let ready: Promise<void> | undefined;

/** Pixels of a WebP image, by Google's libwebp in WebAssembly; the decoder is loaded with the first image. */
export async function decodeWebp(bytes: Buffer): Promise<Picture> {
  ready ??= load();
  await ready;
  const { width, height, data } = await decode(new Uint8Array(bytes).buffer);
  return { width, height, channels: 4, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}

/** Beside the bundle it is a file of its own; before bundling, a file of its package. */
async function load(): Promise<void> {
  const beside = join(__dirname, 'webp_dec.wasm');
  const path = existsSync(beside) ? beside : createRequire(__filename).resolve('@jsquash/webp/codec/dec/webp_dec.wasm');
  await init(await WebAssembly.compile(readFileSync(path)));
}
