import type { InputSpec } from './result';
import type { Range, Slice } from './slice';

/** A file, and how it is read where it does not say so itself. */
export type Reading = Pick<InputSpec, 'path' | 'raw' | 'query'>;

/** The rectangle of a plane that is asked for: of a tensor, or of the columns of a table (which has no slice). */
export interface WindowRequest extends Reading {
  /** Null where the file holds one nameless tensor, or is a table. */
  readonly tensor: string | null;
  readonly slice: Slice;
  readonly rows: Range;
  readonly columns: Range;
}

/** A number or a text; the numbers that JSON has not (NaN, Infinity, -Infinity, -0) as text. */
export type WindowCell = number | string;

/** Values of a rectangle, row by row. */
export interface WindowValues {
  readonly rows: Range;
  readonly columns: Range;
  readonly values: readonly WindowCell[];
}

/** Asks for what is in each column, or in each row, of a plane. */
export interface SummaryRequest extends Reading {
  readonly tensor: string | null;
  readonly slice: Slice;
  /** Of `columns`: every row, or a part of them where there are many. Of `rows`: the range. */
  readonly of: 'columns' | 'rows';
  readonly range?: Range;
  /** Every row, however long that takes. */
  readonly whole?: boolean;
}

/** What is in one column or row. */
export interface LineSummary {
  /** How many values were looked at. */
  readonly count: number;
  /** Of the finite values; null where there is none. */
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** Population standard deviation of the finite values. */
  readonly sd: number | null;
  readonly nan: number;
  readonly infinite: number;
  readonly zeros: number;
  /** Counts of the finite values in equal bins from `min` to `max`; absent of rows. */
  readonly bins?: readonly number[];
}

export interface Summary {
  /** The columns or rows that are described. */
  readonly range: Range;
  readonly lines: readonly LineSummary[];
  /** What was looked at, in a few words: "all 450 rows". */
  readonly basis: string;
  /** Whether every row was. */
  readonly whole: boolean;
}
