import { useLayoutEffect, useRef } from 'preact/hooks';
import { ValueBar } from './bar';
import { usePage } from './context';
import { DataTable } from './data-table';
import { FigureView } from './figures/figure';
import { ParameterForm } from './form';
import { full, number } from './format';
import { savable, saveMade } from './made';
import { chanceTitle } from './measures';
import { intervalHow, type Row, type Value, valuesOf } from './rows';
import { Warnings } from './warnings';

/** Everything of one method: what it is, its parameters, values, tables and figures. */
export function Detail({ row }: { row: Row }) {
  const page = usePage();
  const { session, host } = page;
  const made = savable(row);
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    // A page that is just made does not take the focus from where it is.
    if (document.hasFocus()) heading.current?.focus();
  }, [row.index]);
  const { method, result, stage } = row;
  const tables = Object.entries(result?.tables ?? {});
  return (
    <section class="detail" aria-labelledby="detail-heading">
      <div class="bar">
        <h2 id="detail-heading" class="detail-title" tabIndex={-1} ref={heading}>
          {row.title}
        </h2>
        {method && (
          <button type="button" class="quiet" onClick={() => void host.showReference({ method: method.id })}>
            Reference
          </button>
        )}
        {made && (
          <button type="button" class="quiet" onClick={() => saveMade(page, row)}>
            Save {made}…
          </button>
        )}
        <button type="button" class="quiet" onClick={() => session.remove(row.index)}>
          Remove
        </button>
        <button type="button" class="quiet" onClick={() => session.open(null)}>
          Close
        </button>
      </div>
      <div class="about">
        <div>
          {method ? (
            <>
              <p>{method.summary}</p>
              <p class="formula">{method.formula}</p>
              <p class="caption">
                {sentence(method.blindTo)} Unchanged by: {method.invariances.join(', ') || 'nothing'}. Cost{' '}
                {method.cost}.
              </p>
              <p class="caption">{method.citation}</p>
            </>
          ) : (
            <p role="alert">This version of Sextant has no method “{row.choice.method}”.</p>
          )}
          {result && <Values values={valuesOf(result, method)} paired={result.inputs.length > 1} />}
          {stage.kind === 'failed' && <p class="problem">{stage.failure.message}</p>}
          {result && <Warnings warnings={result.warnings} />}
          {result && result.steps.length > 0 && <p class="caption">What was done: {result.steps.join('; ')}.</p>}
        </div>
        <ParameterForm key={row.index} row={row} />
      </div>
      {result && result.figures.length > 0 && (
        <div class="figures">
          {result.figures.map((figure) => (
            <FigureView key={figure.id} figure={figure} name={result.method} />
          ))}
        </div>
      )}
      <div class="tables">
        {tables.map(([name, table]) => (
          <DataTable key={name} table={table} name={`${row.choice.method}-${name}`} />
        ))}
      </div>
    </section>
  );
}

function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
}

/** Every value of a method with its interval and its chance level. */
export function Values({ values, paired }: { values: readonly Value[]; paired: boolean }) {
  return (
    <table class="values">
      <thead>
        <tr>
          <th scope="col">Value</th>
          <th scope="col" class="number">
            Value in full
          </th>
          <th scope="col" class="bar-cell">
            {paired ? 'Unlike to alike' : 'In its range'}
          </th>
          <th scope="col">Interval</th>
          <th scope="col">Chance</th>
        </tr>
      </thead>
      <tbody>
        {values.map((value) => (
          <tr key={value.key}>
            <th scope="row">{value.title}</th>
            <td class="number">{full(value.value) || '–'}</td>
            <td class="bar-cell">
              <ValueBar value={value} />
            </td>
            <td>{intervalText(value)}</td>
            <td>{value.chance ? chanceTitle(value) : '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function intervalText({ interval }: Value): string {
  if (!interval) return '–';
  return `${number(interval.low)} to ${number(interval.high)} (${intervalHow(interval)})`;
}
