import type { z } from 'zod';
import type { Matrix } from '../linalg/matrix';
import type { Random } from '../linalg/random';
import type { Invariance, MethodKind, ValueDescription } from '../protocol/catalogue';
import type { Figure } from '../protocol/figures';
import type { Chance, Interval, Table } from '../protocol/result';

/** A matrix of activations: one row a sample, one column a unit. Every value is finite. */
export interface Representation {
  /** For titles and axes: "seed0 layer8". */
  readonly name: string;
  readonly matrix: Matrix;
}

/** One value per row. */
export type Labels =
  | {
      readonly kind: 'category';
      readonly name: string;
      readonly categories: readonly string[];
      readonly index: Int32Array;
    }
  | { readonly kind: 'number'; readonly name: string; readonly values: Float64Array };

/** Rows that entered the computation; all representations have the same ones, in the same order. */
export interface Rows {
  /** Index of each row in the input files. */
  readonly index: Int32Array;
  readonly names?: readonly string[];
  readonly labels?: Labels;
}

export interface Context {
  /** `throwIfAborted` before each piece of work that may take more than 200 ms. */
  readonly signal: Pick<AbortSignal, 'throwIfAborted'>;
  /** Fraction of the work done, 0 to 1, and what is going on, in a few words. */
  progress(fraction: number | null, message: string): void;
  /** Seeded by the request; the same seed gives the same bytes. */
  readonly random: Random;
  readonly rows: Rows;
  /**
   * Announces an allocation of the size of n x n before it is made. Throws a UserError that says what the memory bound is
   * and how to raise it or use fewer rows.
   */
  reserve(bytes: number, what: string): void;
  /** Nobody reads the inputs after this: their memory may be used for what is made of them. */
  readonly mayOverwrite?: boolean;
}

/** What `run` returns; the engine adds inputs, seed, version and time. */
export interface Outcome {
  readonly values: Readonly<Record<string, number | null>>;
  readonly chance?: Readonly<Record<string, Chance>>;
  readonly intervals?: Readonly<Record<string, Interval>>;
  readonly tables?: Readonly<Record<string, Table>>;
  readonly figures?: readonly Figure[];
  /** Representations that were made (kind `transform`); the command line writes them. */
  readonly representations?: readonly Representation[];
  readonly steps?: readonly string[];
  readonly reading?: string;
  readonly warnings?: readonly string[];
}

/** One value, and its chance level, for each pair of an all-pairs comparison; null where it cannot be computed. */
export interface PairScores {
  /** rows x columns, row-major. */
  readonly values: readonly (number | null)[];
  readonly chance?: readonly (number | null)[];
  readonly warnings?: readonly string[];
}

/** A method describes itself; every surface that offers it is made from this value. */
export interface MethodDefinition<P extends z.ZodObject> {
  readonly id: string;
  readonly kind: MethodKind;
  readonly title: string;
  readonly summary: string;
  readonly blindTo: string;
  readonly takes: 'one' | 'pair';
  readonly labels?: 'optional';
  readonly recommended?: number;
  /** Every property has a default, a title and a description. */
  readonly parameters: P;
  readonly values: readonly ValueDescription[];
  readonly invariances: readonly Invariance[];
  readonly symmetric: boolean;
  readonly cost: string;
  readonly formula: string;
  readonly citation: string;
  run(inputs: readonly Representation[], parameters: z.output<P>, context: Context): Promise<Outcome>;
  /** The first value for every pair of `rows` x `columns` in one sweep, where that is cheaper than pair by pair. */
  sweep?(
    rows: readonly Representation[],
    columns: readonly Representation[],
    parameters: z.output<P>,
    context: Context,
  ): Promise<PairScores>;
}

/** A method whose parameters are checked when it runs. */
export type Method = MethodDefinition<z.ZodObject>;

export function defineMethod<P extends z.ZodObject>(definition: MethodDefinition<P>): Method {
  return definition as unknown as Method;
}
