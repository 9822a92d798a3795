import { stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize, resolve } from 'node:path';
import { refuseLinkOut } from '../data/roots';
import { openSource } from '../data/source';
import type { FileDescription } from '../protocol/engine';
import { UserError } from '../protocol/errors';
import type { InputSpec } from '../protocol/result';
import { some } from '../protocol/words';
import { chooseLayers } from './choose-layers';
import { Graph } from './layers';
import { type Model, readModel } from './onnx-read';

/** Whether a path is that of a model. */
export function isModel(path: string): boolean {
  return path.toLowerCase().endsWith('.onnx');
}

/** @throws UserError where the file cannot be read or is no model. */
export async function readGraph(path: string): Promise<Graph> {
  const source = await openSource(path);
  try {
    return new Graph(await readModel(source));
  } finally {
    await source.close();
  }
}

/**
 * What is in a model, without running it or reading its weights.
 * @param path absolute.
 * @throws UserError where the file cannot be read or is no model.
 */
export async function describeModel(path: string): Promise<FileDescription> {
  const { model, layers } = await readGraph(path);
  const { graph, producer, irVersion, opsets, inputs, outputs, nodes, weights } = model;
  const external = await Promise.all(
    externalFiles(model).map(async (file) => ({ file, bytes: await sizeOf(join(dirname(path), file)) })),
  );
  const { size: bytes } = await stat(path);
  const parameters = weights.reduce((sum, { shape }) => sum + shape.reduce((product, dim) => product * dim, 1), 0);
  return {
    ...{ path, format: 'onnx', bytes, tensors: [] },
    model: {
      ...{ graph, producer, irVersion, opsets },
      nodes: nodes.length,
      parameters,
      inputs,
      outputs,
      layers,
      external,
    },
  };
}

async function sizeOf(path: string): Promise<number | null> {
  return stat(path).then(
    (status) => (status.isFile() ? status.size : null),
    () => null,
  );
}

/** Files with weights, relative to the model's folder. */
function externalFiles({ weights, nodes }: Model): string[] {
  const constants = nodes.flatMap(({ constant }) => constant ?? []);
  return [...new Set([...weights, ...constants].flatMap(({ external }) => external ?? []))];
}

/**
 * Files with weights that a model needs, absolute.
 * @throws UserError where one is missing or lies outside the model's folder.
 */
export async function weightFiles(path: string, model: Model): Promise<string[]> {
  const files: string[] = [];
  const missing: string[] = [];
  for (const file of externalFiles(model)) {
    // A model from a stranger cannot have files read that lie elsewhere.
    if (isAbsolute(file) || normalize(file).startsWith('..') || file.includes('\\'))
      throw new UserError(
        `${basename(path)} asks for weights in '${file}', outside its own folder; they are not read. Save the model with its weights beside it.`,
      );
    const full = join(dirname(path), file);
    if ((await sizeOf(full)) === null) missing.push(file);
    else {
      await refuseLinkOut(full);
      files.push(full);
    }
  }
  if (missing.length === 0) return files;
  throw new UserError(
    `${basename(path)}: the weights are in ${some(missing)}, which ${missing.length === 1 ? 'is' : 'are'} not beside it. ` +
      'Copy every file of the model into one folder.',
  );
}

/**
 * The inputs that one with a pattern for its layer stands for; without one, every layer that is good to look at.
 * @throws UserError where the model cannot be read, or has no such layer.
 */
export async function expandLayers(spec: InputSpec, baseFolder: string): Promise<InputSpec[]> {
  const path = resolve(baseFolder, spec.path);
  const graph = await readGraph(path);
  const { layers } = graph;
  const good = layers.filter(({ role }) => role !== undefined);
  const chosen =
    spec.tensor === undefined
      ? (good.length > 0 ? good : layers).map(({ name }) => name)
      : chooseLayers(basename(path), graph, [spec.tensor]).map(({ layer }) => layer.name);
  return chosen.map((tensor) => ({ ...spec, tensor }));
}
