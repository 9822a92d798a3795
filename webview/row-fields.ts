import { useEffect, useState } from 'preact/hooks';
import { isFileColour } from '../src/protocol/document';
import type { FileDescription } from '../src/protocol/engine';
import type { WindowCell, WindowRequest } from '../src/protocol/window';
import { usePage, usePageState } from './context';
import type { Field, FieldsProps } from './figures/row-facts';
import { number } from './format';
import { firstOf } from './space/colours';

/** Columns of a table that are shown of a row, and characters of one. */
const TOLD = 8;
const LONGEST = 80;
/** Rows whose fields are kept. */
const KEPT = 500;

const fetched = new Map<string, Promise<readonly Field[]>>();

/** What the table that the labels or the colours come from says of a row. What cannot be read is not shown. */
export function Fields({ row, onFields }: FieldsProps) {
  const { request, results } = usePageState();
  const { host } = usePage();
  const { colour, labels, inputs } = request;
  const [input] = inputs;
  const { path } = (isFileColour(colour) ? colour : labels) ?? {};
  const [table, setTable] = useState<FileDescription | null>(null);
  useEffect(() => {
    let wanted = true;
    setTable(null);
    if (path !== undefined && !input?.query)
      host.describe({ path }).then(
        (described) => wanted && setTable(described),
        () => {},
      );
    return () => {
      wanted = false;
    };
  }, [path, input?.query, host]);
  const [height] = [...results.values()].map((result) => result.inputs[0]?.shape[0]);
  const asked = table && input ? fieldsAsked(table, input, row, height) : null;
  const key = asked ? JSON.stringify(asked) : '';
  useEffect(() => {
    let wanted = true;
    onFields([]);
    if (!asked || !table) return;
    const coming = fetched.get(key) ?? host.window(asked).then(({ values }) => fieldsOf(table, values));
    fetched.set(key, coming);
    const [oldest] = fetched.keys();
    if (fetched.size > KEPT && oldest !== undefined) fetched.delete(oldest);
    coming.then(
      (fields) => wanted && onFields(fields),
      () => fetched.delete(key),
    );
    return () => {
      wanted = false;
    };
  }, [key, host, onFields]);
  return null;
}

/** Null where the file is no table, or not one of the rows of the input. */
export function fieldsAsked(
  { path, columns = [], tensors }: Pick<FileDescription, 'path' | 'columns' | 'tensors'>,
  input: Parameters<typeof firstOf>[1],
  row: number,
  height: number | undefined,
): WindowRequest | null {
  const length = tensors[0]?.shape[0];
  if (columns.length === 0 || length === undefined) return null;
  const first = firstOf(length, input, height);
  const place = row - (first ?? 0);
  if (first === null || place < 0 || place >= length) return null;
  const slice = { rows: 0, columns: 1, at: [0, 0] };
  return { path, tensor: null, slice, rows: [place, place + 1], columns: [0, Math.min(TOLD, columns.length)] };
}

/** Cells that are empty say nothing. */
export function fieldsOf({ columns = [] }: Pick<FileDescription, 'columns'>, cells: readonly WindowCell[]): Field[] {
  return cells.flatMap((cell, i): Field[] => {
    const text = typeof cell === 'number' ? number(cell) : cell.trim();
    if (text === '') return [];
    return [[columns[i]?.name ?? '', text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text]];
  });
}
