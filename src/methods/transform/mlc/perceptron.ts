import { normaliseRows } from '../../../linalg/centre';
import { Matrix, scaleColumns } from '../../../linalg/matrix';
import { multiply } from '../../../linalg/products';
import type { Random } from '../../../linalg/random';
import type { Cancellable } from '../../../linalg/signal';
import { addScaled } from '../../../linalg/vectors';
import { alongSphere, type Directions } from '../../shared/along-sphere';

export interface Shape {
  readonly inputs: number;
  readonly hidden: number;
  /** Of either head. */
  readonly outputs: number;
}

interface Layer {
  /** inputs x outputs */
  readonly weights: Matrix<Float64Array>;
  readonly bias: Float64Array;
}

/** Added to variances before their roots. */
const LEAST_VARIANCE = 1e-5;
/** Rows that pass at once where none is trained on. */
const BLOCK = 1024;

/**
 * Linear, batch normalisation, ReLU, linear, ReLU, and two linear heads, whose outputs are brought to length 1: one for features and
 * one for clusters. Weights lie in one array, those of the cluster head last.
 */
export class Perceptron {
  readonly first: Layer;
  /** Of the batch normalisation, for each hidden unit. */
  readonly gain: Float64Array;
  readonly shift: Float64Array;
  readonly second: Layer;
  readonly features: Layer;
  readonly cluster: Layer;

  constructor(
    readonly shape: Shape,
    readonly values: Float64Array = new Float64Array(weightsOf(shape)),
  ) {
    const { inputs, hidden, outputs } = shape;
    let at = 0;
    const take = (size: number) => {
      at += size;
      return values.subarray(at - size, at);
    };
    const layer = (rows: number, columns: number): Layer => ({
      weights: new Matrix(take(rows * columns), rows, columns),
      bias: take(columns),
    });
    this.first = layer(inputs, hidden);
    this.gain = take(hidden);
    this.shift = take(hidden);
    this.second = layer(hidden, hidden);
    this.features = layer(hidden, outputs);
    this.cluster = layer(hidden, outputs);
  }

  /** Weights and biases uniform between -1 and 1 over the root of the inputs of their layer, as is usual; gains 1, shifts 0. */
  static drawn(shape: Shape, random: Random): Perceptron {
    const net = new Perceptron(shape);
    for (const { weights, bias } of [net.first, net.second, net.features, net.cluster]) {
      const bound = 1 / Math.sqrt(weights.rows);
      for (const part of [weights.data, bias])
        for (const k of part.keys()) part[k] = bound * (2 * random.uniform() - 1);
    }
    net.gain.fill(1);
    return net;
  }

  /** Where the weights of the cluster head begin. */
  get head(): number {
    return this.values.length - this.cluster.weights.data.length - this.cluster.bias.length;
  }

  copy(): Perceptron {
    return new Perceptron(this.shape, this.values.slice());
  }
}

export function weightsOf({ inputs, hidden, outputs }: Shape): number {
  return (inputs + 1) * hidden + 2 * hidden + (hidden + 1) * hidden + 2 * (hidden + 1) * outputs;
}

/** What came of a batch, and what the way back needs. */
export interface Pass {
  readonly input: Matrix<Float64Array>;
  /** Hidden units of the first layer, of mean 0 and variance 1 over the batch; and one over their deviations before. */
  readonly normal: Matrix<Float64Array>;
  readonly scale: Float64Array;
  readonly active: Matrix<Float64Array>;
  readonly hidden: Matrix<Float64Array>;
  /** Rows of length 1, and their lengths before. */
  readonly features: Directions;
  readonly cluster: Directions;
}

/** The batch through the network; hidden units are normalised over the batch. */
export async function forward(net: Perceptron, input: Matrix<Float64Array>, options: Cancellable): Promise<Pass> {
  const normal = await multiply(input, net.first.weights, options);
  const [n, h] = [normal.rows, normal.columns];
  const [means, scale] = [new Float64Array(h), new Float64Array(h)];
  for (let i = 0; i < n; i++) addScaled(means, normal.row(i), 1 / n);
  for (let i = 0, k = 0; i < n; i++)
    for (let j = 0; j < h; j++, k++) {
      // The bias of the layer goes with the mean.
      const value = (normal.data[k] as number) - (means[j] as number);
      normal.data[k] = value;
      scale[j] = (scale[j] as number) + (value * value) / n;
    }
  for (const j of scale.keys()) scale[j] = 1 / Math.sqrt((scale[j] as number) + LEAST_VARIANCE);
  return through(net, input, normal, scale, options);
}

/** From the first layer on: `normal` is brought to variance 1 in its place. */
async function through(
  net: Perceptron,
  input: Matrix<Float64Array>,
  normal: Matrix<Float64Array>,
  scale: Float64Array,
  options: Cancellable,
): Promise<Pass> {
  const active = Matrix.zeros(normal.rows, normal.columns);
  scaleColumns(normal, scale);
  for (let i = 0, k = 0; i < normal.rows; i++)
    for (let j = 0; j < normal.columns; j++, k++)
      active.data[k] = Math.max(0, (net.gain[j] as number) * (normal.data[k] as number) + (net.shift[j] as number));
  const hidden = await affine(active, net.second, options);
  for (let k = 0; k < hidden.data.length; k++) hidden.data[k] = Math.max(0, hidden.data[k] as number);
  const features = normaliseRows(await affine(hidden, net.features, options));
  const cluster = normaliseRows(await affine(hidden, net.cluster, options));
  return { input, normal, scale, active, hidden, features, cluster };
}

/**
 * The gradient by all weights, in the order of the network's own array, from that by both outputs.
 * @param byCluster null: it was not used
 */
export async function backward(
  net: Perceptron,
  pass: Pass,
  byFeatures: Matrix<Float64Array>,
  byCluster: Matrix<Float64Array> | null,
  options: Cancellable,
): Promise<Perceptron> {
  const out = new Perceptron(net.shape);
  const { input, normal, scale, active, hidden } = pass;
  const byHidden = await linearBack(
    hidden,
    net.features,
    out.features,
    alongSphere(byFeatures, pass.features),
    options,
  );
  if (byCluster) {
    const more = await linearBack(hidden, net.cluster, out.cluster, alongSphere(byCluster, pass.cluster), options);
    addScaled(byHidden.data, more.data, 1);
  }
  rectifiedBack(byHidden, hidden);
  const byActive = await linearBack(active, net.second, out.second, byHidden, options);
  rectifiedBack(byActive, active);
  const [n, h] = [normal.rows, normal.columns];
  const [sums, products] = [out.shift, out.gain];
  for (let i = 0, k = 0; i < n; i++)
    for (let j = 0; j < h; j++, k++) {
      sums[j] = (sums[j] as number) + (byActive.data[k] as number);
      products[j] = (products[j] as number) + (byActive.data[k] as number) * (normal.data[k] as number);
    }
  for (let i = 0, k = 0; i < n; i++)
    for (let j = 0; j < h; j++, k++) {
      const about = ((sums[j] as number) + (normal.data[k] as number) * (products[j] as number)) / n;
      byActive.data[k] = (net.gain[j] as number) * (scale[j] as number) * ((byActive.data[k] as number) - about);
    }
  // The bias before a normalisation changes nothing.
  const slope = await multiply(input, byActive, { ...options, transposeA: true });
  out.first.weights.data.set(slope.data);
  return out;
}

/**
 * Features and cluster outputs of rows of a centred matrix, hidden units normalised over all of its rows as {@link scaleOver} says:
 * what one batch of them all would give.
 */
export async function outputsOf(
  net: Perceptron,
  rows: Matrix<Float64Array>,
  scale: Float64Array,
  options: Cancellable,
): Promise<{ readonly features: Matrix<Float64Array>; readonly cluster: Matrix<Float64Array> }> {
  const { outputs } = net.shape;
  const [features, cluster] = [Matrix.zeros(rows.rows, outputs), Matrix.zeros(rows.rows, outputs)];
  for (let start = 0; start < rows.rows; start += BLOCK) {
    const block = rows.slice(start, Math.min(rows.rows, start + BLOCK));
    const pass = await through(net, block, await multiply(block, net.first.weights, options), scale, options);
    features.data.set(pass.features.matrix.data, start * outputs);
    cluster.data.set(pass.cluster.matrix.data, start * outputs);
  }
  return { features, cluster };
}

/** One over the deviation of each hidden unit of the first layer over all rows. @param all centred, so that means are biases */
export async function scaleOver(
  net: Perceptron,
  all: Matrix<Float64Array>,
  options: Cancellable,
): Promise<Float64Array> {
  const variance = new Float64Array(net.shape.hidden);
  for (let start = 0; start < all.rows; start += BLOCK) {
    const block = all.slice(start, Math.min(all.rows, start + BLOCK));
    const normal = await multiply(block, net.first.weights, options);
    for (let i = 0, k = 0; i < normal.rows; i++)
      for (let j = 0; j < normal.columns; j++, k++)
        variance[j] = (variance[j] as number) + (normal.data[k] as number) ** 2 / all.rows;
  }
  return variance.map((value) => 1 / Math.sqrt(value + LEAST_VARIANCE));
}

async function affine(x: Matrix<Float64Array>, { weights, bias }: Layer, options: Cancellable) {
  const out = await multiply(x, weights, options);
  for (let i = 0; i < out.rows; i++) addScaled(out.row(i), bias, 1);
  return out;
}

/** Writes the gradient by the weights of a layer into `out`, and gives that by its input. */
async function linearBack(
  input: Matrix<Float64Array>,
  { weights }: Layer,
  out: Layer,
  by: Matrix<Float64Array>,
  options: Cancellable,
): Promise<Matrix<Float64Array>> {
  out.weights.data.set((await multiply(input, by, { ...options, transposeA: true })).data);
  for (let i = 0; i < by.rows; i++) addScaled(out.bias, by.row(i), 1);
  return multiply(by, weights, { ...options, transposeB: true });
}

function rectifiedBack(by: Matrix<Float64Array>, value: Matrix<Float64Array>): void {
  for (let k = 0; k < by.data.length; k++) if (!((value.data[k] as number) > 0)) by.data[k] = 0;
}
