import { numericDtype } from './dtype';

/** A column of a table, as a representation sees it. */
export interface Column {
  readonly name: string;
  /** In SQL. */
  readonly sql: string;
  /** `number`: a unit; `list`: a representation of its own; `index`: the row numbers that pandas writes. */
  readonly kind: 'number' | 'list' | 'text' | 'index' | 'other';
  /** Of the numbers, or of those in the lists: NumPy's name; of others empty. */
  readonly dtype: string;
  /** As what the numbers are fetched; exact, or checked afterwards. */
  readonly cast?: string;
  /** How many numbers each list has, as far as it is known before reading. */
  readonly length?: number;
  /** Decimal fractions, of which float64 holds the nearest. */
  readonly rounded?: true;
  /** Read from decimal text, as the nearest float64. */
  readonly written?: true;
  /** Why the lists are no representation. */
  readonly unusable?: string;
}

/** DuckDB's types: the dtype, and as what they are fetched where that differs. */
const types: Readonly<Record<string, readonly [dtype: string, cast?: string]>> = {
  BOOLEAN: ['bool', 'TINYINT'],
  TINYINT: ['int8'],
  SMALLINT: ['int16'],
  INTEGER: ['int32'],
  UTINYINT: ['uint8'],
  USMALLINT: ['uint16'],
  UINTEGER: ['uint32'],
  FLOAT: ['float32'],
  DOUBLE: ['float64'],
  // Integers of 64 bits and more are checked once they are doubles: those beyond 2^53 cannot look like others.
  BIGINT: ['int64', 'DOUBLE'],
  UBIGINT: ['uint64', 'DOUBLE'],
  HUGEINT: ['int64', 'DOUBLE'],
  UHUGEINT: ['uint64', 'DOUBLE'],
};

const decimal = /^DECIMAL\(\d+,\d+\)$/;

/** @param type as DuckDB describes it: `FLOAT`, `DECIMAL(10,2)`, `FLOAT[]`, `DOUBLE[3]`. */
export function columnOf(name: string, sql: string, type: string): Column {
  const number = numberOf(type);
  if (number) return { name, sql, kind: 'number', ...number, ...(decimal.test(type) && { rounded: true }) };
  const [, element, size] = /^(.*)\[(\d*)\]$/s.exec(type) ?? [];
  if (element === undefined) {
    const text = type === 'VARCHAR' || type.startsWith('ENUM');
    return { name, sql, kind: text ? 'text' : 'other', dtype: '' };
  }
  const inner = numberOf(element);
  if (!inner) {
    const what = element.endsWith(']') ? 'lists of lists' : `lists of ${element.slice(0, 40)}`;
    return { name, sql, kind: 'list', dtype: 'object', unusable: `its cells are ${what}, not of numbers.` };
  }
  // Arrays of one size are fetched as lists, like all others.
  const cast = inner.cast !== undefined || size ? `${inner.cast ?? element}[]` : undefined;
  return {
    ...{ name, sql, kind: 'list', dtype: inner.dtype },
    ...(cast !== undefined && { cast }),
    ...(decimal.test(element) && { rounded: true }),
    ...(size && { length: Number(size) }),
  };
}

function numberOf(type: string): { dtype: string; cast?: string } | undefined {
  const [dtype, cast] = types[type] ?? (decimal.test(type) ? ['float64', 'DOUBLE'] : []);
  return dtype === undefined ? undefined : { dtype, ...(cast !== undefined && { cast }) };
}

/** What fetches a column's numbers; a null instead of a list comes as an empty one. */
export function fetched({ sql, cast, kind }: Column): string {
  const value = cast === undefined ? sql : `CAST(${sql} AS ${cast})`;
  return kind === 'list' ? `COALESCE(${value}, [])` : value;
}

/** The dtype of columns side by side: their own, or the one that all are decoded to. */
export function commonDtype(columns: readonly Column[]): string {
  const all = new Set(columns.map(({ dtype }) => dtype));
  if (all.size <= 1) return columns[0]?.dtype ?? 'float64';
  return columns.some(isDouble) ? 'float64' : 'float32';
}

export function isDouble({ dtype }: Pick<Column, 'dtype'>): boolean {
  return numericDtype(dtype)?.numeric?.double ?? true;
}

/** The type, for people, of a column that counts the rows. */
export const rowIndex = 'row index';

/** For people. */
export function typeOf({ kind, dtype, length }: Column): string {
  if (kind === 'list') return `${dtype}[${length ?? ''}]`;
  if (kind === 'number') return dtype;
  return kind === 'index' ? rowIndex : kind;
}
