import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { readLabels } from '../data/labels';
import { encodeNpy } from '../data/npy-writer';
import type { PlacedSpec } from '../data/stored';
import { Matrix } from '../linalg/matrix';
import type { Method } from '../methods/method';
import type { Ends } from '../methods/study/profiles';
import { UserError } from '../protocol/errors';
import type { InputSpec, LabelSpec } from '../protocol/result';
import { compare } from './compare';
import type { Desk, StudyTask } from './task';

/**
 * The measure of every layer with the data that the models were run on, where all were run on the same numbers, and with the
 * labels, a unit for each class. What cannot be compared is left out, and said.
 * @throws Cancelled.
 */
export async function endsOf(task: StudyTask, catalogue: readonly Method[], desk: Desk): Promise<Ends> {
  const { inputs, labels } = task.request;
  // Rows that are paired by identifiers are not in the order of the data.
  if (inputs.some(({ ids }) => ids)) return { warnings: [] };
  const warnings: string[] = [];
  const tried = async (what: string, against: PlacedSpec) => {
    const values = await valuesWith(against, task, catalogue, desk).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      warnings.push(`Not compared with ${what}: ${error.message}`);
      return undefined;
    });
    return values?.every((value) => value === null) ? undefined : values;
  };
  const given = dataOf(inputs);
  const data = given && (await tried(`the data ${basename(given.path)}`, given));
  const folder = labels && (await mkdtemp(join(tmpdir(), 'sextant-labels-')));
  try {
    const own = folder && labels && (await classesOf(labels, task, folder, desk).catch(refusal(warnings)));
    const ofLabels = own && (await tried(`the labels ${basename(own.path)}`, own));
    return { ...(data && { data }), ...(ofLabels && { labels: ofLabels }), warnings };
  } finally {
    if (folder) await rm(folder, { recursive: true, force: true });
  }
}

function refusal(warnings: string[]) {
  return (error: unknown): undefined => {
    if (!(error instanceof UserError)) throw error;
    warnings.push(`Not compared with the labels: ${error.message}`);
  };
}

/** What all of them were run on, if it is one file of numbers. */
function dataOf(inputs: readonly InputSpec[]): InputSpec | undefined {
  const all = new Set(inputs.map(({ model }) => JSON.stringify(model?.data)));
  const [only, ...more] = inputs[0]?.model?.data ?? [];
  if (all.size !== 1 || !only || more.length > 0) return undefined;
  const { path, tensor } = only;
  return /\.(np[yz]|safetensors|h5|hdf5|mat|parquet|arrow|feather)$/i.test(path)
    ? { path, ...(tensor !== undefined && { tensor }) }
    : undefined;
}

/** The labels as a representation: a unit for each class, or the number that each row has. */
async function classesOf(
  labels: LabelSpec,
  { base, memory }: StudyTask,
  folder: string,
  desk: Desk,
): Promise<PlacedSpec> {
  const read = await readLabels(labels, base, { limit: memory, signal: desk.signal });
  const rows = read.kind === 'category' ? read.index.length : read.values.length;
  const matrix = Matrix.zeros(rows, read.kind === 'category' ? read.categories.length : 1);
  for (let row = 0; row < rows; row++) {
    if (read.kind === 'number') matrix.data[row] = read.values[row] as number;
    else matrix.data[row * matrix.columns + (read.index[row] as number)] = 1;
  }
  const path = join(folder, 'labels.npy');
  await writeFile(path, encodeNpy(matrix));
  const notes = read.kind === 'category' ? ['a unit for each class'] : [];
  return { path: labels.path, stored: { path, notes, warnings: [], prepared: {} } };
}

async function valuesWith(
  against: PlacedSpec,
  { request, kind: _, comparison: __, ...around }: StudyTask,
  catalogue: readonly Method[],
  desk: Desk,
): Promise<(number | null)[] | undefined> {
  const { inputs, measure, parameters, seed, sample } = request;
  const asked = {
    ...{ inputs, against: [against], measures: [measure] },
    ...(parameters && { parameters }),
    ...(seed !== undefined && { seed }),
    ...(sample && { sample }),
  };
  const { measures } = await compare({ ...around, kind: 'compare', request: asked }, catalogue, desk);
  return measures[measure]?.matrix.map(([value = null]) => value);
}
