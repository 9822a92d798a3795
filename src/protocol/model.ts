/** A size; the name of one that is free; null where it is not known. */
export type ModelDim = number | string | null;

/** An input or output of a model. */
export interface ModelValue {
  readonly name: string;
  /** NumPy's name; null where the model does not say. */
  readonly dtype: string | null;
  /** Null where it is not known. */
  readonly shape: readonly ModelDim[] | null;
}

/** Why a layer is a good one to look at. */
export type LayerRole = 'activation' | 'residual' | 'attention' | 'norm' | 'pooling' | 'output';

/** What an operator of a model makes of the data. */
export interface ModelLayer extends ModelValue {
  readonly op: string;
  /** Name of the node, which may be empty. */
  readonly node: string;
  /** Part of the network that it belongs to, by the names: "layer1/conv"; empty at the outermost. */
  readonly scope: string;
  readonly role?: LayerRole;
}

/** What an ONNX model says of itself. */
export interface ModelDescription {
  readonly graph: string;
  readonly producer: string;
  readonly irVersion: number;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly nodes: number;
  /** Numbers in its weights. */
  readonly parameters: number;
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
  /** Every tensor in between that depends on the data, in order. */
  readonly layers: readonly ModelLayer[];
  /** Files beside the model with its weights, and whether they are there. */
  readonly external: readonly { readonly file: string; readonly bytes: number | null }[];
}
