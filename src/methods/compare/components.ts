import { Matrix } from '../../linalg/matrix';
import { crossProduct, multiply } from '../../linalg/products';
import type { Figure } from '../../protocol/figures';
import type { Context, Representation } from '../method';
import { centred } from '../shared/centred';
import { digits6, heatmapPanel } from '../shared/image';
import { percent, principalAxes } from '../shared/pca';

/** Drawn; the sums go on to more. */
const SHOWN = 20;
const SUMMED = 50;
/** Beyond these the components would take much longer than the value that they explain. */
const MOST_UNITS = 1024;
const MOST_VALUES = 3e7;

/**
 * Where linear CKA comes from: it is Σᵢⱼ λᵢ μⱼ r²ᵢⱼ / √(Σλᵢ² Σμⱼ²) over the principal components of both sides, with
 * variances λ and μ and correlations r between components (Kornblith et al. 2019, equation 14). Empty where the
 * components are too many to find cheaply.
 */
export async function componentFigures(
  x: Representation,
  y: Representation,
  cka: number,
  context: Context,
): Promise<Figure[]> {
  const heavy = ({ rows, columns, data }: Matrix) => Math.min(rows, columns) > MOST_UNITS || data.length > MOST_VALUES;
  if (heavy(x.matrix) || heavy(y.matrix)) return [];
  context.progress(0.8, 'Principal components');
  const scores = async ({ matrix }: Representation) => {
    const a = centred(matrix, true);
    const { axes, squares } = await principalAxes(a, SUMMED, context);
    return { scores: await multiply(a, axes, context), squares };
  };
  const [a, b] = [await scores(x), await scores(y)];
  const products = await crossProduct(a.scores, b.scores, context);
  const correlations = products.data.map((product, k) => {
    const [i, j] = [Math.floor(k / products.columns), k % products.columns];
    return (product as number) ** 2 / ((a.squares[i] as number) * (b.squares[j] as number));
  });
  const shown = new Matrix(Float64Array.from(correlations), products.rows, products.columns)
    .slice(0, Math.min(SHOWN, products.rows))
    .columnBand(0, Math.min(SHOWN, products.columns));
  const name = (k: number) => String(k + 1);
  const partial = partialSums(products, norm(a.squares) * norm(b.squares));
  return [
    {
      id: 'component-overlap',
      kind: 'heatmap',
      title: 'Principal components against each other',
      caption: `Squared correlation of the scores along the first components, which hold ${share(a.squares, shown.rows)} and ${share(b.squares, shown.columns)} of the variance. CKA weighs each cell by both variances.`,
      panels: [
        heatmapPanel(
          '',
          shown,
          { label: `${x.name}, component`, name },
          { label: `${y.name}, component`, name },
          'mean',
        ),
      ],
      scale: { label: 'squared correlation', kind: 'sequential', domain: [0, 1] },
    },
    {
      id: 'cka-by-components',
      kind: 'line',
      title: 'How few components the value rests on',
      caption:
        'The part of linear CKA that comes from the first components of both sides. Where it is soon reached, the value says nothing of the other directions.',
      x: { label: 'components of each' },
      y: { label: 'part of linear CKA', domain: [0, 1] },
      series: [{ name: 'first components', x: partial.map((_, k) => k + 1), y: partial.map(digits6) }],
      references: [{ y: Number(cka.toPrecision(6)), label: 'all components' }],
    },
  ];
}

/** Σ over i, j < k of <uᵢ, vⱼ>² / scale, for k = 1, 2, ... */
function partialSums(products: Matrix, scale: number): number[] {
  const count = Math.min(SUMMED, Math.max(products.rows, products.columns));
  const sums: number[] = [];
  for (let k = 0, sum = 0; k < count; k++) {
    for (let i = 0; i <= k; i++) {
      if (i < products.rows && k < products.columns) sum += products.at(i, k) ** 2;
      if (i < k && k < products.rows && i < products.columns) sum += products.at(k, i) ** 2;
    }
    sums.push(sum / scale);
  }
  return sums;
}

const norm = (values: Float64Array) => Math.hypot(...values);

function share(squares: Float64Array, count: number): string {
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  return percent(sum(squares.subarray(0, count)) / sum(squares));
}
