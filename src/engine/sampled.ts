import { openRepresentation } from '../data/stream';
import { Matrix, reals } from '../linalg/matrix';
import { Random } from '../linalg/random';
import { UserError } from '../protocol/errors';
import { displayNames } from '../protocol/names';
import type { InputSpec, RunRequest } from '../protocol/result';
import { count, size } from '../protocol/words';
import { bytesOf, sizesOf } from './memory';
import {
  distinct,
  keyOf,
  labelsAmongUnits,
  named,
  type Prepared,
  prepare,
  readRows,
  recordOf,
  takeLabels,
} from './prepare';
import { badRows, checkKept, checkRows, leftOut } from './rows';
import type { Desk } from './task';

/** Decoded at once while rows are picked. */
const block = 16 << 20;

/**
 * Inputs as a method takes them. Where a sample of large inputs is wanted it is drawn while they are read, so that the
 * whole of them never is in memory.
 */
export async function prepareInputs(
  request: Pick<RunRequest, 'inputs' | 'labels' | 'seed' | 'sample'>,
  base: string,
  memory: number,
  desk: Desk,
): Promise<Prepared> {
  const { sample, inputs } = request;
  if (!sample || inputs.some(({ ids }) => ids)) return prepare(request, base, memory, desk);
  const large = bytesOf(await sizesOf(distinct(inputs), base)) > memory / 4;
  return large ? prepareSample({ ...request, sample }, base, memory, desk) : prepare(request, base, memory, desk);
}

/**
 * Reads some rows of the inputs, drawn at random by the seed, the same ones of each, in one pass over every input: what a
 * method sees of inputs that are larger than memory. Everything else is as `prepare` does it, without identifiers.
 * @throws UserError when a file cannot be read, the inputs have unequal rows, or too little of the sample is finite.
 */
async function prepareSample(
  request: Pick<RunRequest, 'inputs' | 'labels' | 'seed'> & { readonly sample: number },
  base: string,
  memory: number,
  desk: Desk,
): Promise<Prepared> {
  const { inputs, labels, seed = 0, sample } = request;
  if (!Number.isInteger(sample) || sample < 2)
    throw new UserError(`A sample of ${sample} rows was asked for. Two or more are needed, better hundreds.`);
  const drawn = new Map<string, Drawn>();
  let left = memory;
  for (const spec of distinct(inputs)) {
    const one = await draw(spec, { sample, seed, base, memory: left }, desk);
    left -= one.matrix.data.byteLength;
    drawn.set(keyOf(spec), one);
  }
  const sources = inputs.map((spec) => drawn.get(keyOf(spec)) as Drawn);
  const names = displayNames(inputs.map(({ path }, i) => ({ path, tensor: sources[i]?.tensor ?? null })));
  const read = sources.map((source, i) => {
    const { path, rows } = inputs[i] as InputSpec;
    return { ...source, name: names[i] as string, path, first: rows?.[0] ?? 0 };
  });
  const first = read[0] as (typeof read)[number];
  // A sample of inputs with other numbers of rows is drawn from other places: their rows are no pairs.
  checkRows(read.map((one) => ({ ...one, matrix: { rows: one.rows } })));
  const wanted = first.matrix.rows;
  const missing = new Set<number>();
  const warnings: string[] = [];
  for (const one of read) {
    const bad = badRows({ matrix: one.matrix });
    if (bad.rows.length > 0) warnings.push(leftOut(one, bad, read));
    for (const row of bad.rows) missing.add(row);
  }
  checkKept(wanted - missing.size, wanted, warnings);
  const kept = Int32Array.from({ length: wanted }, (_, i) => i).filter((i) => !missing.has(i));
  const index = kept.map((row) => first.picked[row] as number);
  const taken = new Map(sources.map(({ matrix }) => [matrix, missing.size > 0 ? matrix.takeRows(kept) : matrix]));
  const matrices = sources.map(({ matrix }) => taken.get(matrix) as Matrix);
  const labelled = await readRows(labels, inputs[0] as InputSpec, sources[0] as Drawn, base, memory, desk);
  const note = `sample of ${count(wanted)} of ${count(first.rows)} rows, seed ${seed}`;
  const notes = [
    ...new Set(read.flatMap((one) => one.notes.map((told) => (read.length > 1 ? `${one.name}: ${told}` : told)))),
  ];
  return {
    representations: matrices.map((matrix, i) => named(names[i] as string, matrix, sources[i] as Drawn)),
    records: matrices.map((matrix, i) =>
      recordOf(inputs[i] as InputSpec, sources[i] as Drawn, [matrix.rows, matrix.columns]),
    ),
    rows: {
      index: index.map((row) => row + first.first),
      ...(labelled.names && { names: Array.from(index, (row) => labelled.names?.[row] as string) }),
      ...(labelled.labels && { labels: takeLabels(labelled.labels, index) }),
    },
    bytes: [...taken.values()].reduce((sum, { data }) => sum + data.byteLength, 0),
    steps: [...notes, ...(wanted < first.rows ? [note] : [])],
    warnings: [...warnings, ...labelsAmongUnits(labels, read)],
    ...(wanted < first.rows && { sampled: note }),
  };
}

/** Some rows of an input, and what is known of it. */
type Drawn = Omit<Awaited<ReturnType<typeof openRepresentation>>, 'blocks' | 'close'> & {
  readonly matrix: Matrix;
  /** Where the rows stand among those that the input names. */
  readonly picked: Int32Array;
};

async function draw(
  spec: InputSpec,
  {
    sample,
    seed,
    base,
    memory,
  }: { readonly sample: number; readonly seed: number; readonly base: string; readonly memory: number },
  desk: Desk,
): Promise<Drawn> {
  const source = await openRepresentation(spec, base, { limit: memory, signal: desk.signal });
  try {
    const { rows, columns, isDouble } = source;
    const wanted = Math.min(sample, rows);
    const bytes = wanted * columns * (isDouble ? 8 : 4);
    if (bytes > memory)
      throw new UserError(
        `A sample of ${count(wanted)} rows of ${count(columns)} units needs ${size(bytes)} of memory; the bound is ` +
          `${size(memory)}. Ask for fewer rows.`,
      );
    const picked = new Random(seed).sample(rows, wanted).sort();
    const data = reals(wanted * columns, isDouble);
    const height = Math.max(1, Math.floor(block / source.blockBytes(1)));
    let first = 0;
    let next = 0;
    for await (const { data: values, rows: read } of source.blocks(height)) {
      desk.signal.throwIfAborted();
      desk.progress(first / rows, 'Drawing rows');
      for (; next < wanted && (picked[next] as number) < first + read; next++) {
        const at = ((picked[next] as number) - first) * columns;
        data.set(values.subarray(at, at + columns), next * columns);
      }
      first += read;
      if (next === wanted) break;
    }
    return { ...source, matrix: new Matrix(data, wanted, columns), picked };
  } finally {
    await source.close();
  }
}
