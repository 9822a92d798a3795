import { createHash } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type Sink, told } from '../data/atomic';
import { beginSafetensors, type Together } from '../data/safetensors-writer';
import { runtimeVersion } from '../linalg/runtime';
import { type LayerHead, runLayers } from '../models/run';
import { notTrusted } from '../protocol/errors';
import type { Extraction, ModelRun, Preparation } from '../protocol/result';
import { Hashes } from './hash';
import { isAtWork, resumable } from './resumable';
import type { Desk, ExtractTask, Surroundings } from './task';
import { version } from './version';

/** Of this thread: files that were hashed before are not read again. */
const hashes = new Hashes();

/** @throws UserError where models are not to be run. */
export function requireTrust(path: string, { trusted }: Pick<Surroundings, 'trusted'>): void {
  if (trusted === false) throw notTrusted(`${basename(path)} is`);
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
  const { request, base, memory, draft, provider = 'cpu', threads } = task;
  requireTrust(request.path, task);
  const path = resolve(base, request.path);
  const sha256 = await hashesOf(path, request, base, desk);
  const runtime = await runtimeVersion();
  const out = resolve(base, request.out);
  const { layers = [], batch, data, reduce, preparation } = request;
  const named = data.map(({ input, tensor }) => [input, tensor]);
  const asked = [version, runtime, provider, sha256, named, layers, batch, reduce, preparation];
  const key = createHash('sha256').update(JSON.stringify(asked)).digest('hex').slice(0, 16);
  const part = join(dirname(out), `.${basename(out).slice(0, 180)}.${key}`);
  let from = 0;
  const notes = await resumable(
    [part],
    `${part}.json`,
    async (parts) => {
      const [sink] = parts.sinks as [Sink];
      let prepared: Preparation = parts.from?.prepared ?? {};
      let file: Together | undefined;
      from = parts.from?.state.row ?? 0;
      const begin = async (heads: readonly LayerHead[]) => {
        const about = {
          ...(await provenanceOf(path, request, prepared, sha256)),
          layers: heads.map(nameOf).join(', '),
        };
        file = await beginSafetensors(sink, request.out, heads, about, from);
      };
      if (parts.from) await begin(parts.from.state.heads);
      const ran = await runLayers(
        { ...request, path, layers, from: parts.from?.state },
        {
          async begin(heads, told) {
            prepared = told;
            await begin(heads);
          },
          put: async (place, rows) => file?.put(place, rows),
          reached: (state) => parts.reached(state, prepared),
        },
        { base, memory, provider, ...desk },
      );
      file?.finish();
      return ran;
    },
    [request.out],
  );
  await told(request.out, rename(part, draft));
  await removeParts(out);
  // What is done to several layers is said once, what is done twice to one, twice.
  const own: string[] = [];
  for (const steps of notes.own) own.push(...steps.filter((step) => !own.includes(step)));
  return {
    ...{ out: request.out, version, seconds: (performance.now() - start) / 1000, rows: notes.rows },
    layers: notes.heads.map(({ name, columns, double }) => ({
      name,
      units: columns,
      dtype: double ? 'float64' : 'float32',
    })),
    ...{ prepared: notes.prepared, provider, threads },
    ...(from > 0 && { resumed: from }),
    ...{ steps: [...notes.steps, ...own], warnings: notes.warnings },
  };
}

const nameOf = ({ name }: LayerHead) => name;

/** Parts of the same file that other requests have left, and no process is at. */
async function removeParts(out: string): Promise<void> {
  const start = `.${basename(out).slice(0, 180)}.`;
  const left = (name: string) =>
    name.startsWith(start) && /^[0-9a-f]{16}(\.json|\.part)$/.test(name.slice(start.length));
  for (const name of (await readdir(dirname(out))).filter(left)) {
    const path = join(dirname(out), name);
    if (!(await isAtWork(path.replace(/\.part$/, '.json')))) await rm(path, { force: true });
  }
}
