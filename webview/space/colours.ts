import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ColourChoice } from '../../src/protocol/analysis';
import { isFileColour } from '../../src/protocol/document';
import { messageOf } from '../../src/protocol/errors';
import type { InputSpec, LabelSpec, Table } from '../../src/protocol/result';
import type { RowValues } from '../../src/protocol/rows';
import { byNumber } from '../../src/protocol/words';
import { usePage, usePageState } from '../context';
import { count } from '../format';
import { type Row, rowsOf } from '../rows';
import type { RowColour } from './picture';

/** What names rows, and finds them by name. */
export interface RowNames {
  of(row: number): string | undefined;
  find(text: string): number | undefined;
}

export interface Colours {
  /** As it is asked for, or what it is without being asked for. */
  readonly choice: ColourChoice;
  readonly colour: RowColour | undefined;
  readonly names: RowNames;
  readonly problem: string;
  /** A document's SQL is run when the person asks for it. */
  readonly waiting: boolean;
}

/** The method that says of each row how two spaces agree, and that which profiles the rows of one. */
export const agreement = 'row-neighbourhoods';
export const profile = 'row-profile';

/** The colours of two spaces for which none were asked: one and the same, so that the picture stays what it is. */
const preserved: ColourChoice = { method: agreement, column: 'preserved' };

/** What colours the rows of the spaces in focus, and what names them. */
export function useColours(inputs: readonly InputSpec[], height: number | undefined): Colours {
  const state = usePageState();
  const { labels, colour: asked } = state.request;
  const rows = rowsOf(state);
  const first = inputs[0] as InputSpec;
  const choice: ColourChoice =
    asked ?? labels ?? (rows.some(({ choice }) => choice.method === agreement) ? preserved : 'none');
  const { own, colour, problem } = useRowColour(choice, first, height);
  const same = JSON.stringify(labels) === JSON.stringify(isFileColour(choice) ? choice : undefined);
  const named = useValues(same ? undefined : labels, first, state.held);
  const found = named.values?.names ? named : own;
  const names = useMemo(() => namesOf(found.values, first, height), [found.values, first, height]);
  return { choice, colour, names, problem, waiting: own.waiting };
}

/** What the areas of points stand for: numbers, as colours have them. */
export interface PointSizing extends Omit<Colours, 'colour' | 'names'> {
  readonly size: Extract<RowColour, { kind: 'number' }> | undefined;
}

export function useSize(inputs: readonly InputSpec[], height: number | undefined): PointSizing {
  const { size: choice = 'none' } = usePageState().request;
  const { own, colour, problem } = useRowColour(choice, inputs[0] as InputSpec, height);
  const classes = colour?.kind === 'category' ? `${colour.name} has classes: points are sized by numbers.` : '';
  const size = colour?.kind === 'number' ? colour : undefined;
  return { choice, size, problem: problem || classes, waiting: own.waiting };
}

/** A class or a number of each row, as it is asked for. */
function useRowColour(choice: ColourChoice, first: InputSpec, height: number | undefined) {
  const state = usePageState();
  const own = useValues(isFileColour(choice) ? choice : undefined, first, state.held);
  const value = typeof choice === 'object' && 'method' in choice ? choice : undefined;
  const table = value && tableOf(rowsOf(state), value);
  const column = value?.column ?? '';
  const colour = useMemo(
    () => (own.values ? ofFile(own.values, first, height) : table ? ofTable(table, column) : undefined),
    [own.values, table, column, first, height],
  );
  const problem = own.problem || (typeof colour === 'string' ? colour : '');
  return { own, colour: typeof colour === 'string' ? undefined : colour, problem };
}

/** Fetched values by what was asked for; the page asks for the same ones again and again. */
function useValues(spec: LabelSpec | undefined, input: InputSpec, held: boolean) {
  const { host } = usePage();
  const waiting = held && spec?.expression !== undefined;
  const key = spec && !waiting ? JSON.stringify([spec, input.path, input.query]) : '';
  const [state, setState] = useState<{ key: string; values?: RowValues; problem: string }>({ key: '', problem: '' });
  useEffect(() => {
    if (key === '' || !spec) return;
    let wanted = true;
    host.rowValues({ values: spec, input }).then(
      (values) => wanted && setState({ key, values, problem: '' }),
      (error: unknown) => wanted && setState({ key, problem: messageOf(error) }),
    );
    return () => {
      wanted = false;
    };
  }, [key, host]);
  return state.key === key ? { ...state, waiting } : { key, problem: '', waiting };
}

/** Values of the whole file follow the rows that an input takes of it. A sentence where they are not as many. */
function ofFile({ labels }: RowValues, input: InputSpec, height: number | undefined): RowColour | string {
  const list = labels.kind === 'category' ? labels.index : labels.values;
  const first = firstOf(list.length, input, height);
  if (first === null)
    return `${labels.name} has ${count(list.length)} values and the input ${count(height ?? 0)} rows: one value for each row is needed, in the same order.`;
  const at = (row: number) => list[row - first] ?? null;
  return labels.kind === 'category'
    ? { kind: 'category', name: labels.name, categories: labels.categories, at }
    : { kind: 'number', name: labels.name, at };
}

/** The row whose value is the first; null where there are not as many values as rows. */
export function firstOf(length: number, { rows }: Pick<InputSpec, 'rows'>, height?: number): number | null {
  // By their numbers, until it is known how many there are.
  if (height === undefined) return rows && length === rows[1] - rows[0] ? rows[0] : 0;
  if (length === height) return 0;
  return rows && length === rows[1] - rows[0] ? rows[0] : null;
}

function namesOf(values: RowValues | undefined, input: InputSpec, height: number | undefined): RowNames {
  const { names } = values ?? {};
  const first = names ? firstOf(names.length, input, height) : undefined;
  if (!names || typeof first !== 'number') return { of: () => undefined, find: () => undefined };
  return {
    of: (row) => names[row - first],
    find(text) {
      const low = text.toLowerCase();
      const tries = [
        names.indexOf(text),
        names.findIndex((name) => name.toLowerCase() === low),
        names.findIndex((name) => name.toLowerCase().startsWith(low)),
      ];
      const place = tries.find((one) => one >= 0);
      return place === undefined ? undefined : place + first;
    },
  };
}

export interface RowValue {
  readonly method: string;
  readonly column: string;
}

/** The table of a method that has a value of each row under this name, of several the longest; of two runs that of the first space. */
export function tableOf(rows: readonly Row[], { method, column }: RowValue): Table | undefined {
  const { result } = rows.find(({ choice, result }) => choice.method === method && result) ?? {};
  return tablesAboutRows(result?.tables)
    .filter(({ columns }) => columns.includes(column))
    .reduce<Table | undefined>(
      (most, table) => (table.rows.length > (most?.rows.length ?? 0) ? table : most),
      undefined,
    );
}

function tablesAboutRows(tables: Readonly<Record<string, Table>> = {}): Table[] {
  return Object.values(tables).filter(({ columns }) => columns[0] === 'row');
}

/** What results on the page say of single rows, in the tables that know most of them. */
export function rowValuesOf(rows: readonly Row[]): (RowValue & { readonly title: string })[] {
  return rows.flatMap(({ choice: { method }, title, result }) => {
    const tables = tablesAboutRows(result?.tables);
    const most = Math.max(...tables.map((table) => table.rows.length));
    const whole = tables.filter((table) => table.rows.length === most).flatMap(({ columns }) => columns.slice(1));
    const named = [...new Set(whole)].filter((column) => column !== 'name');
    return named.map((column) => ({ method, column, title: `${title}: ${column}` }));
  });
}

/** Classes where a column has texts, numbers otherwise. */
export function ofTable(table: Table, name: string): RowColour | undefined {
  const column = table.columns.indexOf(name);
  if (column < 0) return undefined;
  const values = new Map(table.rows.map((row) => [row[0] as number, row[column] ?? null]));
  const texts = [...new Set(values.values())].filter((value) => typeof value === 'string');
  if (texts.length === 0) {
    return {
      ...{ kind: 'number', name },
      at(row) {
        const value = values.get(row);
        return typeof value === 'number' ? value : null;
      },
    };
  }
  const categories = texts.sort(byNumber);
  const places = new Map<unknown, number>(categories.map((category, i) => [category, i]));
  return { kind: 'category', name, categories, at: (row) => places.get(values.get(row)) ?? null };
}

interface TableColumn {
  readonly name: string;
  readonly numeric: boolean;
}

/** The columns of the table that colours, sizes or labels come from, to choose another one of it. */
export function useColumns(path: string | undefined): readonly TableColumn[] {
  const { host } = usePage();
  const [state, setState] = useState<{ path: string; columns: readonly TableColumn[] }>({ path: '', columns: [] });
  useEffect(() => {
    if (path === undefined) return;
    let wanted = true;
    host.describe({ path }).then(
      ({ columns = [] }) => wanted && setState({ path, columns }),
      () => {},
    );
    return () => {
      wanted = false;
    };
  }, [path, host]);
  return state.path === path ? state.columns : [];
}
