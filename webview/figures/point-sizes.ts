import { LARGEST } from '../../src/figures/cloud-raster';
import { type ValueScale, valueScale } from '../../src/figures/value-scale';
import type { Spread } from '../../src/protocol/analysis';
import { count, number, plural } from '../format';
import type { Sizes } from './cloud';
import type { NumberLabels } from './looks';
import type { RowColumn } from './row-facts';

/** Radius of the smallest point, in those of points that are alike: as small as is seen. */
const LEAST = 0.5;
/** Radii that are told apart. */
const STEPS = 128;

/** How large each point of a scatter is, by a value of its row. */
export interface PointSizes {
  readonly name: string;
  readonly scale: ValueScale;
  /** For drawing many. */
  readonly bytes: Sizes;
  /** What the areas stand for, and which points they do not tell of: one sentence or more. */
  readonly said: string;
  /** Radius of a point, and of a value, in those of points that are alike. */
  factor(point: number): number;
  factorOf(value: number): number;
}

/** Sizes by area: in proportion to values, or to what they are above the least where some are negative. */
export function pointSizes({ name, values }: NumberLabels, spread: Spread): PointSizes {
  const scale = valueScale(values, spread);
  const [low, high] = scale.domain;
  const signed = values.some((value) => value !== null && value < 0);
  const fromZero = spread === 'even' && !signed;
  const share = fromZero ? (value: number) => (high > 0 ? value / high : 0) : scale.share;
  const exact = (value: number) => LARGEST * Math.sqrt(Math.max(0, share(value)));
  const factorOf = (value: number) => Math.min(LARGEST, Math.max(LEAST, exact(value)));
  const bytes = new Uint8Array(values.length);
  let [missing, raised] = [0, 0];
  for (let i = 0; i < bytes.length; i++) {
    const value = values[i] ?? null;
    if (value === null) missing++;
    else if (exact(value) < LEAST) raised++;
    const step = Math.round((STEPS * (value === null ? LEAST : factorOf(value))) / LARGEST);
    bytes[i] = Math.round((255 * Math.max(1, step)) / STEPS);
  }
  const means = {
    even: signed
      ? `The area of a point is in proportion to its ${name} above the least, ${number(low)}.`
      : `The area of a point is in proportion to its ${name}.`,
    log: `The area of a point is in proportion to the logarithm of its ${name}, from the least to the greatest.`,
    rank: `The area of a point is in proportion to the rank of its ${name}.`,
  };
  const said = [
    means[spread],
    ...(raised > 0 ? [`${plural(raised, 'point')} of the least are drawn larger than that, to be seen.`] : []),
    ...(missing > 0 ? [`${count(missing)} without ${name} are drawn as small as the least.`] : []),
  ].join(' ');
  const factor = (point: number) => {
    const value = values[point] ?? null;
    return value === null ? LEAST : factorOf(value);
  };
  return { name, scale, bytes, said, factor, factorOf };
}

/** The values that sizes stand for, as something known of rows. */
export function sizeColumn({ name, values }: NumberLabels, rows: readonly number[]): RowColumn {
  let places: Map<number, number> | undefined;
  return {
    name,
    at(row) {
      places ??= new Map(rows.map((one, i) => [one, i]));
      return values[places.get(row) ?? -1] ?? null;
    },
  };
}
