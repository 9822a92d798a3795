import { median } from '../../linalg/ranks';
import type { Table } from '../../protocol/result';
import type { Outcome } from '../method';
import { inWords } from '../shared/reading';
import { sortedLine } from '../shared/sorted-line';

/** Up to this ratio of all variance to the penalty the normal equations lose nothing that is read. */
export const DEFINITE = 1e6;

export interface UnitScore {
  readonly unit: number;
  readonly r2: number;
  readonly correlation: number | null;
  /** What it adds to R² of all units together. */
  readonly part: number;
}

/** How well one side was predicted on rows that the maps were not fitted to. */
export interface Judged {
  readonly r2: number;
  /** Median over the units. */
  readonly correlation: number;
  readonly units: readonly UnitScore[];
}

/** @param missed squared errors of all units together; `total`: their variances, summed */
export function judged(missed: number, total: number, units: readonly UnitScore[]): Judged {
  // A unit whose predictions are all the same correlates with nothing.
  const correlations = Float64Array.from(units, ({ correlation }) => correlation ?? 0);
  return { r2: 1 - missed / total, correlation: median(correlations), units };
}

interface Named {
  readonly name: string;
}

/** What is said of both directions: the first predicted from the second, and back. */
export function ridgeOutcome(there: Judged, back: Judged, x: Named, y: Named) {
  return {
    values: {
      r2: there.r2,
      'r2-reverse': back.r2,
      correlation: there.correlation,
      'correlation-reverse': back.correlation,
    },
    tables: {
      units: unitTable(`Units of ${x.name} predicted from ${y.name}`, there),
      'units-reverse': unitTable(`Units of ${y.name} predicted from ${x.name}`, back),
    },
    figures: [
      sortedLine(
        {
          id: 'unit-r2',
          title: 'How well each unit is predicted',
          caption:
            'R² of each unit on rows that the map was not fitted to; below 0 the mean row would be the better guess.',
          of: 'units',
          y: { label: 'R²' },
        },
        [
          { name: `${x.name} from ${y.name}`, values: there.units.map(({ r2 }) => r2) },
          { name: `${y.name} from ${x.name}`, values: back.units.map(({ r2 }) => r2) },
        ],
      ),
    ],
    reading: `On rows that it has not seen, a linear map from ${y.name} explains ${inWords(there.r2)} of the variance of ${x.name}, and one from ${x.name} ${inWords(back.r2)} of that of ${y.name}; 0 is what the mean row explains, and less is worse than it.`,
  } satisfies Outcome;
}

function unitTable(title: string, { r2: all, units }: Judged): Table {
  const order = [...units].sort((a, b) => b.r2 - a.r2 || a.unit - b.unit);
  return {
    title,
    columns: ['unit', 'held-out R²', 'correlation', 'contribution', 'share'],
    rows: order.map(({ unit, r2, correlation, part }) => [unit, r2, correlation, part, all === 0 ? null : part / all]),
  };
}
