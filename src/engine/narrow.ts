import { symmetricEigen } from '../linalg/eigen';
import { Matrix } from '../linalg/matrix';
import type { Method, RowStream } from '../methods/method';
import { NARROWEST, rowKernel, stripBytes, WIDEST } from '../methods/shared/row-kernel';
import { constantUnits } from '../methods/shared/warnings';
import type { InputSpec, RunRequest } from '../protocol/result';
import { count, plural } from '../protocol/words';
import { contextOf } from './context';
import { keyOf, type Prepared, readRows, takeLabels } from './prepare';
import { openInputs } from './stream';
import type { Desk } from './task';

/** Of doubles that a decomposition of n x n holds beside what it gives, in n x n. */
const DECOMPOSED = 4;

/**
 * Whether a method sees of its inputs only the inner products of rows: then coordinates in what the rows span will do. What
 * fits maps between units of spaces, or makes new representations of them, is none.
 */
export function narrowable({ invariances, takes, kind, labels, alone, seesUnits }: Method): boolean {
  const plain = !alone && !seesUnits && kind !== 'transform' && labels !== 'required';
  return plain && invariances.includes('orthogonal') && ['one', 'pair', 'many'].includes(takes);
}

/**
 * Inputs that have fewer rows than units and do not fit into memory: in place of its units, the coordinates of each along
 * the principal axes of its rows, of which there are no more than rows. They keep the inner product of every two rows, which
 * is all that a method sees which is blind to rotations. Read in strips of units; from the kernel of the rows in float64.
 * @param centred whether the method is blind to translations as well: then columns are centred first, and nothing cancels.
 * @returns undefined where no input has more units than rows, or the files cannot be read in strips
 * @throws OverMemory where the kernels do not fit either; UserError as `prepare`
 */
export async function prepareNarrow(
  request: Pick<RunRequest, 'inputs' | 'labels' | 'seed'>,
  base: string,
  memory: number,
  desk: Desk,
  centred: boolean,
): Promise<Prepared | undefined> {
  const { inputs: specs, labels } = request;
  const open = await openInputs(specs, base, memory, desk);
  try {
    const { stream } = open;
    if (!stream.strip || !stream.inputs.some(({ columns }) => columns > stream.rows)) return undefined;
    const index = await open.index();
    const made = new Map<string, Narrowed>();
    let held = 0;
    for (const [i, spec] of specs.entries()) {
      if (made.has(keyOf(spec))) continue;
      const one = await narrow(stream, i, { rows: index.length, held, memory, centred }, desk);
      held += one.matrix.data.byteLength;
      made.set(keyOf(spec), one);
    }
    const first = specs[0] as InputSpec;
    const { steps, warnings, records } = open.notes();
    const shape = records[0]?.shape ?? [];
    const opened = { ...(records[0] as (typeof records)[number]), shape, notes: [], matrix: Matrix.zeros(0, 0) };
    const labelled = await readRows(labels, first, opened, base, memory, desk);
    const places = index.map((row) => row - (first.rows?.[0] ?? 0));
    return {
      representations: specs.map((spec, i) => ({
        name: stream.inputs[i]?.name ?? '',
        matrix: (made.get(keyOf(spec)) as Narrowed).matrix,
      })),
      records,
      rows: {
        index,
        ...(labelled.names && { names: Array.from(places, (row) => labelled.names?.[row] as string) }),
        ...(labelled.labels && { labels: takeLabels(labelled.labels, places) }),
      },
      bytes: held,
      steps: [...steps, ...new Set([...made.values()].flatMap((one) => one.steps))],
      warnings: [...warnings, ...new Set([...made.values()].flatMap((one) => one.warnings))],
      ...(open.unmatched && { unmatched: open.unmatched }),
    };
  } finally {
    await open.close();
  }
}

interface Narrowed {
  readonly matrix: Matrix;
  readonly steps: readonly string[];
  readonly warnings: readonly string[];
}

interface Bounds {
  readonly rows: number;
  readonly held: number;
  readonly memory: number;
  readonly centred: boolean;
}

async function narrow(
  stream: RowStream,
  input: number,
  { rows, held, memory, centred }: Bounds,
  desk: Desk,
): Promise<Narrowed> {
  const { name, columns } = stream.inputs[input] as RowStream['inputs'][number];
  const context = contextOf(desk, 0, { index: new Int32Array() }, held, memory);
  if (columns <= rows) {
    context.reserve(2 * 8 * rows * columns, `${name}, ${count(rows)} x ${count(columns)} values,`);
    return { matrix: (await stream.strip?.(input, [0, columns])) as Matrix, steps: [], warnings: [] };
  }
  const kernels = 8 * rows * rows * DECOMPOSED;
  const perUnit = stripBytes(stream.rows);
  context.reserve(kernels + NARROWEST * perUnit, `the kernel of all pairs of ${count(rows)} rows`);
  const width = Math.min(WIDEST, Math.floor((memory - held - kernels) / perUnit));
  const progress = (read: number) => desk.progress(read / columns, `Reading units of ${name}`);
  const { kernel, exponent, constant } = await rowKernel(
    stream,
    input,
    { width, double: true, centred, progress },
    context,
  );
  const { values, vectors } = await symmetricEigen(kernel, { signal: desk.signal });
  const least = rows * Number.EPSILON * (values[0] ?? 0);
  const rank = Math.max(1, values.filter((value) => value > least).length);
  const matrix = Matrix.zeros(rows, rank);
  const lengths = values.subarray(0, rank).map((value) => Math.sqrt(Math.max(0, value)) * 2 ** exponent);
  for (let i = 0; i < rows; i++) {
    const like = sameRow(kernel, i);
    if (like !== undefined) matrix.row(i).set(matrix.row(like));
    else if (kernel.at(i, i) > 0)
      for (let j = 0; j < rank; j++) matrix.data[i * rank + j] = vectors.at(i, j) * (lengths[j] as number);
  }
  return {
    matrix,
    steps: [
      `${name}: ${count(columns)} units read in strips of ${plural(width, 'unit')}; in their place the coordinates along the ` +
        `${count(rank)} principal axes of the ${centred ? 'centred ' : ''}rows, which keep every inner product of two rows ` +
        '(kernel in float64); units that are named below are these axes',
    ],
    warnings: constantUnits(name, constant, columns),
  };
}

/** An earlier row that is the same but for rounding: repeated rows stay repeated, to the bit. */
function sameRow(kernel: Matrix, row: number): number | undefined {
  const own = kernel.at(row, row);
  for (let i = 0; i < row; i++) {
    const other = kernel.at(i, i);
    if (own + other - 2 * kernel.at(row, i) <= 8 * Number.EPSILON * (own + other)) return i;
  }
  return undefined;
}
