/** What a method says of itself, as it crosses a process: the `run` left out, the parameters as JSON Schema. */
export interface MethodDescription {
  /** Stable: scripts depend on it (kebab-case). */
  readonly id: string;
  readonly kind: MethodKind;
  readonly title: string;
  /** One sentence: what it computes. */
  readonly summary: string;
  /** What it cannot tell, a clause: "blind to low-variance directions". */
  readonly blindTo: string;
  /** How many representations it takes (`many`: two or more, of the same rows), or of which kind the raw data is (kind `embed`). */
  readonly takes: Takes;
  /** `optional`: draws the labels of the rows, or names rows as their file does. `required`: it is about classes of rows. */
  readonly labels: 'none' | 'optional' | 'required';
  /** Of what takes many: how many at least; absent: two. */
  readonly least?: 1;
  /** It makes representations, or a model, beside its values; those of kind `transform` and `embed` do anyway. */
  readonly exports?: true;
  /** Part of the default comparison; its place there, cheap ones first. */
  readonly recommended?: number;
  /** It examines measures and is none: never one of those that an all-pairs comparison computes. */
  readonly alone?: true;
  readonly parameters: ParameterSchema;
  /** The first is the one that stands for the method in a matrix. */
  readonly values: readonly ValueDescription[];
  readonly invariances: readonly Invariance[];
  /** With every choice of its parameters. */
  readonly symmetric: boolean;
  /** In n (rows), p and q (units): "O(npq)". */
  readonly cost: string;
  /** The definition, in one line of plain mathematics, with its variant. */
  readonly formula: string;
  /** The same in TeX. */
  readonly tex?: string;
  readonly citation: string;
}

export type Takes = 'one' | 'pair' | 'many' | 'text' | 'images' | 'graph' | 'model';

export type MethodKind = 'compare' | 'match' | 'transform' | 'describe' | 'embed' | 'sample';

export type Invariance =
  | 'permutation'
  | 'orthogonal'
  | 'scaling'
  | 'translation'
  | 'column-scaling'
  | 'linear'
  | 'sign';

export interface ValueDescription {
  readonly key: string;
  readonly title: string;
  /** Null where unbounded. */
  readonly range: readonly [number | null, number | null];
  /** Which end means more alike; absent where the value does not compare. */
  readonly better?: 'higher' | 'lower';
  /** The value of a representation compared with itself, where that is fixed. */
  readonly self?: number;
}

/** The part of JSON Schema that forms, flags and validation use. */
export interface ParameterSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, ParameterProperty>>;
}

export interface ParameterProperty {
  readonly type: 'number' | 'integer' | 'boolean' | 'string' | 'array';
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
  readonly items?: { readonly type: 'number' | 'integer' | 'string' };
  /** A text that names rows by number and slice, among others: a page offers those that are selected. */
  readonly rows?: boolean;
}
