import { openRepresentation } from '../data/stream';
import { count, size } from '../data/words';
import { Matrix } from '../linalg/matrix';
import { Random } from '../linalg/random';
import { UserError } from '../protocol/errors';
import { displayNames } from '../protocol/names';
import type { InputSpec, RunRequest } from '../protocol/result';
import { type Prepared, readRows, recordOf, takeLabels } from './prepare';
import { badRows, checkKept, leftOut, PLACES } from './rows';
import type { Desk } from './task';

/** Decoded at once while rows are picked. */
const block = 16 << 20;

/**
 * Reads some rows of the one input, drawn at random by the seed, in one pass over it: what a method sees of an input that
 * is larger than memory. Everything else is as `prepare` does it.
 * @throws UserError when the file cannot be read, or too little of the sample is finite.
 */
export async function prepareSample(
  request: RunRequest & { readonly sample: number },
  base: string,
  memory: number,
  desk: Desk,
): Promise<Prepared> {
  const { inputs, labels, seed = 0, sample } = request;
  const spec = inputs[0] as InputSpec;
  if (!Number.isInteger(sample) || sample < 2)
    throw new UserError(`A sample of ${sample} rows was asked for. Two or more are needed, better hundreds.`);
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
    const data = isDouble ? new Float64Array(wanted * columns) : new Float32Array(wanted * columns);
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
    const [name = ''] = displayNames([{ path: spec.path, tensor: source.tensor }]);
    const matrix = new Matrix(data, wanted, columns);
    const offset = spec.rows?.[0] ?? 0;
    const bad = badRows({ matrix });
    // Rows are named as they stand in the file.
    const input = { ...source, matrix, name, path: spec.path, first: offset, picked };
    const warnings = bad.length > 0 ? [leftOut(input, bad.slice(0, PLACES), bad.length, [input])] : [];
    checkKept(wanted - bad.length, wanted, warnings);
    const missing = new Set(bad);
    const kept = Int32Array.from({ length: wanted }, (_, i) => i).filter((i) => !missing.has(i));
    const index = kept.map((row) => picked[row] as number);
    const finite = bad.length > 0 ? matrix.takeRows(kept) : matrix;
    const opened = { matrix, ...source };
    const labelled = await readRows(labels, spec, opened, base, memory, desk);
    const note = `sample of ${count(wanted)} of ${count(rows)} rows, seed ${seed}`;
    return {
      representations: [{ name, matrix: finite }],
      records: [recordOf(spec, source, [finite.rows, columns])],
      rows: {
        index: index.map((row) => row + offset),
        ...(labelled.names && { names: Array.from(index, (row) => labelled.names?.[row] as string) }),
        ...(labelled.labels && { labels: takeLabels(labelled.labels, index) }),
      },
      bytes: finite.data.byteLength,
      steps: [...source.notes, ...(wanted < rows ? [note] : [])],
      warnings,
      ...(wanted < rows && { sampled: note }),
    };
  } finally {
    await source.close();
  }
}
