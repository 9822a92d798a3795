import type { Matrix } from '../../linalg/matrix';
import { sumOf } from '../../linalg/norms';
import type { Figure } from '../../protocol/figures';
import type { Cell, Table } from '../../protocol/result';
import { count } from '../../protocol/words';
import type { Context, Outcome, Representation } from '../method';
import { digits6 } from './image';
import { rowTable } from './row-table';

/** What each row, and each unit of each side, adds to a value: every list sums to it. A part may be negative. */
export interface Contributions {
  /** Undefined where no row has a part of its own. */
  readonly rows?: Float64Array | undefined;
  /** Undefined for a side whose units are not to be had. */
  readonly units?: readonly (Float64Array | undefined)[];
}

/** Rows, or units of one side, in a table of contributions; what the others add stands in one line. */
const MOST = 1000;
/** Places of a curve. */
const PLACES = 100;

/** Row and column sums of A ∘ B: what rows and columns add to <A, B>, divided by `scale`. */
export function partsOf(a: Matrix, b: Matrix, scale: number): { rows: Float64Array; columns: Float64Array } {
  const rows = new Float64Array(a.rows);
  const columns = new Float64Array(a.columns);
  for (let i = 0; i < a.rows; i++) {
    const [left, right] = [a.row(i), b.row(i)];
    let sum = 0;
    for (let j = 0; j < left.length; j++) {
      const product = ((left[j] as number) * (right[j] as number)) / scale;
      columns[j] = (columns[j] as number) + product;
      sum += product;
    }
    rows[i] = sum;
  }
  return { rows, columns };
}

type More = Readonly<Record<string, (row: number) => Cell>>;

/** Of what is said in `steps` where there are none. */
const LEFT_OUT = 'contributions of rows and units left out: too much work';

/**
 * Contributions as they go beside what else a method gives: their tables and their figure; a step that says so where there are none.
 * @param what they add up to: "linear CKA"
 * @param more columns of the table of rows
 */
export function contributed(
  parts: Contributions | null,
  inputs: readonly Pick<Representation, 'name'>[],
  what: string,
  context: Pick<Context, 'rows'>,
  more: More = {},
): { readonly tables: Record<string, Table>; readonly figures: readonly Figure[]; readonly steps: readonly string[] } {
  if (parts === null) return { tables: {}, figures: [], steps: [LEFT_OUT] };
  const tables = contributionTables(parts, inputs, what, context, more);
  return { tables, figures: contributionFigures(parts, inputs, what), steps: [] };
}

/** Whether some take away more than half of what others add: a share of the little that is left says nothing. */
function cancels(parts: Float64Array): boolean {
  const above = sumOf(parts.map((part) => Math.max(part, 0)));
  const below = sumOf(parts.map((part) => Math.max(-part, 0)));
  return Math.min(above, below) > Math.max(above, below) / 2;
}

/** The outcome, and what is told of contributions to its value. */
export function withContributions<T extends Outcome>(outcome: T, own: ReturnType<typeof contributed>): T {
  return {
    ...outcome,
    tables: { ...outcome.tables, ...own.tables },
    figures: [...(outcome.figures ?? []), ...own.figures],
    steps: [...(outcome.steps ?? []), ...own.steps],
  };
}

/** What rows add to the mean of `each` over those of them that are a number. */
export function partsOfMean(each: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(each);
  const known = values.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : 1), 0);
  return values.map((value) => (Number.isNaN(value) ? 0 : value / known));
}

/** What squares add to a length that is the root of their sum, or a multiple of it: each in proportion to itself. */
export function partsOfRoot(squares: Float64Array, length: number): Float64Array {
  const total = sumOf(squares);
  return squares.map((square) => (total > 0 ? (square / total) * length : 0));
}

/** The tables `rows` and `units`, the largest contributions first. `what` they add up to: "linear CKA". */
export function contributionTables(
  { rows, units = [] }: Contributions,
  inputs: readonly Pick<Representation, 'name'>[],
  what: string,
  context: Pick<Context, 'rows'>,
  more: More = {},
): Record<string, Table> {
  const tables: Record<string, Table> = rows ? { rows: tableOfRows(rows, what, context, more) } : {};
  const sides = units.flatMap((parts, side) =>
    parts ? [{ parts, name: inputs[side]?.name ?? '', share: shareOf(parts), ...largest(parts) }] : [],
  );
  if (sides.length === 0) return tables;
  const size = sides.reduce((sum, { parts }) => sum + parts.length, 0);
  const shown = sides.reduce((sum, side) => sum + side.listed.length, 0);
  tables.units = {
    title: titleOf('unit', what, size, shown, sides),
    columns: ['of', 'unit', 'contribution', 'share'],
    rows: sides.flatMap(({ name, parts, share, listed: own, rest: left }): Cell[][] => [
      ...own.map((j): Cell[] => [name, j, parts[j] as number, share(parts[j] as number)]),
      ...(left === null ? [] : [[`${name}, all others`, null, left, share(left)]]),
    ]),
  };
  return tables;
}

/** What share of all of them a part is; null where there is none. */
function shareOf(parts: Float64Array): (part: number) => number | null {
  const total = sumOf(parts);
  return total === 0 || cancels(parts) ? () => null : (part) => part / total;
}

function tableOfRows(rows: Float64Array, what: string, context: Pick<Context, 'rows'>, more: More): Table {
  const { listed, rest } = largest(rows);
  const share = shareOf(rows);
  const title = titleOf('row', what, rows.length, listed.length, [{ name: '', parts: rows }]);
  const list = rowTable(title, context, listed, {
    contribution: (i) => rows[i] as number,
    share: (i) => share(rows[i] as number),
    ...more,
  });
  if (rest === null) return list;
  const others = context.rows.names ? [null, 'all others'] : [null];
  return { ...list, rows: [...list.rows, [...others, rest, share(rest), ...Object.keys(more).map(() => null)]] };
}

interface Side {
  readonly name: string;
  readonly parts: Float64Array;
}

function titleOf(one: string, what: string, all: number, shown: number, sides: readonly Side[]): string {
  const cut = shown < all ? ` (${count(shown)} of ${count(all)}, the others in one line)` : '';
  const without = sides.filter(({ parts }) => cancels(parts)).map(({ name }) => name);
  const of = without.length < sides.length ? ` of ${without.join(', ')}` : '';
  const why = without.length > 0 ? `; no shares${of}, as some take away more than half of what others add` : '';
  return `What each ${one} adds to ${what}${cut}${why}`;
}

/** How few rows and units hold the value: the share of it that the largest contributions make up; none where nothing has a share. */
function contributionFigures(
  { rows, units = [] }: Contributions,
  inputs: readonly Pick<Representation, 'name'>[],
  what: string,
): Figure[] {
  const lists = [
    ...(rows ? [{ of: 'rows', name: 'rows', parts: rows }] : []),
    ...units.flatMap((parts, side) =>
      parts ? [{ of: 'units', name: `units of ${inputs[side]?.name ?? ''}`, parts }] : [],
    ),
  ].filter(({ parts }) => !cancels(parts));
  if (lists.length === 0) return [];
  const kinds = [...new Set(lists.map(({ of }) => of))];
  const caption = `The part of ${what} that the ${kinds.join(' or ')} with the largest contributions make up. Near the diagonal all add alike; where a curve rises above 1, others take away.`;
  return [
    {
      ...{ id: 'contributions', kind: 'line', title: `How few ${kinds.join(' and ')} the value rests on`, caption },
      x: { label: `share of ${kinds.join(' or ')}, largest first` },
      y: { label: 'share of the value' },
      series: [
        ...lists.map(({ name, parts }) => ({ name, ...curve(parts) })),
        { name: 'all alike', x: [0, 1], y: [0, 1], dashed: true },
      ],
    },
  ];
}

function curve(parts: Float64Array): { x: number[]; y: (number | null)[] } {
  const sorted = Float64Array.from(parts).sort().reverse();
  const total = sumOf(sorted);
  const places = Array.from({ length: PLACES + 1 }, (_, k) => Math.round((k * sorted.length) / PLACES));
  let running = 0;
  let done = 0;
  const heights = [...new Set(places)].map((place) => {
    for (; done < place; done++) running += sorted[done] as number;
    return [place / sorted.length, total === 0 ? null : digits6(running / total)] as const;
  });
  return { x: heights.map(([x]) => Number(x.toPrecision(6))), y: heights.map(([, y]) => y) };
}

function largest(parts: Float64Array): { listed: number[]; rest: number | null } {
  const order = Array.from(parts, (_, i) => i).sort((i, j) => (parts[j] as number) - (parts[i] as number));
  if (order.length <= MOST) return { listed: order, rest: null };
  const rest = order.slice(MOST).reduceRight((total, i) => total + (parts[i] as number), 0);
  return { listed: order.slice(0, MOST), rest };
}
