import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll } from 'vitest';
import { openData } from '../../src/data/file';
import type { RawTensor, ReadOptions } from '../../src/data/tensor';
import { UserError } from '../../src/protocol/errors';

export const limit = 1e8;

/** A folder that goes away with the test file. */
export function scratch(): { readonly folder: string; write(name: string, content: string | Uint8Array): string } {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-data-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    folder,
    write(name, content) {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    },
  };
}

export async function read(
  path: string,
  tensor: string | null = null,
  options: Partial<ReadOptions> = {},
): Promise<RawTensor> {
  const file = await openData(path);
  try {
    return await file.read(tensor, { limit, ...options });
  } finally {
    await file.close();
  }
}

/** What the person is told; anything else that is thrown, or nothing, fails the test. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => 'nothing was thrown',
    (reason) => reason,
  );
  if (!(error instanceof UserError)) throw error;
  return error.message;
}

/** A .npy file around a header that need not be true. */
export function npy(header: string, data: Uint8Array = Buffer.alloc(0), version = 1, length = header.length): Buffer {
  const prefix = Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, 'latin1');
  const size = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) size.writeUInt16LE(length);
  else size.writeUInt32LE(length);
  return Buffer.concat([prefix, size, Buffer.from(header, 'utf8'), data]);
}

export function header(descr: string, shape: string, fortran = 'False'): string {
  return `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;
}

export function floats(...values: number[]): Buffer {
  return Buffer.from(Float32Array.from(values).buffer);
}

/** A float32 array with a header that is true. */
export function array(shape: readonly number[], values: readonly number[]): Buffer {
  return npy(header("'<f4'", `(${shape.map((size) => `${size},`).join(' ')})`), floats(...values));
}

export interface Member {
  readonly name: string;
  readonly data: Uint8Array;
  /** Default: stored. */
  readonly method?: number;
  readonly flags?: number;
  /** Untrue sizes, checksum and place. */
  readonly size?: number;
  readonly crc?: number;
  readonly offset?: number;
}

/** A zip archive, as APPNOTE has it, with whatever is wrong with it. */
export function zip(members: readonly Member[], changes: { readonly entries?: number } = {}): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, data, method = 0, flags = 0, ...untrue } of members) {
    const packed = method === 8 ? deflateRawSync(data) : Buffer.from(data);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50);
    local.writeUInt16LE(flags, 6);
    local.writeUInt16LE(method, 8);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(untrue.crc ?? crc32(data), 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(untrue.size ?? data.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(untrue.offset ?? at, 42);
    bodies.push(local, Buffer.from(name), packed);
    directory.push(entry, Buffer.from(name));
    at += 30 + name.length + packed.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(changes.entries ?? members.length, 8);
  end.writeUInt16LE(changes.entries ?? members.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...bodies, list, end]);
}

/** A safetensors file around a header that need not be true. */
export function safetensors(
  json: string,
  data: Uint8Array = Buffer.alloc(0),
  length = Buffer.byteLength(json),
): Buffer {
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(length));
  return Buffer.concat([size, Buffer.from(json), data]);
}
