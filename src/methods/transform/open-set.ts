import type { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import type { Figure, LineSeries } from '../../protocol/figures';
import type { Cell, Table } from '../../protocol/result';
import { areaUnder, verificationCurve } from '../describe/verification-curve';
import type { Context } from '../method';
import type { Classes } from '../shared/classes';
import { digits6 } from '../shared/image';
import { inWords } from '../shared/reading';
import { LISTED, rowTable } from '../shared/row-table';

/** Which vector each row is nearest to, and how far it is from it. */
export interface Pointing {
  /** Class of the vector. */
  readonly nearest: Int32Array;
  /** 1 - cosine with it. */
  readonly distance: Float64Array;
}

/** @param rows of length 1 @param vectors one for each class, of length 1 */
export async function pointingOf(
  rows: Matrix<Float64Array>,
  vectors: Matrix<Float64Array>,
  { signal }: Pick<Context, 'signal'>,
): Promise<Pointing> {
  const cosines = await multiply(rows, vectors, { signal, transposeB: true });
  const nearest = new Int32Array(rows.rows);
  const distance = new Float64Array(rows.rows);
  for (let i = 0; i < rows.rows; i++) {
    const row = cosines.row(i);
    let best = 0;
    for (let c = 1; c < row.length; c++) if ((row[c] as number) > (row[best] as number)) best = c;
    nearest[i] = best;
    distance[i] = Math.max(0, 1 - (row[best] as number));
  }
  return { nearest, distance };
}

/** Share of rows of a class whose nearest vector is that of their class. */
export function rightOf({ nearest }: Pointing, { rows, of }: Classes): number {
  return rows.reduce((sum, i) => sum + (nearest[i] === of[i] ? 1 : 0), 0) / rows.length;
}

/**
 * What distances to the nearest vector say of rows that may be of no class: those of rows of a class from maps that were not fitted
 * to them, those of others from the map that was fitted to all.
 * @param versions pointing of all rows, the first version first
 */
export function openSet(names: readonly string[], versions: readonly Pointing[], classes: Classes, context: Context) {
  const last = versions.at(-1) as Pointing;
  const { distance, nearest } = last;
  const strangers = Array.from(classes.of.keys()).filter((i) => classes.of[i] === -1);
  const all = [...classes.rows, ...strangers];
  const apart =
    strangers.length > 0
      ? areaUnder(
          verificationCurve({
            distances: Float64Array.from(all, (i) => distance[i] as number),
            same: Uint8Array.from(all, (_, k) => (k < classes.rows.length ? 1 : 0)),
          }),
        )
      : null;
  const far = all.sort((a, b) => (distance[b] as number) - (distance[a] as number) || a - b).slice(0, LISTED);
  const className = (c: number) => (c < 0 ? null : (classes.names[c] ?? null));
  const version: Table = {
    title: 'Rows whose nearest vector is that of their class, held out',
    columns: ['version', 'share'],
    rows: names.map((name, t): Cell[] => [name, rightOf(versions[t] as Pointing, classes)]),
  };
  const tables = {
    vectors: version,
    far: rowTable(`Rows of ${names.at(-1)} that are far from the vectors of all classes`, context, far, {
      [classes.label]: (i) => className(classes.of[i] as number),
      'nearest vector': (i) => className(nearest[i] as number),
      'distance (1 - cosine)': (i) => distance[i] as number,
    }),
  };
  const words =
    apart === null
      ? ''
      : ` A row of no class lies farther from every vector than a row of a class in ${inWords(apart)} of the cases (0.5: by chance).`;
  return { tables, figure: distancesFigure(names.at(-1) as string, distance, classes.rows, strangers), words };
}

function distancesFigure(
  name: string,
  distance: Float64Array,
  known: Int32Array,
  strangers: readonly number[],
): Figure {
  const most = [...known, ...strangers].reduce((largest, i) => Math.max(largest, distance[i] as number), 1e-6);
  const bins = Math.max(1, Math.min(40, Math.ceil(2 * Math.cbrt(known.length))));
  const x = Array.from({ length: bins }, (_, bin) => digits6(((bin + 0.5) * most) / bins) ?? 0);
  const shares = (rows: ArrayLike<number>) => {
    const counts = new Array<number>(bins).fill(0);
    for (const i of Array.from(rows)) {
      const bin = Math.min(bins - 1, Math.floor(((distance[i] as number) / most) * bins));
      counts[bin] = (counts[bin] as number) + 1;
    }
    return counts.map((count) => digits6(count / rows.length));
  };
  const series: LineSeries[] = [{ name: 'rows of a class, held out', x, y: shares(known), bars: true }];
  if (strangers.length > 0) series.push({ name: 'rows of no class', x, y: shares(strangers) });
  return {
    ...{ id: 'open-set', kind: 'line', title: 'Distance to the nearest vector' },
    caption: `1 - cosine of each row of ${name} with the nearest vector of a class: the open-set score, large where a row is of none. Share of the rows in ${bins} equal bins.${strangers.length > 0 ? '' : ' Rows without a label would be drawn beside these.'}`,
    x: { label: '1 - cosine' },
    y: { label: 'share of rows' },
    series,
  };
}
