import { columnDeviations, columnMeans } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import type { Table } from '../../protocol/result';

const LISTED = 256;

/** Each unit by itself. */
export interface UnitSummary {
  readonly means: Float64Array;
  /** Population standard deviations: 0 exactly where a unit is constant. */
  readonly deviations: Float64Array;
  readonly least: Float64Array;
  readonly most: Float64Array;
  /** Share of rows in which the unit is exactly zero. */
  readonly zeros: Float64Array;
}

export function summariseUnits(x: Matrix): UnitSummary {
  const least = new Float64Array(x.columns).fill(Infinity);
  const most = new Float64Array(x.columns).fill(-Infinity);
  const zeros = new Float64Array(x.columns);
  for (let i = 0, k = 0; i < x.rows; i++) {
    for (let j = 0; j < x.columns; j++, k++) {
      const value = x.data[k] as number;
      if (value < (least[j] as number)) least[j] = value;
      if (value > (most[j] as number)) most[j] = value;
      if (value === 0) zeros[j] = (zeros[j] as number) + 1;
    }
  }
  return {
    means: columnMeans(x),
    deviations: columnDeviations(x),
    least,
    most,
    zeros: zeros.map((count) => count / x.rows),
  };
}

/** The units that vary most; all of them where there are no more than 256. */
export function unitTable({ means, deviations, least, most, zeros }: UnitSummary): Table {
  const order = [...deviations.keys()].sort((a, b) => (deviations[b] as number) - (deviations[a] as number) || a - b);
  const listed = order.length <= LISTED ? order.toSorted((a, b) => a - b) : order.slice(0, LISTED);
  const values = [means, deviations, least, most, zeros];
  return {
    title: listed.length < order.length ? `The ${LISTED} of ${order.length} units that vary most` : 'Units',
    columns: ['unit', 'mean', 'sd', 'min', 'max', 'share of zeros'],
    rows: listed.map((unit) => [unit, ...values.map((column) => column[unit] as number)]),
  };
}
