import { createContext, type FunctionComponent } from 'preact';
import { useContext } from 'preact/hooks';
import type { PointLabels, Scatter } from '../../src/protocol/figures';
import type { Cell } from '../../src/protocol/result';
import { byNumber } from '../../src/protocol/words';
import type { Picture } from '../gallery';

/** Something that is known of rows, by their number in the data: a value that a method gave, a column of a table. */
export interface RowColumn {
  readonly name: string;
  /** Null where nothing is known of the row. */
  at(row: number): Cell;
}

export interface RowFacts {
  readonly columns: readonly RowColumn[];
  /** Looks up the pictures or texts of rows and hands them over as they come; null where the page has none. */
  readonly Pictures: FunctionComponent<PicturesProps> | null;
  /** Looks up what a table says of a row, and hands it over when it is there; null where the page has none. */
  readonly Fields: FunctionComponent<FieldsProps> | null;
}

/** Column and value of a row of a table. */
export type Field = readonly [name: string, value: string];

export interface FieldsProps {
  readonly row: number;
  onFields(fields: readonly Field[]): void;
}

export interface PicturesProps {
  readonly rows: readonly number[];
  onShown(shown: ReadonlyMap<number, Picture | string>): void;
}

export const RowFactsContext = createContext<RowFacts>({ columns: [], Pictures: null, Fields: null });

export function useRowFacts(): RowFacts {
  return useContext(RowFactsContext);
}

/** More different texts than this are told apart by no colours. */
const most = 40;

/** The colours of a scatter's points by a column: classes where it has texts, else numbers; null where it is neither. */
export function labelsBy({ name, at }: RowColumn, rows: readonly number[]): PointLabels | null {
  const cells = rows.map(at);
  if (cells.every((cell) => typeof cell !== 'string')) {
    return cells.some((cell) => cell !== null) ? { kind: 'number', name, values: cells as (number | null)[] } : null;
  }
  const texts = new Set(cells.filter((cell) => cell !== null).map(String));
  if (texts.size > most) return null;
  const categories = [...texts].sort(byNumber);
  const places = new Map(categories.map((category, i) => [category, i]));
  return {
    kind: 'category',
    name,
    categories,
    index: cells.map((cell) => (cell === null ? -1 : (places.get(String(cell)) ?? -1))),
  };
}

/** What a point is called: its name, or its row. */
export function nameOf({ names, rows }: Scatter, point: number): string {
  return names?.[point] ?? `row ${rows[point] ?? point}`;
}

/** The class or number of a point as a cell of a table. */
export function labelCell(labels: PointLabels | undefined, point: number): Cell {
  if (labels?.kind === 'category') return labels.categories[labels.index[point] ?? -1] ?? null;
  return labels?.values[point] ?? null;
}

/** Everything that is known of the points of a scatter, by point: row, name, label, places, then the columns of the page. */
export function pointColumns(figure: Scatter, columns: readonly RowColumn[]): RowColumn[] {
  const { rows, names, labels, panels } = figure;
  const titled = panels.length > 1;
  return [
    { name: 'row', at: (point) => rows[point] ?? null },
    ...(names ? [{ name: 'name', at: (point: number) => names[point] ?? null }] : []),
    ...(labels ? [{ name: labels.name, at: (point: number) => labelCell(labels, point) }] : []),
    ...panels.flatMap(({ title, x, y, xs, ys }) => [
      { name: titled ? `${title}: ${x.label}` : x.label, at: (point: number) => xs[point] ?? null },
      { name: titled ? `${title}: ${y.label}` : y.label, at: (point: number) => ys[point] ?? null },
    ]),
    ...columns
      .filter(({ name }) => name !== labels?.name)
      .map(({ name, at }) => ({ name, at: (point: number) => at(rows[point] ?? -1) })),
  ];
}

/** Points as a table of what is known of them, to be exported. */
export function pointTable(points: Uint32Array, columns: readonly RowColumn[]) {
  return {
    columns: columns.map(({ name }) => name),
    rows: Array.from(points, (point) => columns.map((column) => column.at(point))),
  };
}

/** Fields as lines of text, but for what is said of the point already. */
export function fieldLines(figure: Scatter, point: number, fields: readonly Field[]): string[] {
  const { labels } = figure;
  const name = nameOf(figure, point);
  return fields.filter(([column, value]) => column !== labels?.name && value !== name).map((field) => field.join(': '));
}
