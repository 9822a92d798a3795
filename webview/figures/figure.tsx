import { useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { figureToSvg } from '../../src/figures/svg';
import type { Figure, Scatter } from '../../src/protocol/figures';
import type { Table } from '../../src/protocol/result';
import { exportPicture, exportTable, useFiles } from '../context';
import { tableNames } from '../csv';
import { DataTable } from '../data-table';
import { Menu } from '../menu';
import { PointTable } from '../point-table';
import { svgOf } from './export';
import { HeatmapFigure } from './heatmap';
import { LineFigure } from './line';
import { useLinkedRows } from './linked';
import { pointColumns, useRowFacts } from './row-facts';
import { ScatterFigure, type ScatterProps } from './scatter';
import type { Seen } from './scatter-seen';
import { summaryOf, tablesOf } from './tables';
import { useTheme } from './theme';
import { TreeFigure } from './tree';

interface FigureViewProps {
  readonly figure: Figure;
  /** Before the figure's id in the names of exported files: the method's. */
  readonly name: string;
  /** What the figure is of, where those of several methods stand together. */
  readonly of?: string;
  /** Of a scatter: what is selected, hovered and coloured, where the page's own is not meant. */
  readonly rows?: Pick<
    ScatterProps,
    'colour' | 'size' | 'spreads' | 'selection' | 'onSelect' | 'hover' | 'onHover' | 'near' | 'fixed'
  >;
}

/** What is done with any picture: its numbers seen instead of it, and both written to files of this name. */
export function usePictureMenu(file: string, draw: () => string, tables: () => readonly Table[]) {
  const page = useFiles();
  const [asTable, setAsTable] = useState(false);
  const items = [
    { title: asTable ? 'Show as figure' : 'Show as table', run: () => setAsTable(!asTable) },
    { title: 'Export SVG', run: () => void exportPicture(page, 'svg', file, draw) },
    { title: 'Export PNG', run: () => void exportPicture(page, 'png', file, draw) },
    { title: 'Export data as CSV', run: () => void exportTable(page, file, ...tables()) },
  ];
  return { asTable, items };
}

/** A figure with its title, its caption, its exports and its numbers as a table. */
export function FigureView({ figure, name, of, rows }: FigureViewProps) {
  const theme = useTheme();
  const heading = useId();
  const seen = useRef<(() => Seen) | null>(null);
  const file = `${name}-${figure.id}`;
  const draw = () => drawn(figure, seen.current);
  const { asTable, items } = usePictureMenu(file, draw, () => tablesOf(figure));
  const [box, width] = useWidth();
  const tables = useMemo(() => (asTable && figure.kind !== 'scatter' ? tablesOf(figure) : []), [asTable, figure]);
  const names = tableNames(file, tables);
  // Under a table there is none to be seen.
  if (asTable) seen.current = null;
  const label = summaryOf(figure);
  const wide = figure.kind === 'line' || figure.kind === 'tree' ? 1 : Math.min(2, figure.panels.length);
  const named = figure.kind === 'heatmap' && figure.panels.some(({ rows }) => rows.ticks?.some(isLong));
  return (
    <figure class={`figure span-${named ? 2 : wide}`} aria-labelledby={heading}>
      <div class="bar">
        <h3 id={heading}>
          {figure.title}
          {of && <span class="of"> {of}</span>}
        </h3>
        <Menu compact title={`Options of ${figure.title}${of ? `, ${of}` : ''}`} items={items} />
      </div>
      <div class="canvas" ref={box}>
        {asTable && figure.kind === 'scatter' && <AllPoints figure={figure} name={file} />}
        {tables.map((table, i) => (
          <DataTable key={`${i} ${table.title}`} table={table} name={names[i] ?? file} linked={false} />
        ))}
        {!asTable && isEmpty(figure) && <p class="nothing">There is nothing to draw.</p>}
        {!asTable && !isEmpty(figure) && width > 0 && <Kind {...{ figure, width, theme, label, rows, seen }} />}
      </div>
      {figure.caption && <figcaption>{figure.caption}</figcaption>}
    </figure>
  );
}

/** A name that a narrow picture would cut. */
function isLong(name: string): boolean {
  return name.length > 14;
}

/** For white paper: a scatter as it is seen, anything else as it is. */
function drawn(figure: Figure, seen: (() => Seen) | null): string {
  if (figure.kind !== 'scatter' || !seen) return figureToSvg(figure);
  const { drawing, notes } = seen();
  return svgOf(drawing, figure.title, [figure.caption, ...notes].filter(Boolean).join(' '));
}

/** Every point of a scatter and what is known of its row, to be selected there too. */
function AllPoints({ figure, name }: { figure: Scatter; name: string }) {
  const { columns } = useRowFacts();
  const { picked, pick } = useLinkedRows();
  const points = useMemo(() => Uint32Array.from(figure.rows, (_, i) => i), [figure]);
  const all = useMemo(() => pointColumns(figure, columns), [figure, columns]);
  const onSelect = (rows: ReadonlySet<number>) => pick?.(rows);
  return (
    <PointTable
      {...{ points, name, onSelect }}
      columns={all}
      rows={figure.rows}
      selection={picked}
      title={figure.title}
    />
  );
}

type KindProps = Omit<Parameters<typeof LineFigure>[0], 'figure'> & {
  readonly figure: Figure;
  readonly rows: FigureViewProps['rows'];
  readonly seen: ScatterProps['seen'];
};

function Kind({ figure, rows, seen, ...rest }: KindProps) {
  if (figure.kind === 'heatmap') return <HeatmapFigure figure={figure} {...rest} />;
  if (figure.kind === 'scatter') return <ScatterFigure {...{ figure, seen }} {...rest} {...rows} />;
  if (figure.kind === 'tree') return <TreeFigure figure={figure} {...rest} />;
  return <LineFigure figure={figure} {...rest} />;
}

function isEmpty(figure: Figure): boolean {
  if (figure.kind === 'heatmap') return figure.panels.every(({ values }) => values.length === 0);
  if (figure.kind === 'scatter') return figure.rows.length === 0;
  if (figure.kind === 'tree') return figure.leaves.length === 0;
  return figure.series.every(({ x }) => x.length === 0);
}

/** The width that an element has, followed as it changes; 0 until it is known. */
export function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const { current } = box;
    if (!current) return;
    const measure = () => setWidth(Math.floor(current.clientWidth));
    measure();
    // Not within the observer's own turn: what is drawn anew may have another height.
    const observer = new ResizeObserver(() => requestAnimationFrame(measure));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return [box, width] as const;
}
