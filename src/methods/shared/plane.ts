import { centreInDouble } from '../../linalg/centre';
import { multiply } from '../../linalg/products';
import type { Scatter } from '../../protocol/figures';
import { count } from '../../protocol/words';
import type { Context, Representation } from '../method';
import { inRange } from './centred';
import { axisLabel, principalAxes } from './pca';

/** More rows than this are neither decomposed in a moment nor told apart. */
const POINTS = 2000;

/** One or more spaces, each along the two directions that vary most, rows coloured by a number of each. */
export async function plane(
  words: Pick<Scatter, 'id' | 'title'> & { readonly caption: string },
  spaces: readonly Representation[],
  colour: { readonly name: string; readonly values: Float64Array },
  { random, rows, signal }: Pick<Context, 'random' | 'rows' | 'signal'>,
): Promise<Scatter> {
  const n = spaces[0]?.matrix.rows ?? 0;
  const drawn = random.atMost(n, POINTS);
  const note =
    n <= POINTS ? '' : ` Drawn: ${count(POINTS)} of ${count(n)} rows, chosen at random; the directions are theirs.`;
  const panels: Scatter['panels'][number][] = [];
  for (const { name, matrix } of spaces) {
    const centred = centreInDouble(inRange(matrix.takeRows(drawn)));
    const principal = await principalAxes(centred, 2, { signal });
    const scores = await multiply(centred, principal.axes, { signal });
    const along = (axis: number) =>
      Array.from(drawn, (_, i) => (axis < scores.columns ? Number(scores.at(i, axis).toPrecision(6)) : 0));
    panels.push({
      title: name,
      x: { label: axisLabel(principal, 0) },
      y: { label: axisLabel(principal, 1) },
      ...{ xs: along(0), ys: along(1) },
    });
  }
  return {
    ...words,
    caption: words.caption + note,
    kind: 'scatter',
    panels,
    rows: Array.from(drawn, (i) => rows.index[i] ?? i),
    ...(rows.names && { names: Array.from(drawn, (i) => rows.names?.[i] ?? '') }),
    labels: {
      ...{ kind: 'number', name: colour.name },
      values: Array.from(drawn, (i) => Number((colour.values[i] as number).toPrecision(6))),
    },
  };
}
