import type { Figure, Line } from '../../protocol/figures';
import type { Table } from '../../protocol/result';
import { count } from '../../protocol/words';
import type { Context } from '../method';
import { contributed, partsOfMean } from '../shared/contributions';
import { LISTED, rowTable } from '../shared/row-table';
import { sortedLine } from '../shared/sorted-line';

interface Description {
  /** What the mean is called: "the Jaccard similarity". */
  readonly what: string;
  /** "neighbours agree least" */
  readonly least: string;
  readonly caption: string;
  readonly y: Line['y'];
  readonly references: NonNullable<Line['references']>;
}

/**
 * The rows that two spaces agree on least, in a table, how all of them agree, in a line, and what each adds to their mean.
 * @param each agreement of each row; rows where it is not a number are neither listed nor drawn
 * @param columns of the table, by title
 */
export function rowAgreement(
  each: Float64Array,
  { what, least, caption, y, references }: Description,
  columns: Readonly<Record<string, Float64Array>>,
  context: Pick<Context, 'rows'>,
): { readonly tables: Readonly<Record<string, Table>>; readonly figures: readonly Figure[] } {
  const own = contributed({ rows: partsOfMean(each) }, [], what, context);
  const listed = [...each.keys()]
    .filter((i) => !Number.isNaN(each[i]))
    .sort((i, j) => (each[i] as number) - (each[j] as number))
    .slice(0, LISTED);
  const cells = Object.entries(columns).map(([title, values]) => [title, (i: number) => values[i] as number] as const);
  return {
    tables: {
      ...own.tables,
      'least-agreement': rowTable(
        `Rows whose ${least} (${count(listed.length)} of ${count(each.length)})`,
        context,
        listed,
        Object.fromEntries(cells),
      ),
    },
    figures: [
      sortedLine({ id: 'row-agreement', title: 'Agreement of each row', caption, of: 'rows', y, references }, [
        { name: 'rows', values: each },
      ]),
      ...own.figures,
    ],
  };
}
