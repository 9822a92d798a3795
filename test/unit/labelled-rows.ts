import { readFileSync } from 'node:fs';
import type { Rows } from '../../src/methods/method';
import { sampleMatrix } from './run-method';

/** Rows of these classes. */
export function rowsOf(index: Int32Array, categories = [...new Set(index)].sort((a, b) => a - b).map(String)): Rows {
  return {
    index: Int32Array.from(index, (_, i) => i),
    labels: { kind: 'category', name: 'class', categories, index },
  };
}

/** The activations of a layer on the digits of the sample workspace. */
export function digits(seed: 0 | 1, layer: string) {
  return sampleMatrix(`digits/digits-cnn-seed${seed}-activations.npz`, layer);
}

/** Those digits, by row. */
export const digitRows: Rows = rowsOf(readDigits());

function readDigits(): Int32Array {
  const file = readFileSync(new URL('../../media/samples/digits/digits-test-labels.npy', import.meta.url));
  const start = 10 + file.readUInt16LE(8);
  return Int32Array.from({ length: (file.length - start) / 8 }, (_, i) => Number(file.readBigInt64LE(start + 8 * i)));
}
