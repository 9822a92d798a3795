/** Weights of a network, row-major. */
export interface WeightTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** Where the units of a layer lie in a tensor: along one axis, `span` positions for each. */
export interface Tie {
  /** Which of the network's tensors. */
  readonly tensor: number;
  readonly axis: number;
  readonly span: number;
}

/** A layer whose units can be merged: all that makes them and all that they go into is known. */
export interface UnitLayer {
  readonly name: string;
  readonly units: number;
  /** Whether a unit that is doubled before what follows the layer is doubled behind it: ReLU and its like. */
  readonly homogeneous: boolean;
  readonly incoming: Tie;
  readonly bias?: Tie;
  readonly outgoing: readonly Tie[];
}
