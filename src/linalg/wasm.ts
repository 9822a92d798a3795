import { type Bytes, concat, varint } from './onnx';

/**
 * Writes WebAssembly modules (WebAssembly Core 2.0, §5) of functions on one memory that is imported: just what loops over
 * float64 in vectors of two need. Code is a run of bytes; an expression leaves its value on the stack.
 */
export type Code = readonly number[];
export type Type = 'address' | 'number' | 'pair';

const TYPES: Readonly<Record<Type, number>> = { address: 0x7f, number: 0x7c, pair: 0x7b };
const VECTOR = 0xfd;

/** A parameter or a variable of a function. */
export interface Local {
  readonly type: Type;
  readonly get: Code;
  set(value: Code): Code;
}

export interface Routine {
  readonly name: string;
  readonly parameters: readonly Type[];
  readonly variables: readonly Type[];
  /** Makes the code from the parameters and then the variables. */
  body(...locals: Local[]): Code;
}

const unsigned = (value: number) => Array.from(varint(value));
/** `align` is a hint only: 3 for eight bytes. */
const access = (op: readonly number[], offset: number) => [VECTOR, ...op, 3, ...unsigned(offset)];

/** The constant, not negative. */
export const constant = (value: number): Code => {
  const bytes: number[] = [];
  // Signed: the last byte has six bits.
  for (; value > 63; value >>>= 7) bytes.push((value & 127) | 128);
  return [0x41, ...bytes, value];
};
/** One value in both halves of a pair. */
export const pairOf = (value: number): Code => {
  const bytes = Array.from(new Uint8Array(Float64Array.of(value, value).buffer));
  return [VECTOR, 0x0c, ...bytes];
};
export const ZEROS: Code = pairOf(0);
/** A number in both halves. */
export const bothOf = (value: Local): Code => [...value.get, VECTOR, 0x14];
export const plus = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
export const sumOf = (a: Code, b: Code): Code => [...a, ...b, VECTOR, ...unsigned(0xf0)];
export const productOf = (a: Code, b: Code): Code => [...a, ...b, VECTOR, ...unsigned(0xf2)];
export const differenceOf = (a: Code, b: Code): Code => [...a, ...b, VECTOR, ...unsigned(0xf1)];
export const quotientOf = (a: Code, b: Code): Code => [...a, ...b, VECTOR, ...unsigned(0xf3)];
/** The first where one of them is no number: of one instruction, as the maximum that minds it is not. */
export const largerOf = (a: Code, b: Code): Code => [...a, ...b, VECTOR, ...unsigned(0xf7)];
/** All bits where it is no number, which is one itself, otherwise none. */
export const noNumber = (a: Code): Code => [...a, ...a, VECTOR, 0x48];
/** All bits where the first is the larger, otherwise none. */
export const isLarger = (a: Code, b: Code): Code => [...a, ...b, VECTOR, 0x4a];
export const sharedBits = (a: Code, b: Code): Code => [...a, ...b, VECTOR, 0x4e];
/** 2ᵏ a of an integer k that the last bits of a float64 are, where both and the product are normal numbers. */
export const timesPower = (a: Code, k: Code): Code => [
  ...[...a, ...k, ...constant(52), VECTOR, ...unsigned(0xcb)],
  ...[VECTOR, ...unsigned(0xce)],
];
export const bitsOfBoth = (a: Code, b: Code): Code => [...a, ...b, VECTOR, 0x50];
export const rootOf = (a: Code): Code => [...a, VECTOR, ...unsigned(0xef)];
export const magnitudeOf = (a: Code): Code => [...a, VECTOR, ...unsigned(0xec)];
/** An integer of four bytes. */
export const loadAddress = (address: Code): Code => [...address, 0x28, 2, 0];
export const loadPair = (address: Code, offset = 0): Code => [...address, ...access([0x00], offset)];
/** One value in both halves. */
export const loadBoth = (address: Code, offset = 0): Code => [...address, ...access([0x0a], offset)];
/** One value, and zero beside it. */
export const loadOne = (address: Code, offset = 0): Code => [...address, ...access([0x5d], offset)];
export const storePair = (address: Code, value: Code, offset = 0): Code => [
  ...address,
  ...value,
  ...access([0x0b], offset),
];
/** The first half of a pair. */
export const storeOne = (address: Code, value: Code, offset = 0): Code => [
  ...address,
  ...value,
  ...access([0x5b], offset),
  0,
];
/** Stores the sum of the two halves, a float64. */
export const storeSum = (address: Code, pair: Local, offset = 0): Code => [
  ...address,
  ...half(pair, 0),
  ...half(pair, 1),
  0xa0,
  0x39,
  3,
  ...unsigned(offset),
];
const half = (pair: Local, which: 0 | 1): Code => [...pair.get, VECTOR, 0x21, which];

/** The address so many bytes further. */
export const ahead = (local: Local, bytes: number): Code => plus(local.get, constant(bytes));
/** Moves addresses so many bytes on. */
export const forward = (bytes: number, ...locals: readonly Local[]): Code =>
  locals.flatMap((local) => local.set(ahead(local, bytes)));
export const addTo = (sum: Local, pair: Code): Code => sum.set(sumOf(sum.get, pair));

/** Repeats while a <= b, as addresses; tests before the first time. */
export const whileUpTo = (a: Code, b: Code, body: Code): Code => [
  ...[0x02, 0x40, 0x03, 0x40],
  ...[...a, ...b, 0x4b, 0x0d, 1],
  ...body,
  ...[0x0c, 0, 0x0b, 0x0b],
];

/** The bytes of a module that imports `env.memory` and exports the routines by their names. */
export function encodeModule(routines: readonly Routine[]): Bytes {
  const text = (value: string) => vector(Array.from(new TextEncoder().encode(value), (byte) => [byte]));
  const section = (id: number, content: Code) => [id, ...sized(content)];
  return concat(
    [
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(
        1,
        vector(routines.map(({ parameters }) => [0x60, ...vector(parameters.map((type) => [TYPES[type]])), 0])),
      ),
      section(2, vector([[...text('env'), ...text('memory'), 2, 0, 0]])),
      section(3, vector(routines.map((_, index) => unsigned(index)))),
      section(7, vector(routines.map(({ name }, index) => [...text(name), 0, ...unsigned(index)]))),
      section(10, vector(routines.map((routine) => sized(codeOf(routine))))),
    ].map((part) => Uint8Array.from(part)),
  );
}

const PAGE = 65_536;

/**
 * The routines, called by name, on a memory of at least so many bytes. Null where there can be none: it reserves gigabytes of
 * addresses, which a limit on them (ulimit -v, as clusters set) may not leave.
 */
export function instantiate<Name extends string, Native>(
  routines: readonly Routine[],
  bytes: number,
): { readonly memory: ArrayBuffer; readonly native: Readonly<Record<Name, Native>> } | null {
  try {
    const pages = Math.ceil(bytes / PAGE);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const module = new WebAssembly.Module(encodeModule(routines));
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    return { memory: memory.buffer, native: exports as unknown as Record<Name, Native> };
  } catch {
    return null;
  }
}

function codeOf({ parameters, variables, body }: Routine): Code {
  const locals = [...parameters, ...variables].map(
    (type, index): Local => ({
      type,
      get: [0x20, ...unsigned(index)],
      set: (value) => [...value, 0x21, ...unsigned(index)],
    }),
  );
  return [...vector(variables.map((type) => [1, TYPES[type]])), ...body(...locals), 0x0b];
}

const sized = (content: Code): Code => [...unsigned(content.length), ...content];
const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
