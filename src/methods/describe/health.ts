import { count } from '../../protocol/words';
import type { Rows } from '../method';
import { percent } from '../shared/pca';
import { constantUnits, fewRows, repeatedRows, rowsOfZeros } from '../shared/warnings';
import type { Outlying } from './lengths';
import type { repeatedUnits } from './repeats';
import type { Spectrum } from './spectrum';
import type { UnitSummary } from './units';

/** A row this many times as long as the median one is worth a look. */
const LONG = 10;
/** One direction, unit or the mean with so much of the whole decides every comparison that is not told otherwise. */
const DOMINANT = 0.8;

/** What was found out about a representation. */
interface Findings {
  /** Null where it is that of a sample. */
  readonly spectrum: Spectrum | null;
  readonly units: UnitSummary;
  readonly twins: ReturnType<typeof repeatedUnits>;
  readonly norms: Float64Array;
  readonly outlying: Outlying;
}

/** What has been counted of a representation. */
export interface Facts {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly unitNames: readonly string[] | undefined;
  /** Units with one value only. */
  readonly constant: readonly number[];
  readonly zeroRows: number;
  /** Rows that repeat an earlier one. */
  readonly repeated: number;
}

/** What would make comparisons with this representation misleading, and what to do about it. */
export function health(facts: Facts, { spectrum, units, twins, norms, outlying }: Findings, rows: Rows): string[] {
  return [
    ...fewRows(facts.rows),
    ...constantUnits(facts.name, facts.constant, facts.columns),
    ...repeated(twins, facts),
    ...rowsOfZeros(facts.name, facts.zeroRows, facts.rows),
    ...repeatedRows(facts.name, facts.repeated, facts.rows),
    ...(spectrum === null ? [] : collapse(spectrum, facts)),
    ...dominantUnit(units.deviations, facts),
    ...commonDirection(units.means, norms),
    ...longRows(norms, rows),
    ...outlyingRows(outlying, norms, rows),
  ];
}

/** Directions that hold nearly all variance are few where they are no more than this share of the possible ones. */
const FEW = 0.1;

/** A unit by its number, and by its name where it has one. */
function unitLabel(unit: number, { unitNames }: Facts): string {
  const name = unitNames?.[unit];
  return name === undefined ? String(unit) : `${unit} (${name})`;
}

function repeated(twins: Findings['twins'], facts: Facts): string[] {
  const { name, columns } = facts;
  if (twins.length === 0) return [];
  const some = twins.slice(0, 5).map(({ unit, like }) => `${unitLabel(unit, facts)} is ${unitLabel(like, facts)}`);
  const list = `${some.join(', ')}${twins.length > 5 ? ', …' : ''}`;
  return [
    `${count(twins.length)} of ${count(columns)} units of ${name} ${twins.length === 1 ? 'repeats' : 'repeat'} an earlier unit exactly (${list}). Each counts twice in every measure; leave the copies out.`,
  ];
}

function collapse({ rank, leading, nearlyAll }: Spectrum, { rows, columns }: Facts): string[] {
  const possible = Math.min(rows - 1, columns);
  const warnings: string[] = [];
  if (rank > 0 && rank < possible / 2) {
    warnings.push(
      `The rows vary in ${rank} of ${possible} possible directions: the representation has collapsed, or units repeat each other. CCA and regression will find perfect fits; prefer CKA or Procrustes.`,
    );
  }
  if (leading !== null && leading > DOMINANT && possible > 1) {
    warnings.push(
      `One direction holds ${percent(leading)} of the variance and will decide CKA, Procrustes and distances. Look at its extreme rows, and compare by ranks or neighbours too.`,
    );
  }
  if (rank >= possible / 2 && nearlyAll <= FEW * possible && leading !== null && leading <= DOMINANT) {
    warnings.push(
      `${nearlyAll} of ${possible} possible directions hold 99 % of the variance: the representation has nearly collapsed. Measures that weigh by variance see these alone; standardise the units, or compare by neighbours too.`,
    );
  }
  if (rows <= columns) {
    warnings.push(
      `There are no more rows (${rows}) than units (${columns}): similarities that are not debiased come out high for unrelated data. Use more rows or a debiased measure.`,
    );
  }
  return warnings;
}

function dominantUnit(deviations: Float64Array, facts: Facts): string[] {
  const largest = deviations.reduce((best, value, j) => (value > (deviations[best] as number) ? j : best), 0);
  const scale = deviations[largest] as number;
  if (deviations.length < 2 || scale === 0) return [];
  const share = 1 / deviations.reduce((sum, value) => sum + (value / scale) ** 2, 0);
  if (share <= 0.5) return [];
  return [
    `Unit ${unitLabel(largest, facts)} alone holds ${percent(share)} of the variance. Measures that see scale will see little else; standardise the units or leave it out.`,
  ];
}

/** The mean against the typical row: where all rows point one way, cosines are all near 1. */
function commonDirection(means: Float64Array, norms: Float64Array): string[] {
  const longest = norms.reduce((most, value) => Math.max(most, value), 0);
  if (longest === 0 || norms.length < 2) return [];
  const mean = means.reduce((sum, value) => sum + (value / longest) ** 2, 0);
  const typical = norms.reduce((sum, value) => sum + (value / longest) ** 2, 0) / norms.length;
  if (mean / typical <= DOMINANT) return [];
  return [
    `The mean of all rows holds ${percent(mean / typical)} of their squared length: rows point nearly the same way, so cosines are all close to 1. Centre before taking cosines (relative representations: centre = mean).`,
  ];
}

function longRows(norms: Float64Array, { index, names }: Rows): string[] {
  const median = norms.toSorted()[Math.floor(norms.length / 2)] ?? 0;
  if (median === 0) return [];
  const long = [...norms.keys()].filter((i) => (norms[i] as number) > LONG * median);
  if (long.length === 0) return [];
  const named = long.slice(0, 5).map((i) => names?.[i] ?? index[i] ?? i);
  const list = `${named.join(', ')}${long.length > 5 ? ', …' : ''}`;
  return [
    `${long.length} ${long.length === 1 ? 'row is' : 'rows are'} more than ${LONG} times as long as the median row (${list}) and will dominate distances and CKA. Check them, or leave them out.`,
  ];
}

/** Those that are not said to be long already. */
function outlyingRows({ rows, median }: Outlying, norms: Float64Array, { index, names }: Rows): string[] {
  const others = rows.filter((i) => (norms[i] as number) <= LONG * median && norms[i] !== 0);
  if (others.length === 0) return [];
  const named = others.slice(0, 5).map((i) => `${names?.[i] ?? index[i] ?? i}: ${(norms[i] as number).toPrecision(3)}`);
  const list = `${named.join(', ')}${others.length > 5 ? ', …' : ''}`;
  return [
    `${others.length} ${others.length === 1 ? 'row has a length' : 'rows have lengths'} far from the others (${list}; the median is ${median.toPrecision(3)}). Check them before trusting distances.`,
  ];
}
