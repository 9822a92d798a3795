import type { PointLabels } from './figures';
import type { InputSpec, LabelSpec } from './result';

export type RowMetric = 'cosine' | 'euclidean';

/** Asks for the rows of an input that are nearest to one of them. */
export interface NeighboursRequest {
  readonly input: InputSpec;
  /** Its number in the file. */
  readonly row: number;
  readonly neighbours: number;
  readonly metric: RowMetric;
  /** `approximate`: as maps of many rows find them, for all rows at once. Absent: exact. */
  readonly search?: 'exact' | 'approximate';
}

/** The nearest rows in the original space, all rows compared unless it says otherwise. */
export interface RowNeighbours {
  /** Numbers in the file, nearest first. */
  readonly rows: readonly number[];
  /** 1 - cosine, or Euclidean. */
  readonly distances: readonly number[];
  /** Other rows that were compared, and those that were not because some value of them is not finite. */
  readonly compared: number;
  readonly left: number;
  /** Of an approximate search: the share of true neighbours that it has found, measured on so many rows; 1: all were compared. */
  readonly search?: { readonly recall: number; readonly asked: number };
  /** Why distances say little; absent where they do not. */
  readonly warning?: string;
}

/** Asks for one value of every row of a file. */
export interface RowValuesRequest {
  readonly values: LabelSpec;
  /** Whose rows they are: a table that an input takes by SQL has the rows of its result. */
  readonly input?: InputSpec;
}

export interface RowValues {
  readonly labels: PointLabels;
  /** Where the file names its rows. */
  readonly names?: readonly string[];
}
