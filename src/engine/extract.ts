import { basename, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type Sink, writeAtomically } from '../data/atomic';
import { beginSafetensors, type Together } from '../data/safetensors-writer';
import { runtimeVersion } from '../linalg/runtime';
import { type LayerHead, runLayers } from '../models/run';
import { UserError } from '../protocol/errors';
import type { Extraction, ModelRun, Preparation } from '../protocol/result';
import { Hashes } from './hash';
import type { Desk, ExtractTask, Surroundings } from './task';
import { version } from './version';

/** Of this thread: files that were hashed before are not read again. */
const hashes = new Hashes();

/** @throws UserError where models are not to be run. */
export function requireTrust(path: string, { trusted }: Pick<Surroundings, 'trusted'>): void {
  if (trusted === false)
    throw new UserError(
      `${basename(path)} is not run: this workspace is not trusted, and a model is a program. Trust the workspace (Workspaces: ` +
        'Manage Workspace Trust) and try again; reading data files needs no trust.',
    );
}

/** Of a model, of the data for it, in order, and of the files in its folder that say how data is prepared. */
export async function hashesOf(path: string, { data }: ModelRun, base: string, desk: Desk) {
  desk.progress(null, `Hashing ${basename(path)}`);
  const model = await hashes.of(path, desk.signal);
  const inputs: string[] = [];
  for (const { path: file } of data) inputs.push(await hashes.of(resolve(base, file), desk.signal));
  return { model, data: inputs, folder: await hashes.ofSides(path, desk.signal) };
}

/** Where activations come from, for the metadata of their file: all that they depend on. */
export async function provenanceOf(
  path: string,
  { data }: ModelRun,
  { reduce, ...preparation }: Preparation,
  sha256: Awaited<ReturnType<typeof hashesOf>>,
): Promise<Record<string, string>> {
  return {
    model: basename(path),
    'model.sha256': sha256.model,
    data: data
      .map(
        ({ input, path: file, tensor }) => `${input ? `${input}=` : ''}${basename(file)}${tensor ? `#${tensor}` : ''}`,
      )
      .join(', '),
    'data.sha256': sha256.data.join(', '),
    reduce: String(reduce),
    ...(Object.keys(preparation).length > 0 && { preparation: JSON.stringify(preparation) }),
    ...(sha256.folder !== null && { 'folder.sha256': sha256.folder }),
    sextant: version,
    onnxruntime: await runtimeVersion(),
  };
}

/**
 * Activations of a model's layers into a file.
 * @throws UserError where the model, the data, a layer or the file cannot be used; Cancelled.
 */
export async function extract(task: ExtractTask, desk: Desk): Promise<Extraction> {
  const start = performance.now();
  const { request, base, memory, draft } = task;
  requireTrust(request.path, task);
  const path = resolve(base, request.path);
  const sha256 = await hashesOf(path, request, base, desk);
  let heads: readonly LayerHead[] = [];
  const notes = await writeLayers([draft], async ([sink]) => {
    let file: Together | undefined;
    const ran = await runLayers(
      { ...request, path, layers: request.layers ?? [] },
      {
        async begin(layers, prepared) {
          heads = layers;
          const about = await provenanceOf(path, request, prepared, sha256);
          file = await beginSafetensors(sink as Sink, request.out, layers, {
            ...about,
            layers: layers.map(({ name }) => name).join(', '),
          });
        },
        put: async (place, data) => file?.put(place, data),
      },
      { base, memory, ...desk },
    );
    file?.finish();
    return ran;
  });
  const own = [...new Set(notes.own.flat())];
  return {
    ...{ out: request.out, version, seconds: (performance.now() - start) / 1000, rows: notes.rows },
    layers: heads.map(({ name, columns, double }) => ({ name, units: columns, dtype: double ? 'float64' : 'float32' })),
    prepared: notes.prepared,
    ...{ steps: [...notes.steps, ...own], warnings: notes.warnings },
  };
}

/** Files that are written at the same time: all of them are there in the end, or none. */
export async function writeLayers<T>(
  paths: readonly string[],
  work: (sinks: readonly Sink[]) => Promise<T>,
): Promise<T> {
  const [path, ...rest] = paths;
  if (path === undefined) return work([]);
  let answer: T | undefined;
  await writeAtomically(path, async (sink) => {
    answer = await writeLayers(rest, (sinks) => work([sink, ...sinks]));
  });
  return answer as T;
}
