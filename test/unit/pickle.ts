/** Pickles by hand: the arguments of opcodes as bytes. */
export const bytesOf = (...parts: (string | Uint8Array)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

/** BINUNICODE */
export const text = (value: string): Buffer => bytesOf('X', u32(Buffer.byteLength(value)), Buffer.from(value));

/** LONG1 of 8 bytes */
export function integer(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytesOf('\x8a\x08', bytes);
}

export const tuple = (...items: Uint8Array[]): Buffer => bytesOf('(', ...items, 't');

export const dict = (entries: Readonly<Record<string, Uint8Array>>): Buffer =>
  bytesOf('}(', ...Object.entries(entries).flatMap(([key, value]) => [text(key), value]), 'u');

export const global = (module: string, name: string): Buffer => bytesOf('c', `${module}\n${name}\n`);

export const call = (module: string, name: string, ...args: Uint8Array[]): Buffer =>
  bytesOf(global(module, name), tuple(...args), 'R');

export const storage = (key = '0', length: number | bigint = 6, type = 'FloatStorage'): Buffer =>
  bytesOf(tuple(text('storage'), global('torch', type), text(key), text('cpu'), integer(length)), 'Q');

export interface View {
  readonly offset?: number | bigint;
  readonly shape?: readonly (number | bigint)[];
  readonly strides?: readonly (number | bigint)[];
  readonly base?: Uint8Array;
}

export const tensor = ({ offset = 0, shape = [2, 3], strides = [3, 1], base = storage() }: View = {}): Buffer =>
  call(
    'torch._utils',
    '_rebuild_tensor_v2',
    ...[base, integer(offset), tuple(...shape.map(integer)), tuple(...strides.map(integer))],
    ...[bytesOf('\x89'), bytesOf('N')],
  );

/** A whole pickle of protocol 2. */
export const pickle = (value: Uint8Array | string): Buffer => bytesOf('\x80\x02', value, '.');
