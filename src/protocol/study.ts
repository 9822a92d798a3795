import type { InputRecord, InputSpec, LabelSpec, Result } from './result';

/** What is asked about runs besides what compares them. */
export interface StudyChoice {
  readonly groups?: GroupSpec;
  /** A number for each run, such as its accuracy: a column of a table. */
  readonly scores?: LabelSpec;
  /** Random reassignments for each level of chance; all there are where these are no more. Default 1000. */
  readonly permutations?: number;
}

/** A study of runs: every file is a run, the representations that it holds are its layers. */
export interface StudyRequest extends StudyChoice {
  readonly inputs: readonly InputSpec[];
  /** Id of the measure that compares. */
  readonly measure: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Of the rows: layers are compared with them too. */
  readonly labels?: LabelSpec;
  readonly seed?: number;
  readonly sample?: number;
}

/**
 * The group of each run: a column of a table with a row for each run, or what a regular expression finds in the run's file
 * name (its first group, if it has one).
 */
export type GroupSpec = { readonly table: LabelSpec } | { readonly pattern: string };

/** One question that is asked of the runs, and its answer. */
export interface StudySection
  extends Pick<Result, 'values' | 'chance' | 'tables' | 'figures' | 'reading' | 'warnings'> {
  readonly id: string;
  readonly title: string;
  /** What is asked and how it is computed, with its source. */
  readonly about: string;
  /** Names of the values, by key. */
  readonly titles: Readonly<Record<string, string>>;
  /** Why there is no answer; null where there is one. */
  readonly missing: string | null;
}

export interface StudyRun {
  readonly name: string;
  readonly path: string;
  /** In counting order. */
  readonly layers: readonly string[];
  readonly group: string | null;
  readonly score: number | null;
}

export interface Study {
  readonly version: string;
  readonly seed: number;
  readonly sample?: number;
  readonly labels?: LabelSpec;
  readonly seconds: number;
  readonly inputs: readonly InputRecord[];
  readonly measure: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What was asked besides. */
  readonly asked: StudyChoice;
  readonly runs: readonly StudyRun[];
  readonly sections: readonly StudySection[];
  readonly steps: readonly string[];
  readonly warnings: readonly string[];
}
