import { readFileSync } from 'node:fs';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import type { Context, Method, Outcome, Rows } from '../../src/methods/method';

export interface Surroundings {
  readonly seed?: number;
  readonly signal?: Context['signal'];
  readonly rows?: Rows;
  readonly progress?: Context['progress'];
  readonly reserve?: Context['reserve'];
}

export function contextFor(n: number, given: Surroundings = {}): Context {
  return {
    signal: given.signal ?? new AbortController().signal,
    progress: given.progress ?? (() => {}),
    random: new Random(given.seed ?? 0),
    rows: given.rows ?? { index: Int32Array.from({ length: n }, (_, i) => i) },
    reserve: given.reserve ?? (() => {}),
  };
}

/** Runs a method as the engine does: parameters checked and completed, inputs named a and b. */
export async function runMethod(
  method: Method,
  matrices: readonly Matrix[],
  parameters: Readonly<Record<string, unknown>> = {},
  given: Surroundings = {},
): Promise<Outcome> {
  const inputs = matrices.map((matrix, i) => ({ name: i === 0 ? 'a' : 'b', matrix }));
  const context = contextFor(matrices[0]?.rows ?? 0, given);
  return method.run(inputs, method.parameters.parse(parameters), context);
}

/** A float32 matrix of the sample data (.npy 1.0, C order). */
export function sampleMatrix(path: string): Matrix<Float32Array> {
  const bytes = readFileSync(new URL(`../../media/samples/${path}`, import.meta.url));
  const start = 10 + bytes.readUInt16LE(8);
  const shape = /'shape': \((\d+), (\d+)\)/.exec(bytes.toString('latin1', 10, start));
  const data = new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length));
  return new Matrix(data, Number(shape?.[1]), Number(shape?.[2]));
}
