import type { CentredLayer } from './centred-layer';
import { featureSideNorms } from './feature-sweep';
import { sampleSideNorms } from './gram-sweep';
import type { Matrix } from './matrix';
import { sumOf } from './norms';
import type { Watch } from './signal';

/** Below this many floating-point operations float32 layers are multiplied in float64: it takes a second at most. */
const AFFORDABLE_IN_DOUBLE = 3e10;

/**
 * ‖XᵢᵀYⱼ‖²_F for every layer Xᵢ of `rows` (n x pᵢ) and Yⱼ of `columns` (n x qⱼ); `columns` null means `rows`, at half the
 * work. With the values of each layer with itself, these give all-pairs linear CKA:
 * Kornblith et al., "Similarity of neural network representations revisited", ICML 2019, §3. Computed from products of
 * columns or, where the layers together are wider than n, from products of rows, since ‖XᵀY‖² = ⟨XXᵀ, YYᵀ⟩. float32
 * layers whose squares would leave its range are scaled by a power of two, and the norms back. Memory beside the layers:
 * about 80 MB, and where products are of rows the centred layers, of which `reserve` is told before. For the precision see {@link sweepPrecision}.
 * @throws RangeError where the numbers of rows differ
 */
export async function crossNorms(
  rows: readonly CentredLayer[],
  columns: readonly CentredLayer[] | null,
  options: Watch & { reserve?: (bytes: number, what: string) => void } = {},
): Promise<Matrix<Float64Array>> {
  const n = (rows[0] ?? columns?.[0])?.rows ?? 0;
  const odd = [...rows, ...(columns ?? [])].find((layer) => layer.rows !== n);
  if (odd) throw new RangeError(`Layers compared have as many rows as each other; got ${n} and ${odd.rows}.`);
  const plan = sweepPlan(rows, columns);
  const left = plan.double ? rows : rows.map(inRange);
  const right = plan.double ? columns : (columns?.map(inRange) ?? null);
  if (plan.samples) {
    const layers = [...new Set([...left, ...(right ?? [])])];
    const bytes = layers.reduce((sum, layer) => sum + layer.wholeBytes(plan.double), 0);
    if (bytes > 0) options.reserve?.(bytes, 'the centred representations');
  }
  const norms = plan.samples
    ? await sampleSideNorms(left, right, plan.double, options)
    : await featureSideNorms(left, right, plan.double, options);
  const others = right ?? left;
  for (const [i, x] of left.entries())
    for (const [j, y] of others.entries()) {
      const k = i * others.length + j;
      norms.data[k] = (norms.data[k] as number) * x.unit * x.unit * y.unit * y.unit;
    }
  return norms;
}

/** How {@link crossNorms} computes with these layers, in words for a result's steps. */
export function sweepPrecision(rows: readonly CentredLayer[], columns: readonly CentredLayer[] | null): string {
  return sweepPlan(rows, columns).double
    ? 'products and sums in float64'
    : 'products in float32, sums of their squares in float64';
}

/** What is known of a layer before it is made. */
type Layer = Pick<CentredLayer, 'rows' | 'columns' | 'isDouble'>;

/** Whether {@link crossNorms} multiplies rows, for which it needs every layer whole, and whether in float64. */
export function sweepPlan(rows: readonly Layer[], columns: readonly Layer[] | null) {
  const width = (layers: readonly Layer[]) => layers.reduce((sum, layer) => sum + layer.columns, 0);
  const n = (rows[0] ?? columns?.[0])?.rows ?? 0;
  const p = width(rows);
  const q = width(columns ?? []);
  const features = columns === null ? n * p * p : 2 * n * p * q;
  // The products between Gram matrices are thin, and run at a third of the speed.
  const samples = n * n * (p + q + 3 * rows.length * (columns ?? rows).length);
  const anyDouble = [...rows, ...(columns ?? [])].some((layer) => layer.isDouble);
  const least = Math.min(features, samples);
  return { samples: samples < features, double: anyDouble || least < AFFORDABLE_IN_DOUBLE };
}

/** The layer itself, unless fourth powers of its rows' lengths would leave the range of float32. */
function inRange(layer: CentredLayer): CentredLayer {
  const length = Math.sqrt(sumOf(layer.squaredLengths) / layer.rows);
  if (!(length > 0) || (length > 1e-3 && length < 1e3)) return layer;
  return layer.over(2 ** Math.round(Math.log2(length)));
}
