import { openData } from '../data/file';
import { candidatesOf } from '../data/representation';
import { fileOf, type PlacedSpec } from '../data/stored';
import type { Method, Size } from '../methods/method';
import type { TensorDescription } from '../protocol/engine';
import { UserError } from '../protocol/errors';
import type { InputSpec } from '../protocol/result';
import { count, size } from '../protocol/words';

/** Stored types that float32 does not hold exactly: they are decoded to float64. */
const DOUBLE = /64$|^u?int32$/;

/** More is needed than the bound for working memory allows; what can be read in blocks may do with less. */
export class OverMemory extends UserError {
  /** @param need what needs how much: "there has to be 3 MB for the centred rows" */
  constructor(
    message: string,
    readonly need: string,
  ) {
    super(message);
  }
}

const REMEDY =
  'Choose fewer inputs, rows or units, a sample of the rows (--sample on the command line), or raise the bound (the ' +
  'setting Memory, --memory on the command line).';

/** What does not fit either when it is read in blocks. */
export function overInBlocks({ need }: OverMemory, sizes: readonly (Size | undefined)[], memory: number): OverMemory {
  const inputs = sizes.length === 1 ? 'The input needs' : `The ${count(sizes.length)} inputs need`;
  return new OverMemory(
    `${inputs} ${size(bytesOf(sizes))} of memory${sizes.length === 1 ? '' : ' together'}, and a method more beside ` +
      `${sizes.length === 1 ? 'it' : 'them'}; the bound is ${size(memory)}. Read in blocks of rows, ${need}. ${REMEDY}`,
    need,
  );
}

/**
 * What the inputs will be, from their headers alone.
 * @throws UserError when a file cannot be opened.
 */
export async function sizesOf(specs: readonly PlacedSpec[], base: string): Promise<readonly (Size | undefined)[]> {
  const tensors = new Map<string, readonly TensorDescription[]>();
  const sizes: (Size | undefined)[] = [];
  for (const spec of specs) {
    const path = fileOf(spec, base);
    const key = JSON.stringify([path, spec.query, spec.raw]);
    if (!tensors.has(key)) tensors.set(key, await describe(path, spec));
    const [tensor, ...others] = candidatesOf(tensors.get(key) ?? [], spec);
    sizes.push(tensor && others.length === 0 ? sizeOf(tensor, spec) : undefined);
  }
  return sizes;
}

/** Bytes that inputs of these sizes take in memory. */
export function bytesOf(sizes: readonly (Size | undefined)[]): number {
  const bytes = (input: Size) => input.rows * input.columns * (input.isDouble ? 8 : 4);
  return sizes.reduce((sum, input) => sum + (input ? bytes(input) : 0), 0);
}

/** Bytes that a method takes beside its inputs: unless it says, a copy in float64. */
export function roomOf(method: Method, sizes: readonly Size[], mayOverwrite = false): number {
  if (method.room) return method.room(sizes, mayOverwrite);
  return sizes.reduce((sum, { rows, columns }) => sum + 8 * rows * columns, 0);
}

/**
 * Adds up what the inputs will take, before any of them is read.
 * @throws OverMemory when that is more than `memory` bytes; UserError when a file cannot be opened.
 */
export async function checkMemory(specs: readonly InputSpec[], base: string, memory: number): Promise<void> {
  const total = bytesOf(await sizesOf(specs, base));
  if (total <= memory) return;
  const need =
    specs.length === 1
      ? `The input needs ${size(total)} of memory`
      : `The ${count(specs.length)} inputs need ${size(total)} of memory together`;
  throw new OverMemory(`${need}; the bound is ${size(memory)}. ${REMEDY}`, need);
}

async function describe(path: string, spec: InputSpec): Promise<readonly TensorDescription[]> {
  const file = await openData(path, spec);
  try {
    return file.describe().tensors;
  } finally {
    await file.close();
  }
}

function sizeOf({ shape, dtype }: TensorDescription, { rows, reduce }: InputSpec): Size {
  const [all = 1, ...rest] = shape;
  const read = rows ? Math.max(0, Math.min(all, rows[1]) - rows[0]) : all;
  const columns = (reduce === 'mean' ? rest.slice(0, 1) : rest).reduce((product, length) => product * length, 1);
  return { rows: read, columns, isDouble: DOUBLE.test(dtype) };
}
