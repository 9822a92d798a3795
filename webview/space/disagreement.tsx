import { usePage } from '../context';
import { count } from '../format';
import { Progress } from '../progress';
import type { Row } from '../rows';
import { Warnings } from '../warnings';
import { agreement, type RowNames } from './colours';
import { NamedTable } from './named-table';
import { MethodParts } from './row-tables';

/** On which rows two spaces disagree, these first; of many rows when it is asked for. */
export function Disagreement({ row, rows, names }: { row: Row | undefined; rows: number; names: RowNames }) {
  const { session } = usePage();
  if (!row) {
    if (!Number.isFinite(rows)) return null;
    return (
      <section class="disagreement" aria-label="Where the spaces disagree">
        <h3>Where the spaces disagree</h3>
        <p class="caption">
          The nearest rows of {count(rows)} rows in both spaces take a while to be found.{' '}
          <button type="button" class="secondary" onClick={() => session.add([{ method: agreement }])}>
            Compare the neighbourhoods
          </button>
        </p>
      </section>
    );
  }
  const { result, stage, key, title } = row;
  const table = result?.tables.rows;
  return (
    <section class="disagreement" aria-label="Where the spaces disagree">
      <h3>Where the spaces disagree</h3>
      {!result && <Progress stage={stage} jobKey={key} what={title} />}
      {result?.reading && <p class="reading">{result.reading}</p>}
      {result && <Warnings warnings={result.warnings} most={3} />}
      {table && <NamedTable {...{ table, names }} name={`${agreement}-rows`} />}
      <MethodParts row={row} />
    </section>
  );
}
