import type { Matrix } from '../../linalg/matrix';
import type { Cell, Table } from '../../protocol/result';
import { CLASSES, rules, type Thresholds, type UnitFacts } from './classes';
import type { UnitNames } from './correlation';
import { amongEquals } from './extremes';
import type { Match } from './hard';
import { predictors } from './sparse-prediction';
import type { UnitSums } from './unit-sums';

/** One side of an alignment: its units, what is known of them, and correlations with the other side's. */
export interface Side {
  readonly units: UnitNames;
  readonly other: UnitNames;
  readonly columns: number;
  readonly facts: readonly UnitFacts[];
  readonly r: Matrix;
  readonly extremes: UnitSums['extremes'][number];
}

export function classOf({ units, facts, columns }: Side): (string | undefined)[] {
  const place = new Map([...units.kept].map((unit, i) => [unit, i]));
  return Array.from({ length: columns }, (_, unit) => {
    const at = place.get(unit);
    return at === undefined ? 'dead' : facts[at]?.class;
  });
}

/** How many units of either side are in each class, and the rule. */
export function classTable(sides: readonly [Side, Side], thresholds: Thresholds): Table {
  const counted = sides.map(classOf);
  const words = rules(thresholds);
  return {
    title: 'Classes of units',
    columns: [
      'class',
      `units of ${sides[0].units.name}`,
      `units of ${sides[1].units.name}`,
      'rule, the first that holds',
    ],
    rows: CLASSES.map((name): Cell[] => [
      name,
      ...counted.map((classes) => classes.filter((one) => one === name).length),
      words[name],
    ]),
  };
}

/** Every unit of both sides, those with one value only among them, in the order of the files. */
export function unitTable(sides: readonly [Side, Side]): Table {
  return {
    title: 'Units',
    columns: [
      ...['side', 'unit', 'class', 'best partner', 'r with it', 'one-to-one partner', 'r with that', 'mutual best'],
      ...['R² from few', 'few units', 'R² from all', 'cluster', 'cluster agreement', 'predictors'],
      ...['largest on rows', 'smallest on rows'],
    ],
    rows: sides.flatMap((side) => {
      const place = new Map([...side.units.kept].map((unit, i) => [unit, i]));
      return Array.from({ length: side.columns }, (_, unit): Cell[] => rowOf(side, unit, place.get(unit)));
    }),
  };
}

function rowOf({ units, other, facts, r, extremes }: Side, unit: number, at: number | undefined): Cell[] {
  const ends = [extremes.largest(unit), extremes.smallest(unit)].map((end) => {
    const equals = amongEquals(end);
    return `${end.rows.join(' ')}${equals && `: ${equals}`}`;
  });
  const known = at === undefined ? undefined : facts[at];
  if (known === undefined || at === undefined)
    return [
      units.name,
      unit,
      'dead',
      ...new Array<null>(4).fill(null),
      '',
      ...new Array<null>(5).fill(null),
      '',
      '',
      '',
    ];
  const { best, matched, mutual, prediction, cluster, agreement } = known;
  return [
    ...[units.name, unit, known.class, other.kept[best] as number, r.at(at, best)],
    ...(matched < 0 ? [null, null] : [other.kept[matched] as number, r.at(at, matched)]),
    ...[mutual ? 'yes' : 'no', prediction.few.refit, prediction.few.places.length, prediction.whole],
    ...[cluster, agreement, predictors(prediction, other), ...ends],
  ];
}

/** Matched units, the strongest first. */
export function pairTable(matches: readonly Match[], [first, second]: readonly [Side, Side]): Table {
  const [x, y] = [first.units, second.units];
  return {
    title: 'Pairs of units, one to one',
    columns: ['unit', 'partner', 'correlation', 'best partner', 'best correlation', 'class', 'class of the partner'],
    rows: matches.map(({ unit, partner, best }): Cell[] => [
      ...[x.kept[unit] as number, y.kept[partner] as number, first.r.at(unit, partner)],
      ...[y.kept[best] as number, first.r.at(unit, best)],
      ...[first.facts[unit]?.class ?? '', second.facts[partner]?.class ?? ''],
    ]),
  };
}
