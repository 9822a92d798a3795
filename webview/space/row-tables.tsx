import { usePage, usePageState } from '../context';
import { Values } from '../detail';
import { FigureView } from '../figures/figure';
import { ParameterForm } from '../form';
import { Progress } from '../progress';
import { type Row, valuesOf } from '../rows';
import { Warnings } from '../warnings';
import type { Colours } from './colours';
import { NamedTable } from './named-table';

/** What other methods say of single rows. */
export function RowTables({ rows, names }: { rows: readonly Row[]; names: Colours['names'] }) {
  const { request } = usePageState();
  const { session } = usePage();
  const remove = ({ index, choice: { method } }: Row) => {
    const { colour, size } = request;
    const own = (choice: typeof colour) => typeof choice === 'object' && 'method' in choice && choice.method === method;
    session.change({
      methods: request.methods.filter((_, i) => i !== index),
      ...(own(colour) && { colour: 'none' }),
      ...(own(size) && { size: 'none' }),
    });
  };
  return (
    <>
      {rows.map((row) => (
        <section key={row.key} aria-label={row.title}>
          <div class="bar">
            <h3>{row.title}</h3>
            <button type="button" class="quiet" aria-label={`Remove ${row.title}`} onClick={() => remove(row)}>
              Remove
            </button>
          </div>
          {!row.result && <Progress stage={row.stage} jobKey={row.key} what={row.title} />}
          {row.result?.reading && <p class="reading">{row.result.reading}</p>}
          {row.result && <Warnings warnings={row.result.warnings} most={3} />}
          {Object.entries(row.result?.tables ?? {}).map(([name, table]) => (
            <NamedTable key={name} table={table} names={names} name={`${row.choice.method}-${name}`} />
          ))}
          <MethodParts row={row} />
        </section>
      ))}
    </>
  );
}

/** Behind a click each: the values and figures of a method, and its parameters. */
export function MethodParts({ row }: { row: Row }) {
  const { result, method } = row;
  return (
    <>
      {result && (
        <details>
          <summary>Values and {result.figures.length > 1 ? 'figures' : 'figure'}</summary>
          <Values values={valuesOf(result, method)} paired={result.inputs.length > 1} />
          <p class="caption">What was done: {result.steps.join('; ')}.</p>
          <div class="figures">
            {result.figures.map((figure) => (
              <FigureView key={figure.id} figure={figure} name={result.method} />
            ))}
          </div>
        </details>
      )}
      <details>
        <summary>Parameters</summary>
        <ParameterForm row={row} />
      </details>
    </>
  );
}
