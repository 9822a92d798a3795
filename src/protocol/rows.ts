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
}

/** The nearest rows in the original space, all rows compared. */
export interface RowNeighbours {
  /** Numbers in the file, nearest first. */
  readonly rows: readonly number[];
  /** 1 - cosine, or Euclidean. */
  readonly distances: readonly number[];
  /** Other rows that were compared, and those that were not because some value of them is not finite. */
  readonly compared: number;
  readonly left: number;
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
