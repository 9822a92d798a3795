import { resolve } from 'node:path';
import { openData } from '../data/file';
import { count, size } from '../data/words';
import type { TensorDescription } from '../protocol/engine';
import { UserError } from '../protocol/errors';
import type { InputSpec } from '../protocol/result';

/** Stored types that float32 does not hold exactly: they are decoded to float64. */
const DOUBLE = /64$|^u?int32$/;

/**
 * Adds up what the inputs will take, from their headers alone, before any of them is read.
 * @throws UserError when that is more than `memory` bytes, or a file cannot be opened.
 */
export async function checkMemory(specs: readonly InputSpec[], base: string, memory: number): Promise<void> {
  const tensors = new Map<string, readonly TensorDescription[]>();
  let total = 0;
  for (const spec of specs) {
    const path = resolve(base, spec.path);
    const key = JSON.stringify([path, spec.query, spec.raw]);
    if (!tensors.has(key)) tensors.set(key, await describe(path, spec));
    const all = tensors.get(key) ?? [];
    const tensor = all.find(({ name }) => name === (spec.tensor ?? null)) ?? (all.length === 1 ? all[0] : undefined);
    if (tensor) total += bytesOf(tensor, spec);
  }
  if (total <= memory) return;
  throw new UserError(
    `The ${count(specs.length)} inputs need ${size(total)} of memory together; the bound is ${size(memory)}. ` +
      'Choose fewer inputs or rows, or raise the bound (the setting Memory, --memory on the command line).',
  );
}

async function describe(path: string, spec: InputSpec): Promise<readonly TensorDescription[]> {
  const file = await openData(path, spec);
  try {
    return file.describe().tensors;
  } finally {
    await file.close();
  }
}

function bytesOf({ shape, dtype }: TensorDescription, { rows, reduce }: InputSpec): number {
  const [all = 1, ...rest] = shape;
  const read = rows ? Math.max(0, Math.min(all, rows[1]) - rows[0]) : all;
  const units = (reduce === 'mean' ? rest.slice(0, 1) : rest).reduce((product, length) => product * length, 1);
  return read * units * (DOUBLE.test(dtype) ? 8 : 4);
}
