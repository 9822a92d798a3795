import type { LineSummary } from '../../src/protocol/window';
import { count, full, number } from '../format';
import { Sparkline } from './sparkline';

const lineHeight = 16;
const columnLines = ['min', 'mean', 'sd', 'max', 'NaN', '±∞', 'zeros'];
const rowLines = ['min', 'mean', 'sd', 'max', 'NaN, ∞'];
const rowLineWidth = 64;

export const rowHeadWidth = rowLines.length * rowLineWidth;

export function headHeight(table: boolean, statistics: boolean): number {
  return 24 + (table ? lineHeight : 0) + 18 + (statistics ? columnLines.length * lineHeight + 4 : 0);
}

/** What the lines of the head and the columns before the values are. */
export function CornerHead({ statistics }: { statistics: { columns: boolean; rows: boolean } }) {
  return (
    <>
      {statistics.columns && (
        <span class="corner-lines">
          {columnLines.map((line) => (
            <span key={line}>{line}</span>
          ))}
        </span>
      )}
      <span class="corner-names">
        <span class="row-number">row</span>
        {statistics.rows &&
          rowLines.map((line) => (
            <span key={line} class="row-line">
              {line}
            </span>
          ))}
      </span>
    </>
  );
}

interface ColumnHeadProps {
  readonly name: string;
  /** Of texts. */
  readonly text: boolean;
  readonly type: string | undefined;
  readonly line: LineSummary | undefined;
  readonly statistics: boolean;
  /** Takes the column among the units, or out of them. */
  readonly onChoose: (() => void) | undefined;
  readonly chosen: boolean;
}

export function ColumnHead({ name, text, type, line, statistics, onChoose, chosen }: ColumnHeadProps) {
  return (
    <span class={text ? 'column-head of-text' : 'column-head'}>
      {onChoose ? (
        <button
          type="button"
          class="column-name"
          aria-pressed={chosen}
          title={`${name}: ${chosen ? 'one of the units; click to leave it out' : 'left out; click to take it'}`}
          tabIndex={-1}
          onClick={onChoose}
        >
          {name}
        </button>
      ) : (
        <span class="column-name" title={name}>
          {name}
        </span>
      )}
      {type !== undefined && <span class="column-type">{type}</span>}
      <span class="column-shape" title={line && sentence(line)}>
        {line?.bins && <Sparkline bins={line.bins} />}
        {line && line.nan + line.infinite > 0 && <span class="odd-count">{oddText(line)}</span>}
      </span>
      {statistics && <Lines values={line ? columnValues(line) : columnLines.map(() => '')} />}
    </span>
  );
}

function Lines({ values }: { values: readonly string[] }) {
  return (
    <span class="column-lines">
      {values.map((value, i) => (
        <span key={columnLines[i]}>{value}</span>
      ))}
    </span>
  );
}

function columnValues({ min, mean, sd, max, nan, infinite, zeros, count: looked }: LineSummary): string[] {
  if (looked === 0) return columnLines.map(() => '');
  return [...[min, mean, sd, max].map(number), ...[nan, infinite, zeros].map(count)];
}

function oddText({ nan, infinite }: LineSummary): string {
  return [...(nan > 0 ? [`${count(nan)} NaN`] : []), ...(infinite > 0 ? [`${count(infinite)} ∞`] : [])].join(' ');
}

function sentence({ min, max, mean, sd, nan, infinite, zeros, count: looked }: LineSummary): string {
  if (looked === 0) return 'not numbers';
  return `${full(min)} to ${full(max)}, mean ${full(mean)}, sd ${full(sd)}; ${count(nan)} NaN, ${count(infinite)} infinite, ${count(zeros)} zeros`;
}

/** @param line undefined where rows are not described; null while it is on its way. */
export function RowHead({ row, line }: { row: number; line: LineSummary | null | undefined }) {
  return (
    <>
      <span class="row-number">{count(row)}</span>
      {line !== undefined &&
        rowLines.map((name, i) => (
          <span key={name} class={i === 4 && line && line.nan + line.infinite > 0 ? 'row-line odd' : 'row-line'}>
            {line ? rowValues(line)[i] : ''}
          </span>
        ))}
    </>
  );
}

function rowValues({ min, mean, sd, max, nan, infinite }: LineSummary): string[] {
  return [...[min, mean, sd, max].map(number), count(nan + infinite)];
}
