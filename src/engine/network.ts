import { basename, resolve } from 'node:path';
import { openSource } from '../data/source';
import { Matrix, type Real } from '../linalg/matrix';
import type { WeightTensor } from '../linalg/units';
import type { Network } from '../methods/method';
import { loadNetwork } from '../models/merge/network';
import { withWeights } from '../models/merge/write';
import { readModel } from '../models/onnx-read';
import { runLayers } from '../models/run';
import { UserError } from '../protocol/errors';
import type { InputSpec } from '../protocol/result';
import { requireTrust } from './extract';
import type { Desk, Surroundings } from './task';

/** A network, and the model that it becomes with other weights. */
export interface OpenedNetwork {
  readonly network: Network;
  /** Rows of the data; 0 where there is none. */
  readonly rows: number;
  readonly steps: readonly string[];
  readonly warnings: readonly string[];
  /** The bytes of the model with these weights. */
  write(tensors: readonly WeightTensor[]): Promise<Uint8Array>;
}

/**
 * Reads a model's weights, as far as its units can be followed; where there is data, the network can be run on it.
 * @throws UserError where the model or the data cannot be used.
 */
export async function openNetwork(spec: InputSpec, around: Surroundings, desk: Desk): Promise<OpenedNetwork> {
  const { base, memory, provider } = around;
  const path = resolve(base, spec.path);
  if (!path.toLowerCase().endsWith('.onnx'))
    throw new UserError(`${basename(path)} is no ONNX model. Choose a file that ends in .onnx.`);
  if (spec.tensor !== undefined)
    throw new UserError(
      `${basename(path)}#${spec.tensor} is one layer; the whole model is asked for. Write ${basename(path)}, or ${basename(path)}@DATA.`,
    );
  if (spec.model) requireTrust(path, around);
  const source = await openSource(path);
  try {
    const model = await readModel(source);
    const { values: tensors, layers, left, parameters, ...rest } = await loadNetwork(source, model, memory);
    const loaded = { ...rest, values: tensors, layers, left, parameters };
    const write = async (changed: readonly WeightTensor[]) => {
      const again = await openSource(path);
      try {
        return await withWeights(again, model, loaded, changed, memory);
      } finally {
        await again.close();
      }
    };
    const plain = { name: basename(path), tensors, layers, left, parameters };
    if (!spec.model) return { network: plain, rows: 0, steps: [], warnings: [], write };
    const [output] = model.outputs;
    if (!output) throw new UserError(`${basename(path)} has no output, so that there is nothing to compare on data.`);
    const { model: run } = spec;
    const outputs = async (bytes?: Uint8Array) => {
      const blocks: Real[] = [];
      let [rows, columns] = [0, 0];
      const notes = await runLayers(
        { ...run, reduce: run.reduce ?? 'flatten', path, layers: [output.name], ...(bytes && { bytes }) },
        {
          async begin([head]) {
            [rows, columns] = [head?.rows ?? 0, head?.columns ?? 0];
          },
          put: async (_, data) => void blocks.push(data.slice()),
        },
        { base, memory, provider, ...desk },
      );
      const matrix = Matrix.zeros(rows, columns);
      let at = 0;
      for (const block of blocks) {
        matrix.data.set(block, at);
        at += block.length;
      }
      if (!matrix.data.every(Number.isFinite))
        throw new UserError(`${basename(path)} gives outputs that are not finite on this data. Leave those rows out.`);
      return { matrix, notes };
    };
    const { matrix, notes } = await outputs();
    const network: Network = {
      ...plain,
      outputs: async (changed) => (changed ? (await outputs(await write(changed))).matrix : matrix),
    };
    const { steps, warnings } = notes;
    return { network, rows: matrix.rows, steps, warnings, write };
  } finally {
    await source.close();
  }
}
