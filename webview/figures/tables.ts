import type { Axis, Figure, Heatmap, HeatmapPanel, Line, Scatter, Tree } from '../../src/protocol/figures';
import type { Cell, Table } from '../../src/protocol/result';
import { full } from '../format';
import { labelCell } from './row-facts';

/** A matrix wider than this is listed cell by cell: nobody reads across more columns. */
const widest = 32;

/** The numbers of a figure, for those who do not see it and for spreadsheets. */
export function tablesOf(figure: Figure): Table[] {
  if (figure.kind === 'heatmap') return figure.panels.map((panel) => heatmapTable(figure, panel));
  if (figure.kind === 'scatter') return [scatterTable(figure)];
  if (figure.kind === 'tree') return [treeTable(figure)];
  return [lineTable(figure)];
}

/** One sentence on what a figure shows, for its accessible name. */
export function summaryOf(figure: Figure): string {
  const { title } = figure;
  if (figure.kind === 'heatmap') {
    const sizes = figure.panels.map(({ title: panel, shape }) => `${panel || 'matrix'}, ${shape[0]} by ${shape[1]}`);
    const framed = figure.panels.flatMap((panel) =>
      (panel.marks ?? []).map(({ row, column, label }) => `${cellName(panel, row, column)} (${label})`),
    );
    const marks = framed.length === 0 ? '' : ` Framed: ${framed.join('; ')}.`;
    return `${title}. Heatmap of ${figure.scale.label}: ${sizes.join('; ')}.${marks}`;
  }
  if (figure.kind === 'scatter') {
    const labels = figure.labels ? `, coloured by ${figure.labels.name}` : '';
    const panels = figure.panels.flatMap((panel) => panel.title || []).join(' and ');
    return `${title}. Scatter of ${figure.rows.length} rows${labels}${panels && `: ${panels}`}.`;
  }
  if (figure.kind === 'tree') {
    const order = figure.order.map((leaf) => figure.leaves[leaf]).join(', ');
    return `${title}. Tree of ${figure.leaves.length} leaves: ${order}.`;
  }
  const names = figure.series.map(({ name }) => name).join(', ');
  return `${title}. Line chart of ${figure.y.label} by ${figure.x.label}: ${names}.`;
}

/** "a × b"; "trained on a, tested on b" where rows and columns are of different things. */
export function cellName({ rows, columns }: HeatmapPanel, row: number, column: number): string {
  const differ = rows.label !== columns.label;
  const named = ({ label, ticks }: Axis, index: number) => {
    const tick = ticks?.[index];
    return tick === undefined || differ ? `${label} ${tick ?? full(index)}` : tick;
  };
  return [named(rows, row), named(columns, column)].join(differ ? ', ' : ' × ');
}

function heatmapTable({ scale }: Heatmap, panel: HeatmapPanel): Table {
  const { rows, columns, shape, values, title } = panel;
  const [height, width] = shape;
  const value = (row: number, column: number): Cell => values[row * width + column] ?? null;
  if (width <= widest) {
    return {
      title,
      columns: [rows.label, ...Array.from({ length: width }, (_, column) => String(name(columns, column)))],
      rows: Array.from({ length: height }, (_, row) => [
        name(rows, row),
        ...Array.from({ length: width }, (_, column) => value(row, column)),
      ]),
    };
  }
  return {
    title,
    columns: [rows.label, columns.label, scale.label],
    rows: values.map((cell, i) => [name(rows, Math.floor(i / width)), name(columns, i % width), cell]),
  };
}

function scatterTable({ panels, rows, names, labels }: Scatter): Table {
  return {
    columns: [
      'row',
      ...(names ? ['name'] : []),
      ...(labels ? [labels.name] : []),
      ...panels.flatMap(({ title, x, y }) => [x, y].map(({ label }) => (title ? `${title}: ${label}` : label))),
    ],
    rows: rows.map((row, i) => [
      row,
      ...(names ? [names[i] ?? null] : []),
      ...(labels ? [labelCell(labels, i)] : []),
      ...panels.flatMap(({ xs, ys }) => [xs[i] ?? null, ys[i] ?? null]),
    ]),
  };
}

function lineTable({ x, y, series }: Line): Table {
  const banded = series.some(({ low }) => low !== undefined);
  return {
    columns: ['line', x.label, y.label, ...(banded ? ['low', 'high'] : [])],
    rows: series.flatMap((one) =>
      one.x.map((place, i) => [
        one.name,
        x.ticks?.[place] ?? place,
        one.y[i] ?? null,
        ...(banded ? [one.low?.[i] ?? null, one.high?.[i] ?? null] : []),
      ]),
    ),
  };
}

/** The merges from the lowest to the highest. */
function treeTable({ leaves, merges, height }: Tree): Table {
  const named = (cluster: number): Cell => leaves[cluster] ?? `merge ${cluster - leaves.length + 1}`;
  return {
    columns: ['merge', 'left', 'right', height.label],
    rows: merges.map(({ left, right, height: at }, k) => [k + 1, named(left), named(right), at]),
  };
}

function name({ ticks }: Axis, index: number): Cell {
  return ticks?.[index] ?? index;
}
