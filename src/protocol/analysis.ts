import type { Comparison, InputSpec, LabelSpec, Resample, Result } from './result';
import type { Study, StudyChoice } from './study';

/** One line of an analysis: a method with the parameters that differ from its defaults. */
export interface MethodChoice {
  readonly method: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** 1: what takes one input takes the second of those in focus; absent: the first. */
  readonly on?: 1;
}

/** What colours the points of a space: a column or an SQL expression of a file, what a method says of each row, or nothing. */
export type ColourChoice = LabelSpec | { readonly method: string; readonly column: string } | 'none';

/** How values are spread over a scale of colours or sizes: in proportion, by their logarithm, or by their rank. */
export type Spread = 'even' | 'log' | 'rank';

/** What the person asked for: enough to do it again. */
export interface AnalysisRequest {
  readonly inputs: readonly InputSpec[];
  readonly labels?: LabelSpec;
  /** Run on the one input, or on the pair in focus. */
  readonly methods: readonly MethodChoice[];
  /** With more than two inputs: the measure of the all-pairs heatmap. */
  readonly overview?: MethodChoice;
  /** With more than two inputs: the pair in focus. */
  readonly pair?: readonly [number, number];
  /** With more than two inputs: the files are runs, and are studied by the overview's measure. */
  readonly study?: StudyChoice;
  /** Id of the workbench that lays the methods out; absent: as a comparison. */
  readonly workbench?: string;
  /** What shows a row to a person: a tensor with a picture for each, or a column of texts. */
  readonly gallery?: LabelSpec;
  /** Of the points of a space; absent: by the labels, where there are any. */
  readonly colour?: ColourChoice;
  /** Of the colours; absent: even. */
  readonly colourSpread?: Spread;
  /** What the areas of the points of a space stand for; absent: nothing. */
  readonly size?: ColourChoice;
  /** Of the sizes; absent: even. */
  readonly sizeSpread?: Spread;
  readonly seed: number;
  /** Rows drawn at random for every method, instead of all. */
  readonly sample?: number;
  /** Random pairings of the rows to calibrate every measure with. */
  readonly permutations?: number;
  /** Pair rows at random only within the categories of the labels. */
  readonly within?: boolean;
  /** How intervals are found. */
  readonly resample?: Resample;
}

/** The content of a `.sextant` document. Paths are relative to the document's folder, with forward slashes. */
export interface Analysis {
  readonly format: 'sextant-analysis';
  readonly formatVersion: 1;
  /** Of the program that wrote it. */
  readonly version: string;
  readonly request: AnalysisRequest;
  /** Of the pair in focus and of every pair looked at before; found again by method, inputs, parameters and seed. */
  readonly results: readonly Result[];
  readonly comparisons: readonly Comparison[];
  readonly studies?: readonly Study[];
}
