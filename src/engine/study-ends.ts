import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { readLabels } from '../data/labels';
import { encodeNpy } from '../data/npy-writer';
import type { PlacedSpec } from '../data/stored';
import { Matrix } from '../linalg/matrix';
import { isSymmetric, type Method } from '../methods/method';
import { withoutMissing } from '../methods/shared/classes';
import { lacking } from '../methods/shared/warnings';
import type { Ends } from '../methods/study/profiles';
import { averaged } from '../methods/study/runs';
import { tokenInputs } from '../models/data-kind';
import { readGraph } from '../models/describe';
import { UserError } from '../protocol/errors';
import type { CompareRequest, InputSpec, LabelSpec } from '../protocol/result';
import { compare } from './compare';
import { findMethod } from './describe';
import { withLayers } from './place';
import type { Desk, StudyTask } from './task';

type Values = (number | null)[];

/**
 * The measure of every layer of a model with what that model is given, and of all layers with the labels, a unit for each class.
 * What cannot be compared is left out, and said.
 * @throws Cancelled.
 */
export async function endsOf(task: StudyTask, catalogue: readonly Method[], desk: Desk): Promise<Ends> {
  const { inputs, labels } = task.request;
  const given = new Map<string, Values>();
  const notes = new Set<string>();
  const warnings: string[] = [];
  const tried = async (what: string, values: () => Promise<Values | undefined>) =>
    values().catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      warnings.push(`Not compared with ${what}: ${error.message}`);
      return undefined;
    });
  for (const places of modelsIn(inputs)) {
    const layers = places.map((place) => inputs[place] as PlacedSpec);
    for (const { name, of, note, spec } of await givenTo(layers[0] as PlacedSpec, task.base)) {
      const values = await tried(`${name} of ${of}`, async () => {
        if (!spec) throw new UserError(note);
        return withLayers({ inputs: [spec] }, task, desk, ({ inputs: [own] }) =>
          valuesWith(layers, own as PlacedSpec, task, catalogue, desk),
        );
      });
      if (!values) continue;
      notes.add(note);
      const all = given.get(name) ?? inputs.map(() => null);
      for (const [i, place] of places.entries()) all[place] = values[i] ?? null;
      given.set(name, all);
    }
  }
  // Rows that are paired by identifiers are not in the order of the labels.
  const told = inputs.some(({ ids }) => ids) ? undefined : labels;
  const ofLabels =
    told &&
    (await tried(`the labels ${basename(told.path)}`, () =>
      withClasses(
        told,
        task,
        desk,
        (warning) => warnings.push(warning),
        (own) => valuesWith(inputs, own, task, catalogue, desk),
      ),
    ));
  return {
    inputs: [...given].map(([name, values]) => ({ name, values })),
    ...(ofLabels && { labels: ofLabels }),
    ...{ notes: [...notes], warnings },
  };
}

/** The places of the layers of each model on its data. */
function modelsIn(inputs: readonly InputSpec[]): number[][] {
  const models = new Map<string, number[]>();
  for (const [place, { path, model, rows, ids }] of inputs.entries()) {
    if (!model) continue;
    const key = JSON.stringify([path, model, rows, ids]);
    models.set(key, [...(models.get(key) ?? []), place]);
  }
  return [...models.values()];
}

interface Given {
  readonly name: string;
  /** The model. */
  readonly of: string;
  /** What stands for it. */
  readonly note: string;
  /** Absent where nothing can. */
  readonly spec?: InputSpec;
}

/** What the model of a layer is given: the whole of each input; of ids, which are no numbers to calculate with, what they look up. */
async function givenTo({ path, model, rows, ids }: InputSpec, base: string): Promise<Given[]> {
  if (!model) return [];
  const graph = await readGraph(resolve(base, path));
  const inputs = graph.inputs.filter(({ name }) => name === 'input_ids' || !tokenInputs.includes(name));
  const around = { path, ...(rows && { rows }), ...(ids && { ids }) };
  return inputs.map((input): Given => {
    const name = inputs.length === 1 ? 'the input' : `the input '${input.name}'`;
    const of = basename(path);
    const looked = graph.lookedUp(input.name);
    const ids = `the ids in '${input.name}', between which no distance means anything`;
    if (looked !== undefined)
      return {
        name,
        of,
        note: `${name}: '${looked}', looked up by ${ids}`,
        spec: { ...around, tensor: looked, model },
      };
    if (input.name === 'input_ids') return { name, of, note: `it is ${ids}, and what they look up is not known.` };
    const whole = { ...model, reduce: 'flatten' } as const;
    const note = `${name}: '${input.name}' as the model is given it, every value`;
    return { name, of, note, spec: { ...around, tensor: input.name, model: whole } };
  });
}

/**
 * Does `work` with the labels as a representation: a unit for each class, or the number that each row has. Rows without one are
 * not finite, and left out as such; `warn` says how many.
 */
async function withClasses<T>(
  labels: LabelSpec,
  { base, memory }: StudyTask,
  desk: Desk,
  warn: (warning: string) => void,
  work: (own: PlacedSpec) => Promise<T>,
): Promise<T> {
  const given = await readLabels(labels, base, { limit: memory, signal: desk.signal });
  const read = given.kind === 'category' ? withoutMissing(given) : given;
  const rows = read.kind === 'category' ? read.index.length : read.values.length;
  const matrix = Matrix.zeros(rows, read.kind === 'category' ? read.categories.length : 1);
  for (let row = 0; row < rows; row++) {
    if (read.kind === 'number') matrix.data[row] = read.values[row] as number;
    else if ((read.index[row] as number) < 0) matrix.row(row).fill(Number.NaN);
    else matrix.data[row * matrix.columns + (read.index[row] as number)] = 1;
  }
  const missing = matrix.column(0).filter(Number.isNaN).length;
  if (missing > 0) warn(`Compared with the labels: ${lacking(missing, 'row', `"${read.name}"`)}`);
  const folder = await mkdtemp(join(tmpdir(), 'sextant-labels-'));
  try {
    const path = join(folder, 'labels.npy');
    await writeFile(path, encodeNpy(matrix));
    const notes = read.kind === 'category' ? ['a unit for each class'] : [];
    return await work({ path: labels.path, stored: { path, notes, warnings: [], prepared: {} } });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The measure of each layer with one other, both directions averaged; undefined where none has a value. */
async function valuesWith(
  layers: readonly PlacedSpec[],
  against: PlacedSpec,
  { request, kind: _, comparison: __, ...around }: StudyTask,
  catalogue: readonly Method[],
  desk: Desk,
): Promise<Values | undefined> {
  const { measure, parameters, seed, sample } = request;
  const compared = async (files: Pick<CompareRequest, 'inputs' | 'against'>) => {
    const asked = {
      ...{ ...files, measures: [measure] },
      ...(parameters && { parameters }),
      ...(seed !== undefined && { seed }),
      ...(sample && { sample }),
    };
    return (await compare({ ...around, kind: 'compare', request: asked }, catalogue, desk)).measures[measure];
  };
  const there = await compared({ inputs: layers, against: [against] });
  const forth = there?.matrix.map(([value = null]) => value);
  if (!there || !forth || forth.every((value) => value === null)) return undefined;
  if (isSymmetric(findMethod(catalogue, measure), there.parameters)) return forth;
  const [back = []] = (await compared({ inputs: [against], against: layers }))?.matrix ?? [];
  return forth.map((value, i) => averaged(value, back[i] ?? null));
}
