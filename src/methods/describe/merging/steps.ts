import type { WeightTensor } from '../../../linalg/units';
import type { Network } from '../../method';
import type { Tested } from './function-test';
import type { MergedLayer } from './merge';

/** What a network is at one β. */
export interface Step {
  readonly beta: number;
  readonly layers: readonly MergedLayer[];
  /** Share of all weights of the model. */
  readonly parameters: number;
  /** Absent where there is no data. */
  readonly tested?: Tested;
}

export interface Facts {
  readonly network: Network;
  /** By growing β. */
  readonly steps: readonly Step[];
  /** At the β that was chosen. */
  readonly at: Step;
}

export function unitsLeft({ layers }: Step): number {
  return layers.reduce((sum, { groups }) => sum + groups.length, 0);
}

export function parametersLeft({ parameters, tensors }: Network, merged: readonly WeightTensor[]): number {
  const gone = tensors.reduce((sum, tensor, t) => sum + tensor.values.length - (merged[t]?.values.length ?? 0), 0);
  return (parameters - gone) / parameters;
}
