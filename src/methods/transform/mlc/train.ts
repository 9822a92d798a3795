import type { Matrix } from '../../../linalg/matrix';
import type { Random } from '../../../linalg/random';
import type { Cancellable } from '../../../linalg/signal';
import { addScaled, innerProduct, scale } from '../../../linalg/vectors';
import { membershipOf } from './membership';
import { backward, forward, outputsOf, type Perceptron, scaleOver } from './perceptron';
import { memberRate, totalRate } from './rates';

export interface Objective {
  /** ε² */
  readonly precision: number;
  /** η of the Sinkhorn layer. */
  readonly sharpness: number;
  /** Of ½‖Γ‖²: without it a row is a cluster of its own. */
  readonly spread: number;
}

export interface Training extends Objective {
  /** Steps that maximise R alone, by the feature head. */
  readonly warmUp: number;
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
  /** Of the cluster head. */
  readonly headRate: number;
}

/** As published: of the momentum, and of the decay of all weights but those of the cluster head, and of those. */
const MOMENTUM = 0.9;
const DECAY = 1e-4;
const HEAD_DECAY = 5e-3;
/** Half iterations of the Sinkhorn layer in a step of training, and where its result is looked at. */
const STEPS = 5;
const SETTLED = 101;
/** Rows on which the objective is followed. */
const FOLLOWED = 512;

/** Where training stands after an epoch, on the rows that are followed: nats, not halved. */
export interface Followed {
  readonly rate: number;
  readonly memberRate: number;
}

export interface Trained {
  /** Of the epoch with the largest R - R_c. */
  readonly net: Perceptron;
  readonly best: number;
  /** From the end of the warm-up, epoch 0, on. */
  readonly curve: readonly Followed[];
  /** Rows that were followed. */
  readonly followed: number;
}

interface Watched extends Cancellable {
  readonly random: Random;
  progress(fraction: number, message: string): void;
}

/**
 * Trains the two heads: R is maximised first, the cluster head then begins as a copy of the feature head, and -R/2 + R_c/2 +
 * spread ½‖Γ‖² is minimised, by stochastic gradient descent with momentum .9 and a weight decay of 1e-4, of the cluster head 5e-3.
 * @param x n x p, columns centred
 * @param start is not written to
 */
export async function train(
  x: Matrix<Float64Array>,
  start: Perceptron,
  chosen: Training,
  options: Watched,
): Promise<Trained> {
  const net = start.copy();
  const velocity = new Float64Array(net.values.length);
  const size = Math.min(chosen.batch, x.rows);
  const perEpoch = Math.floor(x.rows / size);
  const all = chosen.warmUp + chosen.epochs * perEpoch;
  const places = options.random.sample(x.rows, Math.min(FOLLOWED, x.rows)).sort();
  const followed = x.takeRows(places);
  let done = 0;
  const batches = function* () {
    const order = options.random.permutation(x.rows);
    for (let k = 0; k < perEpoch; k++) yield x.takeRows(order.subarray(k * size, (k + 1) * size));
  };
  const step = async (batch: Matrix<Float64Array>, warm: boolean) => {
    options.signal?.throwIfAborted();
    options.progress(done++ / all, warm ? `Warm-up, step ${done} of ${chosen.warmUp}` : `Step ${done} of ${all}`);
    const { by } = await slope(net, batch, warm ? null : chosen, chosen.precision, options);
    descend(net, by, velocity, chosen, warm ? net.head : net.values.length);
  };
  while (done < chosen.warmUp)
    for (const batch of batches()) {
      if (done === chosen.warmUp) break;
      await step(batch, true);
    }
  net.cluster.weights.data.set(net.features.weights.data);
  net.cluster.bias.set(net.features.bias);
  const curve = [await follow(net, x, followed, chosen, options)];
  let best = { net: net.copy(), at: 0 };
  for (let epoch = 1; epoch <= chosen.epochs; epoch++) {
    for (const batch of batches()) await step(batch, false);
    curve.push(await follow(net, x, followed, chosen, options));
    if (gain(curve[epoch]) > gain(curve[best.at])) best = { net: net.copy(), at: epoch };
  }
  return { net: best.net, best: best.at, curve, followed: followed.rows };
}

function gain(at: Followed | undefined): number {
  return at ? at.rate - at.memberRate : Number.NEGATIVE_INFINITY;
}

/**
 * The loss of a batch and its gradient by all weights.
 * @param objective null: -R/2 alone, to which the cluster head is nothing
 */
export async function slope(
  net: Perceptron,
  batch: Matrix<Float64Array>,
  objective: Objective | null,
  precision: number,
  options: Cancellable,
): Promise<{ readonly loss: number; readonly by: Perceptron }> {
  const pass = await forward(net, batch, options);
  const z = pass.features.matrix;
  const whole = await totalRate(z, precision, options);
  const byFeatures = whole.byRows;
  scale(byFeatures.data, -1 / 2);
  let loss = -whole.value / 2;
  if (!objective) return { loss, by: await backward(net, pass, byFeatures, null, options) };
  const { gamma, back } = await membershipOf(pass.cluster.matrix, objective.sharpness, STEPS, options);
  const parts = await memberRate(z, gamma, precision, options);
  loss += parts.value / 2;
  const { byRows, byMembership } = await parts.back();
  addScaled(byFeatures.data, byRows.data, 1 / 2);
  loss += (objective.spread / 2) * innerProduct(gamma.data, gamma.data);
  scale(byMembership.data, 1 / 2);
  addScaled(byMembership.data, gamma.data, objective.spread);
  return { loss, by: await backward(net, pass, byFeatures, await back(byMembership), options) };
}

/** One step, of the weights before `end`. */
function descend(
  { values, head }: Perceptron,
  by: Perceptron,
  velocity: Float64Array,
  { rate, headRate }: Pick<Training, 'rate' | 'headRate'>,
  end: number,
): void {
  for (let k = 0; k < end; k++) {
    const [decay, length] = k < head ? [DECAY, rate] : [HEAD_DECAY, headRate];
    const value = values[k] as number;
    const next = MOMENTUM * (velocity[k] as number) + (by.values[k] as number) + decay * value;
    velocity[k] = next;
    values[k] = value - length * next;
  }
}

/** R and R_c of some rows, hidden units normalised over all. */
async function follow(
  net: Perceptron,
  all: Matrix<Float64Array>,
  rows: Matrix<Float64Array>,
  { precision, sharpness }: Objective,
  options: Cancellable,
): Promise<Followed> {
  const { features, cluster } = await outputsOf(net, rows, await scaleOver(net, all, options), options);
  const { gamma } = await membershipOf(cluster, sharpness, SETTLED, options);
  const whole = await totalRate(features, precision, options);
  const parts = await memberRate(features, gamma, precision, options);
  return { rate: whole.value, memberRate: parts.value };
}
