import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { beginSafetensors, type Together } from '../data/safetensors-writer';
import type { PlacedSpec } from '../data/stored';
import { runtimeVersion } from '../linalg/runtime';
import { chooseLayers } from '../models/choose-layers';
import { readGraph } from '../models/describe';
import { type LayerHead, runLayers } from '../models/run';
import { UserError } from '../protocol/errors';
import type { InputSpec, ModelRun, Preparation } from '../protocol/result';
import { some } from '../protocol/words';
import { hashesOf, provenanceOf, requireTrust } from './extract';
import { resumable } from './resumable';
import type { Desk, Surroundings } from './task';
import { version } from './version';

/** Bytes of layers that are kept; what was used longest ago makes room. */
const mostBytes = 4e9;
/** Files that are written in one run of a model. */
const mostFiles = 100;
/** Files that work is being done on; they are of this thread alone. */
const held = new Set<string>();

/** What a request is computed on. */
interface Inputs {
  readonly inputs: readonly InputSpec[];
  readonly against?: readonly InputSpec[];
}

/** What was done to a layer, beside the file that it is kept in. */
type Kept = Omit<NonNullable<PlacedSpec['stored']>, 'path' | 'from'>;

/** A layer and the file that it is kept in. */
interface Layer {
  readonly name: string;
  readonly path: string;
}

/**
 * Computes the layers of models that a request names, each once for the same model, data, reduction and versions, and does
 * `work` on the request with their files in their place, and with what is to be said of them.
 * @throws UserError where a model, its data or a layer cannot be used; Cancelled.
 */
export async function withLayers<R extends Inputs, T>(
  request: R,
  around: Surroundings,
  desk: Desk,
  work: (placed: R, warnings: readonly string[]) => Promise<T>,
): Promise<T> {
  const given = [...request.inputs, ...(request.against ?? [])];
  const models = given.filter(({ model }) => model !== undefined);
  if (models.length === 0) return work(placedIn(request, new Map()), []);
  for (const { path } of models) requireTrust(path, around);
  const folder = around.layers ?? (await mkdtemp(join(tmpdir(), 'sextant-layers-')));
  try {
    await mkdir(folder, { recursive: true });
    const placed = new Map<InputSpec, PlacedSpec>();
    for (const group of groupsOf(models)) await placeGroup(group, folder, around, desk, placed);
    const warnings = new Set([...placed.values()].flatMap(({ stored }) => stored?.warnings ?? []));
    const answer = await holding(placed, () => work(placedIn(request, placed), [...warnings]));
    if (around.layers !== undefined) await makeRoom(folder);
    return answer;
  } finally {
    if (around.layers === undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** Does `work` on files that stay meanwhile: it may need further layers, which want room. */
async function holding<T>(placed: ReadonlyMap<InputSpec, PlacedSpec>, work: () => Promise<T>): Promise<T> {
  const paths = [...placed.values()].flatMap(({ stored }) => stored?.path ?? []);
  const own = paths.filter((path) => !held.has(path));
  for (const path of own) held.add(path);
  try {
    return await work();
  } finally {
    for (const path of own) held.delete(path);
  }
}

/** The request without files in the place of its own, but for those that were made here. */
function placedIn<R extends Inputs>(request: R, placed: ReadonlyMap<InputSpec, PlacedSpec>): R {
  const place = (spec: InputSpec): PlacedSpec => placed.get(spec) ?? { ...spec, stored: undefined };
  return {
    ...request,
    inputs: request.inputs.map(place),
    ...(request.against && { against: request.against.map(place) }),
  };
}

/** Layers of one model on the same data are had from one run. */
function groupsOf(specs: readonly InputSpec[]): InputSpec[][] {
  const groups = new Map<string, InputSpec[]>();
  for (const spec of specs) {
    const key = JSON.stringify([spec.path, spec.model]);
    groups.set(key, [...(groups.get(key) ?? []), spec]);
  }
  return [...groups.values()];
}

async function placeGroup(
  specs: readonly InputSpec[],
  folder: string,
  around: Surroundings,
  desk: Desk,
  placed: Map<InputSpec, PlacedSpec>,
): Promise<void> {
  const { path: given, model: run } = specs[0] as InputSpec & { readonly model: ModelRun };
  const path = resolve(around.base, given);
  const graph = await readGraph(path);
  const names = specs.map(({ tensor }) => {
    const chosen = chooseLayers(basename(path), graph, tensor === undefined ? [] : [tensor]);
    const [only, ...others] = chosen.map(({ layer }) => layer.name);
    if (only !== undefined && others.length === 0) return only;
    throw new UserError(
      `${basename(path)}: ${tensor === undefined ? 'a layer has to be chosen' : `'${tensor}' names ${chosen.length} layers where one is needed`}` +
        ` (${some(chosen.map(({ layer }) => layer.name))}).`,
    );
  });
  const sha256 = await hashesOf(path, run, around.base, desk);
  const runtime = await runtimeVersion();
  const fileOf = (name: string) => {
    const parts = run.data.map(({ input, tensor }, i) => [input, tensor, sha256.data[i]]);
    const how = [run.reduce ?? null, run.preparation ?? {}, sha256.folder, around.provider ?? 'cpu'];
    const key = JSON.stringify([version, runtime, sha256.model, parts, name, how]);
    return join(folder, `${createHash('sha256').update(key).digest('hex')}.safetensors`);
  };
  const wanted = [...new Set(names)].map((name): Layer => ({ name, path: fileOf(name) }));
  const notes = new Map<string, Kept>();
  const missing: Layer[] = [];
  for (const layer of wanted) {
    const kept = await keptNotes(layer.path);
    if (kept) notes.set(layer.name, kept);
    else missing.push(layer);
  }
  for (let at = 0; at < missing.length; at += mostFiles) {
    const made = await compute(path, run, missing.slice(at, at + mostFiles), sha256, folder, around, desk);
    for (const [name, kept] of made) notes.set(name, kept);
  }
  const before = graph.feeding([...new Set(names)]);
  for (const [i, spec] of specs.entries()) {
    const name = names[i] as string;
    const kept = notes.get(name) as Kept;
    const from = before.get(name) ?? [];
    placed.set(spec, {
      ...{ ...spec, tensor: name },
      stored: { path: fileOf(name), ...kept, ...(from.length > 0 && { from }) },
    });
  }
}

/** Runs a model once and writes a file for each of these layers; returns what was done to each. */
async function compute(
  path: string,
  run: ModelRun,
  layers: readonly Layer[],
  sha256: Awaited<ReturnType<typeof hashesOf>>,
  folder: string,
  { base, memory, provider }: Surroundings,
  desk: Desk,
): Promise<ReadonlyMap<string, Kept>> {
  const names = layers.map((layer) => basename(layer.path, '.safetensors')).sort();
  const journal = join(folder, `${createHash('sha256').update(names.join()).digest('hex')}.part.json`);
  const ran = await resumable(
    layers.map((layer) => layer.path),
    journal,
    async (parts) => {
      const files: Together[] = [];
      let prepared: Preparation = parts.from?.prepared ?? {};
      // They come in the order of the model.
      let places: number[] = [];
      const begin = async (heads: readonly LayerHead[], first: number) => {
        const about = await provenanceOf(path, run, prepared, sha256);
        places = heads.map(({ name }) => layers.findIndex((layer) => layer.name === name));
        for (const [i, head] of heads.entries()) {
          const sink = parts.sinks[places[i] as number];
          if (sink) files.push(await beginSafetensors(sink, head.name, [head], { ...about, layer: head.name }, first));
        }
      };
      if (parts.from) await begin(parts.from.state.heads, parts.from.state.row);
      const notes = await runLayers(
        { ...run, path, layers: layers.map(({ name }) => name), from: parts.from?.state },
        {
          async begin(heads, told) {
            prepared = told;
            await begin(heads, 0);
          },
          put: async (place, data) => files[place]?.put(0, data),
          reached: (state) => parts.reached(state, prepared),
        },
        { base, memory, provider, ...desk },
      );
      for (const file of files) file.finish();
      return new Map(
        places.map((place, i) => [
          layers[place] as Layer,
          { notes: [...notes.steps, ...(notes.own[i] ?? [])], warnings: notes.warnings, prepared: notes.prepared },
        ]),
      );
    },
  );
  for (const [layer, kept] of ran) await writeNotes(layer.path, kept);
  return new Map([...ran].map(([{ name }, kept]) => [name, kept]));
}

const notesOf = (path: string) => path.replace(/\.safetensors$/, '.json');

/** Beside the file: only when both are there it is kept. */
async function writeNotes(path: string, notes: Kept): Promise<void> {
  const draft = `${notesOf(path)}.${process.pid}`;
  try {
    await writeFile(draft, JSON.stringify(notes));
    await rename(draft, notesOf(path));
  } catch {
    await rm(draft, { force: true });
  }
}

/** What was done to a layer that is kept; undefined where it is not. */
async function keptNotes(path: string): Promise<Kept | undefined> {
  try {
    const { notes, warnings, prepared } = JSON.parse(await readFile(notesOf(path), 'utf8')) as Partial<Kept>;
    const now = new Date();
    await utimes(path, now, now);
    if (!Array.isArray(notes) || !Array.isArray(warnings) || !prepared) return undefined;
    return { notes: notes.map(String), warnings: warnings.map(String), prepared };
  } catch {
    return undefined;
  }
}

async function makeRoom(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /\.safetensors(\.part)?$/.test(name));
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const { size, mtimeMs } = await stat(path);
      return { path, size, mtimeMs };
    }),
  ).catch(() => []);
  files.sort((a, b) => b.mtimeMs - a.mtimeMs);
  let bytes = 0;
  for (const { path, size } of files) {
    bytes += size;
    if (bytes <= mostBytes || held.has(path)) continue;
    await rm(path, { force: true });
    await rm(notesOf(path), { force: true });
  }
}
