import { normaliseRows } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import type { Context } from '../method';
import { type Classes, classesOf } from '../shared/classes';
import { hyperedgeWeights } from './hyperedges';
import { graphWeights, mixed, propagate, similarityGraph, viewWeights, type Weights } from './propagation';

/** Rows that a prototype becomes the mean of, at most. */
const TRAINED = 500;

export interface SpreadChoice {
  readonly labelled: number;
  readonly neighbours: number;
  readonly prototypes: number;
  readonly hypergraph: number;
  readonly 'self-training': boolean;
  readonly alpha: number;
}

/** Labels of all rows from examples. */
export interface Spread {
  readonly names: readonly string[];
  readonly weights: readonly number[];
  readonly alone: readonly (number | null)[];
  readonly accuracy: number | null;
  readonly examples: number;
  /** Class of each row; -1 where no class has more than every other. */
  readonly label: Int32Array;
  readonly margin: Float64Array;
  /** Rows that were no examples. */
  readonly found: readonly number[];
  readonly left: readonly string[];
}

/**
 * Labels of a few rows spread over all: prototypes of classes as further nodes of the graphs of all views, of their hyperedges too.
 * @param views n x d_v, centred: prototypes are trained there
 * @param weighted n x k: the views along the directions that they share
 */
export async function spreadLabels(
  views: readonly Matrix<Float64Array>[],
  weighted: readonly Matrix<Float64Array>[],
  chosen: SpreadChoice,
  context: Context,
): Promise<Spread> {
  const { labelled, neighbours, prototypes, hypergraph, alpha } = chosen;
  const n = weighted[0]?.rows ?? 0;
  const classes = classesOf(context.rows, n, 1);
  const count = classes.names.length;
  const examples = classes.groups.map((group) => (labelled > 0 ? group.subarray(0, labelled) : group));
  const given = new Set(examples.flatMap((group) => [...group]));
  context.reserve(8 * 3 * (n + count) ** 2, 'similarities of all rows');
  const trained = chosen['self-training'] ? Math.max(1, Math.min(TRAINED, Math.floor(n / (2 * count)))) : 0;
  const nodes: Matrix<Float64Array>[] = [];
  for (const [v, rows] of weighted.entries()) {
    const near = trained > 0 ? await nearest(views[v] as Matrix<Float64Array>, examples, trained, context) : examples;
    nodes.push(normaliseRows(withPrototypes(rows, meansOf(rows, near))).matrix);
  }
  const y = Matrix.zeros(n + count, count);
  for (let c = 0; c < count; c++) y.row(n + c).fill(-1)[c] = 1;
  const graphs: Weights[] = [];
  const alone: (number | null)[] = [];
  for (const [v, rows] of nodes.entries()) {
    context.progress(0.3 + (0.5 * v) / nodes.length, `Neighbours in view ${v + 1} of ${nodes.length}`);
    const graph = graphWeights(await similarityGraph(rows, neighbours, count, prototypes, context));
    graphs.push(graph);
    alone.push(judge(decide(propagate(graph, y, alpha, context), n).label, classes, given));
  }
  const weights = viewWeights(nodes);
  const parts = graphs.map((graph, v) => [(1 - hypergraph) * (weights[v] as number), graph] as const);
  if (hypergraph > 0) {
    context.progress(0.8, 'Rows that are near the same rows of another view');
    parts.push([hypergraph, await hyperedgeWeights(nodes, neighbours, count, prototypes, context)]);
  }
  const { label, margin } = decide(propagate(mixed(parts), y, alpha, context), n);
  const found = Array.from({ length: n }, (_, i) => i).filter((i) => !given.has(i));
  return {
    ...{ names: classes.names, weights, alone, label, margin, found },
    accuracy: judge(label, classes, given),
    examples: given.size,
    left: classes.left.filter((text) => !text.endsWith(' left out.')),
  };
}

/** A row for each class: the mean of some rows. */
function meansOf(rows: Matrix<Float64Array>, examples: readonly Int32Array[]): Matrix<Float64Array> {
  const out = Matrix.zeros(examples.length, rows.columns);
  for (const [c, group] of examples.entries()) {
    const mean = out.row(c);
    for (const i of group)
      rows.row(i).forEach((value, j) => {
        mean[j] = (mean[j] as number) + value / group.length;
      });
  }
  return out;
}

/** So many rows of a view that are nearest by cosine to the mean of the examples of each class. */
async function nearest(
  view: Matrix<Float64Array>,
  examples: readonly Int32Array[],
  count: number,
  { signal }: Context,
): Promise<Int32Array[]> {
  const of = normaliseRows(meansOf(view, examples)).matrix;
  const cosines = await multiply(of, normaliseRows(view).matrix, { transposeB: true, signal });
  return examples.map((_, c) => {
    const row = cosines.row(c);
    return Int32Array.from(row.keys())
      .sort((a, b) => (row[b] as number) - (row[a] as number) || a - b)
      .subarray(0, count);
  });
}

/** The rows, and the prototypes below them. */
function withPrototypes(rows: Matrix<Float64Array>, prototypes: Matrix<Float64Array>): Matrix<Float64Array> {
  const out = Matrix.zeros(rows.rows + prototypes.rows, rows.columns);
  out.data.set(rows.data);
  out.data.set(prototypes.data, rows.data.length);
  return out;
}

/** Shares that lie no further apart are as good as equal: they are solved for to 1e-13. */
const ROUNDING = 1e-12;

/** The class with the largest share of each of the first n rows, -1 where there is none, and by how much. */
function decide(f: Matrix<Float64Array>, n: number) {
  const label = new Int32Array(n);
  const margin = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const row = f.row(i);
    let [best, second] = [0, Number.NEGATIVE_INFINITY];
    for (let c = 1; c < row.length; c++) {
      if ((row[c] as number) > (row[best] as number)) [best, second] = [c, row[best] as number];
      else second = Math.max(second, row[c] as number);
    }
    const lead = (row[best] as number) - second;
    label[i] = lead > ROUNDING ? best : -1;
    margin[i] = lead > ROUNDING ? lead : 0;
  }
  return { label, margin };
}

/** Share of the rows of a known class, other than the examples, that get it; null where there are none. */
function judge(label: Int32Array, { of, rows }: Classes, given: ReadonlySet<number>): number | null {
  const judged = [...rows].filter((i) => !given.has(i));
  return judged.length === 0 ? null : judged.filter((i) => label[i] === of[i]).length / judged.length;
}
