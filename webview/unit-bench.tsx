import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import type { Table } from '../src/protocol/result';
import { ClassBars } from './class-bars';
import { usePage } from './context';
import { DataTable } from './data-table';
import { Values } from './detail';
import { ParameterForm } from './form';
import { Outcome, ResultFigures } from './outcome';
import { type Chosen, PairList, pairsOf } from './pair-list';
import { PairView } from './pair-view';
import { type Row, valuesOf } from './rows';

/** Units classed and paired, and two of them side by side: see the layout `units` of a workbench's section. */
export function UnitBench({ rows, shared }: { rows: readonly Row[]; shared: readonly string[] }) {
  const { session } = usePage();
  const heading = useId();
  const bench = useRef<HTMLDivElement>(null);
  const [kind, setKind] = useState<string | null>(null);
  const [report, pair] = rows;
  const tables = report?.result?.tables;
  const pairs = useMemo(() => pairsOf(tables?.pairs, kind), [tables, kind]);
  const { unit, partner } = pair?.choice.parameters ?? {};
  const chosen: Chosen = { unit: Number(unit ?? 0), partner: Number(partner ?? 0) };
  const choose = ({ unit, partner }: Chosen) => {
    if (pair)
      session.setChoice(pair.index, {
        method: pair.choice.method,
        parameters: { ...pair.choice.parameters, unit, partner },
      });
  };
  const first = pairs[0];
  const untouched = pair !== undefined && pair.choice.parameters === undefined;
  // The strongest pair, until somebody chooses another.
  useEffect(() => {
    if (untouched && first && (first.unit !== 0 || first.partner !== 0)) choose(first);
  }, [untouched, first?.unit, first?.partner]);
  const units = useMemo(() => tables?.units && only(tables.units, kind), [tables, kind]);
  const shows = useMemo(
    () => ({
      unit: (entry: number, text: string) => (
        <button
          type="button"
          class="quiet"
          aria-label={`Unit ${text} of ${units?.rows[entry]?.[0]}: show it with its best partner`}
          onClick={() => {
            if (units) choose(pairWith(units, entry, chosen, tables?.units));
            bench.current?.scrollIntoView({ block: 'nearest' });
          }}
        >
          {text}
        </button>
      ),
    }),
    [units, pair],
  );
  if (!report) return <p class="caption">This section has lost its method: open the workbench anew.</p>;
  const { result, method, title } = report;
  const own = Object.keys(method?.parameters.properties ?? {}).filter((name) => !shared.includes(name));
  const more = Object.entries(tables ?? {}).filter(([name]) => !['classes', 'units'].includes(name));
  return (
    <section class="unit-bench" aria-labelledby={heading}>
      <h3 id={heading} class="hidden">
        {title}
      </h3>
      <Outcome row={report} />
      {tables?.classes && <ClassBars table={tables.classes} chosen={kind} onChoose={setKind} />}
      {pair && result && (
        <div class="pairs-bench" ref={bench}>
          <PairList pairs={pairs} chosen={chosen} onChoose={choose} kind={kind} />
          <PairView row={pair} classes={classesOf(tables?.units, chosen)} inputs={result.inputs} />
        </div>
      )}
      {result && <ResultFigures result={result} />}
      {units && <DataTable table={units} name={`${report.choice.method}-units`} {...(pair && { shows })} />}
      {result && (
        <details>
          <summary>Values and other tables</summary>
          <Values values={valuesOf(result, method)} paired />
          <p class="caption">What was done: {result.steps.join('; ')}.</p>
          {more.map(([name, table]) => (
            <DataTable key={name} table={table} name={`${report.choice.method}-${name}`} />
          ))}
        </details>
      )}
      {own.length > 0 && (
        <details>
          <summary>Parameters and thresholds</summary>
          <ParameterForm row={report} keys={own} />
        </details>
      )}
    </section>
  );
}

/** The units of one class. */
function only(table: Table, kind: string | null): Table {
  if (kind === null) return table;
  const column = table.columns.indexOf('class');
  return { ...table, title: `${table.title ?? ''}: ${kind}`, rows: table.rows.filter((row) => row[column] === kind) };
}

/** The unit of a line of the table and the best partner that it has there; of a dead one, the unit of the other side stays. */
function pairWith(table: Table, entry: number, now: Chosen, all = table): Chosen {
  const at = (name: string) => table.rows[entry]?.[table.columns.indexOf(name)] ?? null;
  const isFirst = at('side') === all.rows[0]?.[all.columns.indexOf('side')];
  const unit = Number(at('unit'));
  const best = at('best partner');
  if (isFirst) return { unit, partner: best === null ? now.partner : Number(best) };
  return { unit: best === null ? now.unit : Number(best), partner: unit };
}

/** The classes of a unit of the first side and of one of the second. */
function classesOf(table: Table | undefined, { unit, partner }: Chosen): readonly [string, string] {
  const [side, number, kind] = ['side', 'unit', 'class'].map((name) => table?.columns.indexOf(name) ?? -1) as [
    number,
    number,
    number,
  ];
  const rows = table?.rows ?? [];
  const sides = [...new Set(rows.map((row) => row[side]))];
  const of = (k: number, wanted: number) =>
    String(rows.find((row) => row[side] === sides[k] && row[number] === wanted)?.[kind] ?? '');
  return [of(0, unit), of(1, partner)];
}
