import type { FileSource } from '../../data/source';
import type { WeightTensor } from '../../linalg/units';
import { UserError } from '../../protocol/errors';
import { size } from '../../protocol/words';
import type { Model } from '../onnx-read';
import type { Weights } from '../onnx-tensor';
import { type Fold, type Structure, structureOf } from './structure';
import { lengthOf, readValues } from './values';
import { Wiring } from './wiring';

/** A model's mergeable layers with the weights that belong to them. */
export interface LoadedNetwork extends Structure {
  /** In the order of the structure's names; batch normalisations are taken into them. */
  readonly values: readonly WeightTensor[];
  /** Numbers in all weights of the model. */
  readonly parameters: number;
}

const EPSILON = 1e-5;

/**
 * Reads the layers whose units can be merged, and their weights in float64.
 * @throws UserError where weights cannot be read or take more than `memory` bytes.
 */
export async function loadNetwork(source: FileSource, model: Model, memory: number): Promise<LoadedNetwork> {
  const wiring = new Wiring(model);
  const structure = structureOf(wiring);
  const known = (name: string) => wiring.weights.get(name);
  const bytes = structure.tensors.reduce((sum, name) => sum + 8 * lengthOf(known(name) ?? { shape: [] }), 0);
  // Two copies: as they are, and as they are merged.
  if (2 * bytes > memory)
    throw new UserError(
      `${source.name}: merging its units needs ${size(2 * bytes)} of memory; the bound is ${size(memory)}. Raise the memory bound.`,
    );
  const read = async (name: string) => readValues(source, known(name) as Weights);
  const folded = new Map<string, WeightTensor>();
  for (const fold of structure.folds) {
    for (const tensor of await foldedOf(fold, known(fold.weights) as Weights, read)) folded.set(tensor.name, tensor);
  }
  const values: WeightTensor[] = [];
  for (const name of structure.tensors) {
    const own = folded.get(name);
    values.push(own ?? { name, shape: known(name)?.shape ?? [], values: await read(name) });
  }
  return { ...structure, values, parameters: model.weights.reduce((sum, one) => sum + lengthOf(one), 0) };
}

/** γ (W x + b - μ) / √(σ² + ε) + β as weights and a bias of their own. */
async function foldedOf(
  { norm, weights, axis, before, bias }: Fold,
  { shape }: Weights,
  read: (name: string) => Promise<Float64Array>,
): Promise<WeightTensor[]> {
  const [gamma, beta, mean, variance] = await Promise.all(norm.inputs.slice(1).map(read));
  const epsilon = norm.floats?.get('epsilon') ?? EPSILON;
  const units = shape[axis] as number;
  const scale = Float64Array.from({ length: units }, (_, u) => {
    const spread = Math.sqrt((variance?.[u] as number) + epsilon);
    if (!(spread > 0))
      throw new UserError(`The batch normalisation ${norm.name} has a variance below zero. Export the model again.`);
    return (gamma?.[u] as number) / spread;
  });
  const own = await read(weights);
  const inner = shape.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const scaled = own.map((value, k) => value * (scale[Math.floor(k / inner) % units] as number));
  const start = before === undefined ? new Float64Array(units) : await read(before);
  const shifted = start.map(
    (value, u) => (beta?.[u] as number) + (value - (mean?.[u] as number)) * (scale[u] as number),
  );
  return [
    { name: weights, shape, values: scaled },
    { name: bias, shape: [units], values: shifted },
  ];
}
