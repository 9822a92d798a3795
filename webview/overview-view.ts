import { extent } from '../src/figures/ticks';
import type { MethodDescription } from '../src/protocol/catalogue';
import type { ColourScale } from '../src/protocol/figures';
import type { MeasureMatrix, Table } from '../src/protocol/result';
import { number, short, standardScore } from './format';
import { type Arrangement, arranged, bestPartners, identification, scaleOf } from './overview-map';

/** What the cells of the map of all pairs show. */
export type View = 'value' | 'z' | 'calibrated';

export const viewTitles: Readonly<Record<View, string>> = {
  value: 'Values',
  z: 'z-scores',
  calibrated: 'Calibrated',
};

/** What there is to show of a measure: z with a spread of chance, calibrated values with random pairings. */
export function viewsOf({ chance, sd, calibration }: MeasureMatrix): View[] {
  const z = calibration !== undefined || (chance !== undefined && sd !== undefined);
  return ['value', ...(z ? (['z'] as const) : []), ...(calibration ? (['calibrated'] as const) : [])];
}

/** Everything that is known of one pair. */
export interface PairFacts {
  readonly value: number | null;
  readonly chance: number | null;
  readonly sd: number | null;
  readonly z: number | null;
  readonly p: number | null;
  readonly pMax: number | null;
  readonly q: number | null;
  readonly calibrated: number | null;
}

/** In closed form where there is one, else as drawn. */
export function factsOf({ matrix, chance, sd, calibration }: MeasureMatrix, row: number, column: number): PairFacts {
  const at = (cells: readonly (readonly (number | null)[])[] | undefined) => cells?.[row]?.[column] ?? null;
  const closed = sd !== undefined && chance !== undefined;
  const value = at(matrix);
  const level = at(chance) ?? at(calibration?.level);
  const spread = closed ? at(sd) : at(calibration?.sd);
  // A spread of mere rounding is none.
  const z = value !== null && level !== null && spread !== null && spread > 1e-12 ? (value - level) / spread : null;
  const { p, pMax, q, calibrated } = calibration ?? {};
  return {
    ...{ value, chance: level, sd: spread, z: closed ? z : at(calibration?.z) },
    ...{ p: at(p), pMax: at(pMax), q: at(q), calibrated: at(calibrated) },
  };
}

export interface ShownView {
  /** Row-major in the order of the arrangement. */
  readonly values: readonly (number | null)[];
  readonly scale: ColourScale;
  readonly reversed: boolean;
  readonly framed: readonly (readonly [number, number])[];
  /** Places of the cells that random pairings do not tell from chance (q > 0.05). */
  readonly doubtful: readonly number[];
  /** Where 95 % of chance lies, if that is the same for every cell. */
  readonly band: readonly [number, number] | null;
  write(value: number): string;
  readonly caption: string;
  readonly found: ReturnType<typeof identification>;
}

export function shownAs(
  view: View,
  method: MethodDescription | undefined,
  measure: MeasureMatrix,
  arrangement: Arrangement,
): ShownView {
  const { order } = arrangement;
  const facts = order.flatMap((row) => order.map((column) => factsOf(measure, row, column)));
  const described = method?.values.find(({ key }) => key === measure.value);
  const lower = described?.better === 'lower' && view !== 'calibrated';
  const values = view === 'value' ? arranged(measure.matrix, arrangement) : facts.map((cell) => cell[view]);
  // Where nothing is beyond chance no partner is the best.
  const ranked = view === 'calibrated' ? values.map((value) => (value === 0 ? null : value)) : values;
  const framed = bestPartners(ranked, arrangement, lower ? 'lower' : 'higher', boundOf(view, described?.range, facts));
  const doubtful = facts.flatMap(({ q }, i) => (q !== null && q > 0.05 ? [i] : []));
  const band = view === 'z' ? ([-1.96, 1.96] as const) : view === 'value' ? bandOf(facts) : null;
  const notes = [
    ...(view === 'calibrated' ? ['0: no better than all but 5 % of random pairings; 1: as good as can be.'] : []),
    ...(view === 'z' ? [`z: standard deviations of chance ${lower ? '(negative: more alike)' : 'above chance'}.`] : []),
    ...(band ? [`Bracket on the scale: ${bracket(view, band)}.`] : []),
    ...(doubtful.length > 0 ? ['Ring: not told from chance (q > 0.05).'] : []),
    ...(measure.calibration ? [measure.calibration.how] : []),
  ];
  return {
    ...{ values, framed, doubtful, band, reversed: lower, caption: notes.join(' ') },
    found: identification(framed, arrangement),
    scale:
      view === 'value'
        ? scaleOf(method, measure, values)
        : view === 'z'
          ? zScale(values, order.length)
          : beyond(values),
    write:
      view === 'z' ? (z) => (Math.abs(z) < 9.95 ? standardScore(z) : standardScore(z).replace(/\.\d$/, '')) : short,
  };
}

/** What no value exceeds, in the units of the view, for what rounding makes of it; 0 where there is no such bound. */
function boundOf(
  view: View,
  range: MethodDescription['values'][number]['range'] = [null, null],
  facts: readonly PairFacts[],
) {
  const [low, high] = range;
  if (low === null || high === null) return 0;
  const bound = Math.max(Math.abs(low), Math.abs(high));
  return view === 'z' ? Math.max(0, ...facts.map(({ z, sd }) => (z === null || sd === null ? 0 : bound / sd))) : bound;
}

function bracket(view: View, [low, high]: readonly [number, number]): string {
  return view === 'z' ? 'within 1.96 of chance' : `chance ± 1.96 sd, ${number(low)} to ${number(high)}`;
}

/** Diverging about chance. The diagonal, each with itself, would take the whole scale. */
function zScale(values: readonly (number | null)[], size: number): ColourScale {
  const others = values.filter((_, i) => i % (size + 1) !== 0);
  const end = others.reduce<number>((most, z) => Math.max(most, Math.ceil(Math.abs(z ?? 0))), 4);
  return { label: `z, −${end} to ${end} (scaled to the values)`, kind: 'diverging', domain: [-end, end], chance: 0 };
}

function beyond(values: readonly (number | null)[]): ColourScale {
  const [, most] = extent([values]);
  const label = most > 1 ? 'Beyond chance (scaled to the values)' : 'Calibrated';
  return { label, kind: 'sequential', domain: [0, Math.max(1, most)] };
}

/** 95 % of chance, where it is the same for every cell. */
function bandOf(facts: readonly PairFacts[]): readonly [number, number] | null {
  const [first, ...others] = facts.filter(({ sd }) => sd !== null);
  if (!first || first.chance === null || first.sd === null) return null;
  const same = others.every(({ chance, sd }) => chance === first.chance && sd === first.sd);
  return same ? [first.chance - 1.96 * first.sd, first.chance + 1.96 * first.sd] : null;
}

/** A row for each pair with all that random pairings say of it. */
export function pairsTable(
  title: string,
  measure: MeasureMatrix,
  { order }: Arrangement,
  names: readonly string[],
): Table {
  return {
    title,
    columns: ['a', 'b', 'value', 'chance', 'sd', 'z', 'p', 'p of the best of all', 'q', 'calibrated'],
    rows: order.flatMap((a) =>
      order.map((b) => {
        const { value, chance, sd, z, p, pMax, q, calibrated } = factsOf(measure, a, b);
        return [names[a] ?? '', names[b] ?? '', value, chance, sd, z, p, pMax, q, calibrated];
      }),
    ),
  };
}
