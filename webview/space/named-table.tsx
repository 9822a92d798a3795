import { useMemo } from 'preact/hooks';
import type { Table } from '../../src/protocol/result';
import { DataTable } from '../data-table';
import type { RowNames } from './colours';

interface NamedTableProps {
  readonly table: Table;
  readonly names: RowNames;
  /** Of an exported file. */
  readonly name: string;
  /** False: its rows are those of the second space. */
  readonly linked?: boolean;
}

/** What a method says of rows, with their names, linked to the figures. */
export function NamedTable({ table, names, name, linked = true }: NamedTableProps) {
  const named = useMemo(() => (linked ? withNames(table, names) : table), [table, names, linked]);
  return <DataTable table={named} {...{ name, linked }} />;
}

/** A table about rows with their names, where it has none itself. */
function withNames(table: Table, names: RowNames): Table {
  if (table.columns[0] !== 'row' || table.columns.includes('name')) return table;
  const some = table.rows.slice(0, 50).some(([row]) => names.of(Number(row)) !== undefined);
  if (!some) return table;
  return {
    ...table,
    columns: ['row', 'name', ...table.columns.slice(1)],
    rows: table.rows.map(([row = null, ...rest]) => [row, names.of(Number(row)) ?? null, ...rest]),
  };
}
