import { useCallback, useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { firstSlice, type Range } from '../../src/protocol/slice';
import type { WindowCell } from '../../src/protocol/window';
import { useLinkedRows } from '../figures/linked';
import { count, number, plural } from '../format';
import { KeptContext, useKept } from '../kept';
import { decimal, exact, type NumberFormat, shown } from './cell';
import { Grid, type Spot } from './grid';
import { ColumnHead, CornerHead, headHeight, RowHead, rowHeadWidth } from './heads';
import { useRowSummaries } from './row-summaries';
import { Slicer } from './slicer';
import { isTable, shownShape, tensorOf, unitsOf } from './store';
import { Tiles } from './tiles';
import { Tools } from './tools';
import { useStore, useView } from './view';

/** The values of the chosen tensor or table, in a grid that asks for what is in sight. */
export function Values() {
  const store = useStore();
  const state = useView();
  const tensor = tensorOf(state);
  const { file, choice, summary } = state;
  const { pointed, marked } = useLinkedRows();
  const [format, setFormat] = useState<NumberFormat>('auto');
  const [statistics, setStatistics] = useState({ columns: false, rows: false });
  const kept = useContext(KeptContext);
  const [at, setAt] = useKept<(Spot & { readonly tensor: string | null }) | null>('spot', null);
  const spot = at?.tensor === choice.tensor ? at : null;
  const setSpot = (next: Spot) => setAt({ ...next, tensor: choice.tensor });
  const sight = useRef<readonly [Range, Range]>([
    [0, 0],
    [0, 0],
  ]);
  const [seen, setSeen] = useState<Range>([0, 0]);
  const [, redraw] = useState(0);
  const [rows, columns] = shownShape(state);
  const table = isTable(state);
  const slice = choice.slice ?? firstSlice(tensor?.shape ?? []);
  const what = JSON.stringify([choice.tensor, slice, choice.query, choice.raw, rows, columns]);
  const tiles = useMemo(() => {
    const { tensor: name, query, raw } = choice;
    const reading = { tensor: name, ...(query !== undefined && { query }), ...(raw !== undefined && { raw }) };
    const fetch = (rowRange: Range, columnRange: Range) =>
      store.host.window({ ...reading, slice, rows: rowRange, columns: columnRange });
    return new Tiles([rows, columns], fetch, () => {
      redraw((n) => n + 1);
      store.seen();
    });
  }, [what]);
  const rowSummaries = useRowSummaries(what, statistics.rows ? seen : null, rows);
  // A row that a figure marks comes into sight.
  useEffect(() => {
    if (marked !== null && marked < rows) setSpot({ row: marked, column: spot?.column ?? 0 });
  }, [marked]);
  const onSight = useCallback(
    (rowRange: Range, columnRange: Range) => {
      sight.current = [rowRange, columnRange];
      setSeen(rowRange);
      tiles.want(rowRange, columnRange);
      kept.set('sight', { what, row: rowRange[0], column: columnRange[0] });
    },
    [tiles, kept],
  );
  if (!tensor) return <p class="nothing">This file holds no array.</p>;
  const lines = summary.kind === 'done' ? summary.value.lines : undefined;
  const numeric = (column: number) => !table || (file.columns?.[column]?.numeric ?? true);
  const dtype = table ? decimal : tensor.dtype;
  const nameOf = (column: number) => (table ? (file.columns?.[column]?.name ?? '') : count(column));
  const fullText = (row: number, column: number) => textOf(tiles.at(row, column), dtype);
  const units = new Set(table ? unitsOf(state) : []);
  const indexWidth = Math.max(48, String(Math.max(0, rows - 1)).length * 9 + 20) + (statistics.rows ? rowHeadWidth : 0);
  const { failure } = tiles;
  return (
    <section class="values-section" aria-labelledby="values-heading">
      <Tools
        {...{ rows, columns, format, setFormat, statistics, setStatistics }}
        goTo={(row) => setSpot({ row, column: spot?.column ?? 0 })}
        windowTable={() => ({
          columns: ['row', ...range(sight.current[1]).map(nameOf)],
          rows: range(sight.current[0]).map((row) => [
            row,
            ...range(sight.current[1]).map((column) => fullText(row, column) ?? null),
          ]),
        })}
      />
      {!table && tensor.shape.length > 2 && (
        <Slicer shape={tensor.shape} slice={slice} onSlice={(next) => store.setSlice(next)} />
      )}
      {tensor.unusable !== undefined && !table && <p class="caption">No numbers here: {tensor.unusable}</p>}
      {failure && (
        <p class="problem" role="alert">
          {failure}
        </p>
      )}
      {rows === 0 || columns === 0 ? (
        <p class="nothing">There are no values: the shape has an axis of length 0.</p>
      ) : (
        <div
          onCopy={(event) => {
            const text = spot && fullText(spot.row, spot.column);
            if (!text || !document.getSelection()?.isCollapsed) return;
            event.clipboardData?.setData('text/plain', text);
            event.preventDefault();
          }}
        >
          <Grid
            key={what}
            label={`Values of ${choice.tensor ?? state.title}, ${plural(rows, 'row')}, ${plural(columns, 'column')}`}
            {...{ rows, columns, indexWidth, spot, onSight }}
            start={sightOf(kept.values.sight, what)}
            columnWidth={table ? 128 : format === 'full' ? 168 : 92}
            headHeight={headHeight(table, statistics.columns)}
            corner={<CornerHead statistics={statistics} />}
            head={(column) => (
              <ColumnHead
                name={nameOf(column)}
                text={!numeric(column)}
                type={table ? file.columns?.[column]?.type : undefined}
                line={lines?.[column]}
                statistics={statistics.columns}
                onChoose={table && numeric(column) ? () => store.toggleUnit(nameOf(column)) : undefined}
                chosen={!table || units.has(nameOf(column))}
              />
            )}
            index={(row) => <RowHead row={row} line={statistics.rows ? (rowSummaries(row) ?? null) : undefined} />}
            cell={(row, column) => {
              const cell = tiles.at(row, column);
              return cell === undefined ? undefined : shown(cell, dtype, numeric(column), format);
            }}
            title={fullText}
            onSpot={setSpot}
            marked={pointed ?? marked}
            {...(table && { chosen: (column) => !numeric(column) || units.has(nameOf(column)) })}
          />
        </div>
      )}
      <p class="caption spot-line" role="status">
        {spot
          ? `Row ${count(spot.row)}, column ${nameOf(spot.column)}: ${fullText(spot.row, spot.column) ?? '…'}${about(spot.column)}`
          : ' '}
      </p>
    </section>
  );

  function about(column: number): string {
    const line = lines?.[column];
    if (!line || line.min === null) return '';
    return `. Column: ${number(line.min)} to ${number(line.max)}, mean ${number(line.mean)}, sd ${number(line.sd)}`;
  }
}

/** What was first in sight of the same values. */
function sightOf(sight: unknown, what: string): Spot | undefined {
  const seen = sight as (Spot & { readonly what: string }) | undefined;
  return seen?.what === what ? seen : undefined;
}

function range([start, end]: Range): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}

function textOf(cell: WindowCell | undefined, dtype: string): string | undefined {
  return typeof cell === 'number' ? exact(cell, dtype) : cell;
}
