import type { Signal } from '../../../linalg/signal';
import type { Tie, UnitLayer, WeightTensor } from '../../../linalg/units';
import { measured, UnitDistances } from './distances';
import { TiedTensor } from './tied';

/**
 * How two units become one. `sum-incoming`, as published: what makes them is added, what they go into is averaged by how many
 * each stands for. `mean-incoming`: the other way round.
 */
export type Rule = 'sum-incoming' | 'mean-incoming';

export interface MergeOptions {
  /** Units merge while their squared distance is at most so much of the largest in their layer. */
  readonly beta: number;
  /** Largest share of the units of a layer that may be merged away. */
  readonly most: number;
  readonly rule: Rule;
}

export interface MergedLayer {
  /** Units of the layer as they were, by what they became; in the order of the merged layer. */
  readonly groups: readonly (readonly number[])[];
  /** Of each merge: the least squared distance, and the largest at that time. */
  readonly trace: readonly (readonly [least: number, most: number])[];
}

export interface Merged {
  readonly layers: readonly MergedLayer[];
  readonly tensors: readonly WeightTensor[];
}

/** What is the same for every β: tensors, and distances before anything is merged. */
export interface Prepared {
  readonly tensors: readonly WeightTensor[];
  readonly layers: readonly UnitLayer[];
  readonly first: readonly Float64Array[];
}

export async function prepareMerge(
  layers: readonly UnitLayer[],
  tensors: readonly WeightTensor[],
  signal: Signal,
): Promise<Prepared> {
  const tied = tensors.map((tensor) => new TiedTensor(tensor));
  const first: Float64Array[] = [];
  for (const layer of layers) first.push(await UnitDistances.first(layer, tied, signal));
  return { tensors, layers, first };
}

/** A tensor that another layer is tied to as well. */
interface Shared {
  readonly own: Tie;
  readonly layer: number;
  readonly other: Tie;
}

/**
 * Iterative Feature Merging (Chen, Sun, Zhang, Zhang 2024): layers in turn merge their nearest two units, one pair each in a
 * sweep, until no layer has two that are near enough.
 */
export function merge({ layers, tensors, first }: Prepared, options: MergeOptions, signal: Signal): Merged {
  const tied = tensors.map((tensor) => new TiedTensor(tensor));
  const distances = layers.map((layer, l) => UnitDistances.of(layer, tied, first[l] as Float64Array));
  const groups = layers.map(({ units }) => Array.from({ length: units }, (_, unit) => [unit]));
  const traces = layers.map((): [number, number][] => []);
  const shared = layers.map((layer) => sharedTies(layer, layers, tied));
  for (let changed = true; changed; ) {
    changed = false;
    for (const [l, layer] of layers.entries()) {
      signal.throwIfAborted();
      const own = distances[l] as UnitDistances;
      if (own.order.length < 2 || layer.units - own.order.length >= options.most * layer.units) continue;
      const { p, q, least, most } = own.nearest();
      if (least > options.beta * most) continue;
      const counts = [p, q].map((unit) => groups[l]?.[unit]?.length ?? 0) as [number, number];
      for (const { own: tie, layer: m, other } of shared[l] ?? [])
        for (const unit of [p, q]) distances[m]?.change(other, tie, unit, -1);
      combine(layer, tied, p, q, counts, options.rule);
      for (const { own: tie, layer: m, other } of shared[l] ?? []) distances[m]?.change(other, tie, p, 1);
      own.merged(p, q);
      const list = groups[l] as number[][];
      list[p] = [...(list[p] ?? []), ...(list[q] ?? [])];
      list[q] = [];
      traces[l]?.push([least, most]);
      changed = true;
    }
  }
  return {
    layers: layers.map((_, l) => ({
      groups: (distances[l]?.order ?? []).map((unit) => groups[l]?.[unit] ?? []),
      trace: traces[l] ?? [],
    })),
    tensors: tied.map((tensor, t) =>
      tensor.kept(
        layers.flatMap((layer, l) =>
          tiesOf(layer)
            .filter((tie) => tie.tensor === t)
            .map((tie) => ({ tie, units: distances[l]?.order ?? [] })),
        ),
      ),
    ),
  };
}

function tiesOf({ incoming, bias, outgoing }: UnitLayer): readonly Tie[] {
  return [incoming, ...(bias ? [bias] : []), ...outgoing];
}

/** Weights of a layer that are also those of a layer before or after it. */
function sharedTies(layer: UnitLayer, layers: readonly UnitLayer[], tensors: readonly TiedTensor[]): Shared[] {
  return measured(layer)
    .filter(({ tensor }) => (tensors[tensor]?.rank ?? 0) > 1)
    .flatMap((own) =>
      layers.flatMap((other, m) =>
        other === layer
          ? []
          : measured(other)
              .filter(({ tensor, axis }) => tensor === own.tensor && axis !== own.axis)
              .map((tie) => ({ own, layer: m, other: tie })),
      ),
    );
}

function combine(
  { incoming, bias, outgoing }: UnitLayer,
  tensors: readonly TiedTensor[],
  p: number,
  q: number,
  [a, b]: readonly [number, number],
  rule: Rule,
): void {
  const add = (tie: Tie) => tensors[tie.tensor]?.combine(tie, p, q, 1, 1);
  const average = (tie: Tie) => tensors[tie.tensor]?.combine(tie, p, q, a / (a + b), b / (a + b));
  const [before, after] = rule === 'sum-incoming' ? [add, average] : [average, add];
  for (const tie of [incoming, ...(bias ? [bias] : [])]) before(tie);
  for (const tie of outgoing) after(tie);
}
