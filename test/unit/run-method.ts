import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { withScratch } from '../../src/engine/scratch';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import type { WeightTensor } from '../../src/linalg/units';
import type { Context, Method, Outcome, Rows, Taken } from '../../src/methods/method';
import type { Figure } from '../../src/protocol/figures';

export interface Surroundings {
  readonly seed?: number;
  readonly signal?: Context['signal'];
  readonly rows?: Rows;
  readonly progress?: Context['progress'];
  readonly reserve?: Context['reserve'];
  readonly fits?: Context['fits'];
  readonly anchorSet?: Context['anchorSet'];
  readonly bare?: boolean;
}

export function contextFor(n: number, given: Surroundings = {}): Context {
  return {
    signal: given.signal ?? new AbortController().signal,
    progress: given.progress ?? (() => {}),
    random: new Random(given.seed ?? 0),
    rows: given.rows ?? { index: Int32Array.from({ length: n }, (_, i) => i) },
    scratch: withScratch,
    reserve: given.reserve ?? (() => {}),
    fits: given.fits ?? (() => true),
    ...(given.anchorSet && { anchorSet: given.anchorSet }),
    ...(given.bare && { bare: true }),
  };
}

/** What a method takes, made of a matrix where it is raw data: a text of letters for each row, edges from each row. */
const takenOf: { readonly [T in keyof Taken]: (name: string, matrix: Matrix) => Taken[T] } = {
  one: (name, matrix) => ({ name, matrix }),
  pair: (name, matrix) => ({ name, matrix }),
  many: (name, matrix) => ({ name, matrix }),
  images: (name, matrix) => ({ name, matrix }),
  text(name, matrix) {
    const word = (value: number) => (value === 0 ? '' : `${'abcdefghijk'[Math.abs(Math.round(3 * value)) % 11]}word`);
    return { name, texts: Array.from({ length: matrix.rows }, (_, i) => Array.from(matrix.row(i), word).join(' ')) };
  },
  graph(name, { rows, columns, data }) {
    const to = (value: number, k: number) => (Math.floor(k / columns) + Math.abs(Math.round(7 * value))) % rows;
    return {
      ...{ name, nodes: Array.from({ length: rows }, (_, i) => `n${i}`) },
      from: Int32Array.from(data, (_, k) => Math.floor(k / columns)),
      to: Int32Array.from(data, to),
      weights: Float64Array.from(data, Math.abs),
    };
  },
  // One layer whose units are the rows, and back.
  model(name, { rows: units, columns, data }) {
    const wide = Float64Array.from(data);
    const tensors = ['w1', 'w2'].map((tensor) => ({ name: tensor, shape: [units, columns], values: wide }));
    return {
      ...{ name, tensors, left: [], parameters: 2 * data.length },
      layers: [
        {
          ...{ name: 'layer', units, homogeneous: true, incoming: { tensor: 0, axis: 0, span: 1 } },
          outgoing: [{ tensor: 1, axis: 0, span: 1 }],
        },
      ],
      outputs: async ([first, second] = tensors) => {
        const out = Matrix.zeros(units, columns);
        for (let i = 0; i < units; i++) {
          for (let u = 0; u < (first?.shape[0] ?? 0); u++) {
            const from = (first as WeightTensor).values.subarray(u * columns, (u + 1) * columns);
            const active = Math.max(
              0,
              from.reduce((sum, w, j) => sum + w * (data[i * columns + j] as number), 0),
            );
            for (let j = 0; j < columns; j++)
              out.data[i * columns + j] = out.at(i, j) + active * (second?.values[u * columns + j] as number);
          }
        }
        return out;
      },
    };
  },
};

/** Runs a method as the engine does: parameters checked and completed, inputs named a and b. */
export async function runMethod(
  method: Method,
  matrices: readonly Matrix[],
  parameters: Readonly<Record<string, unknown>> = {},
  given: Surroundings = {},
): Promise<Outcome> {
  const inputs = matrices.map((matrix, i) => takenOf[method.takes]('abcdefghijklmnop'[i] as string, matrix));
  const context = contextFor(matrices[0]?.rows ?? 0, given);
  return method.run(inputs, method.parameters.parse(parameters), context);
}

/** A figure of an outcome, by its id. */
export function figureOf<Kind extends Figure['kind']>(
  { figures }: { readonly figures?: Outcome['figures'] },
  kind: Kind,
  id: string,
) {
  const figure = figures?.find((one) => one.id === id);
  if (figure?.kind !== kind) throw new Error(`There is no ${kind} "${id}".`);
  return figure as Extract<Figure, { kind: Kind }>;
}

const samples = new URL('../../media/samples/', import.meta.url);

/** A float32 array of the sample data, flattened after its first axis: a .npy file, or a member of an .npz one. */
export function sampleMatrix(path: string, member?: string): Matrix<Float32Array> {
  const file = readFileSync(new URL(path, samples));
  const bytes = member === undefined ? file : Buffer.from(unzipSync(file)[`${member}.npy`] as Uint8Array);
  const start = 10 + bytes.readUInt16LE(8);
  const shape = /'shape': \(([\d, ]+)\)/.exec(bytes.toString('latin1', 10, start))?.[1] ?? '';
  const [rows = 0, ...rest] = shape
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number);
  const data = new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length));
  return new Matrix(
    data,
    rows,
    rest.reduce((product, size) => product * size, 1),
  );
}
