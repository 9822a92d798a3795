import type { z } from 'zod';
import type { Matrix } from '../linalg/matrix';
import type { Moments } from '../linalg/moments';
import type { Random } from '../linalg/random';
import type { Scratch } from '../linalg/scratch';
import type { UnitLayer, WeightTensor } from '../linalg/units';
import type { Invariance, MethodKind, ValueDescription } from '../protocol/catalogue';
import type { Figure } from '../protocol/figures';
import type { ImageStep } from '../protocol/images';
import type { Chance, Interval, Table } from '../protocol/result';

/** A matrix of activations: one row a sample, one column a unit. Every value is finite. */
export interface Representation {
  /** For titles and axes: "seed0 layer8". */
  readonly name: string;
  readonly matrix: Matrix;
  /** Of the columns of a table. */
  readonly unitNames?: readonly string[];
}

/** A representation that is read in blocks of rows, because all of it would not fit into memory. */
export interface Streamed {
  readonly name: string;
  readonly columns: number;
  /** Its values are float64. */
  readonly isDouble: boolean;
  /** Of the columns of a table. */
  readonly unitNames?: readonly string[];
}

/** Representations whose rows belong together, to be read in step. */
export interface RowStream {
  readonly inputs: readonly Streamed[];
  /** Of the files; fewer come where some are left out. */
  readonly rows: number;
  /** Index in the first file of the row at position 0. */
  readonly first: number;
  /** Bytes that blocks, and what is made of them, may take together. */
  readonly room: number;
  /** Bytes that blocks of this height take while they are read. */
  blockBytes(height: number): number;
  /**
   * One pass over all rows, `height` or fewer at a time: for each block the same rows of every input, and the positions of these
   * rows. Rows that are not finite in one of the inputs come in none. A block is valid until the next one is asked for.
   */
  blocks(height: number): AsyncIterable<StreamedRows>;
  /** Some units of one of the inputs, in all rows that `blocks` gives; absent where its file cannot give them without the others. */
  strip?: ((input: number, columns: readonly [number, number]) => Promise<Matrix>) | undefined;
}

export interface StreamedRows {
  readonly matrices: readonly Matrix[];
  /** Position of each row among those of the files. */
  readonly index: Int32Array;
  /** Rows passed so far, those left out included. */
  readonly passed: number;
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
  /** What anchors are chosen by, where that is not the labels. */
  readonly anchorLabels?: Labels;
}

/** Anchors as a file names them. */
export interface NamedAnchors {
  /** Of the file. */
  readonly name: string;
  /** Row numbers in the file that they were chosen from. */
  readonly rows: readonly number[];
  /** Identifier of each, where those rows have any. */
  readonly ids?: readonly string[];
  /** How they were chosen, in a few words. */
  readonly chosen: string;
}

export interface Context {
  /** `throwIfAborted` before each piece of work that may take more than 200 ms. */
  readonly signal: Pick<AbortSignal, 'throwIfAborted'>;
  /** Fraction of the work done, 0 to 1, and what is going on, in a few words. */
  progress(fraction: number | null, message: string): void;
  /** Shows a map as far as it has come, n x axes; may be called in every round. */
  sketch?(places: Float64Array, axes: number): void;
  /** Seeded by the request; the same seed gives the same bytes. */
  readonly random: Random;
  readonly rows: Rows;
  /** Anchors that a file names, for methods that take some; absent where none is named. */
  readonly anchorSet?: NamedAnchors;
  /**
   * Announces an allocation of the size of n x n before it is made. Throws a UserError that says what the memory bound is
   * and how to raise it or use fewer rows.
   */
  reserve(bytes: number, what: string): void;
  /** Whether `reserve` would let this pass: where there is another way that needs less. */
  fits(bytes: number): boolean;
  /**
   * Room on disk while `use` lasts, where memory is not enough. Throws a UserError that says how much is free where `bytes`
   * are not. `what` needs them, for messages.
   */
  scratch<T>(bytes: number, what: string, use: (scratch: Scratch) => Promise<T>): Promise<T>;
  /**
   * What `make` makes of an input, from the last time that a measure of the same comparison asked for this key, or made now. It is
   * shared: nobody writes to it. Absent where nobody else will ask. `bytes`: what it takes.
   */
  kept?<T>(of: Matrix, key: string, bytes: number, make: () => Promise<T>): Promise<T>;
  /** Nobody looks at more than values, their levels of chance and warnings: what else takes time may be left out. */
  readonly bare?: boolean;
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
  /** Representations that were made (kinds `transform` and `embed`); they are written where a person asks for it. */
  readonly representations?: readonly Representation[];
  /** Weights of a network that were changed, for all tensors in their order (takes `model`): a model with them is written where a person asks for it. */
  readonly weights?: readonly WeightTensor[];
  readonly steps?: readonly string[];
  readonly reading?: string;
  readonly warnings?: readonly string[];
}

/** One value, its chance level and the spread of chance, for each pair of an all-pairs comparison; null where there is none. */
export interface PairScores {
  /** rows x columns, row-major. */
  readonly values: readonly (number | null)[];
  readonly chance?: readonly (number | null)[];
  /** Standard deviation over random pairings of the rows, in closed form. */
  readonly sd?: readonly (number | null)[];
  /** What chance and spread are over pairings of, where it is not the rows. */
  readonly of?: Chance['of'];
  readonly warnings?: readonly string[];
}

/** Texts of the workspace, one a row. */
export interface Texts {
  readonly name: string;
  readonly texts: readonly string[];
}

/** A graph of the workspace: the edges as they are listed. */
export interface Graph {
  readonly name: string;
  /** The rows of what is made. */
  readonly nodes: readonly string[];
  /** By index of node. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Finite, from 0. */
  readonly weights: Float64Array;
}

/** A network by its weights. */
export interface Network {
  readonly name: string;
  readonly tensors: readonly WeightTensor[];
  /** In the order of the graph. */
  readonly layers: readonly UnitLayer[];
  /** Layers that are left as they are, and why, in a clause. */
  readonly left: readonly { readonly name: string; readonly why: string }[];
  /** Numbers in all weights. */
  readonly parameters: number;
  /** What it gives for the data, a row each: as it is, or with these tensors. Absent where there is no data. */
  outputs?(tensors?: readonly WeightTensor[]): Promise<Matrix>;
}

/** What methods take: representations, or raw data of one kind, of which kind `embed` makes representations. */
export interface Taken {
  readonly one: Representation;
  readonly pair: Representation;
  /** Two or more, of the same rows. */
  readonly many: Representation;
  readonly text: Texts;
  /** The pixels after the method's `pixels`, a row for each image: height x width x channels. */
  readonly images: Representation;
  readonly graph: Graph;
  readonly model: Network;
}

/** A method describes itself; every surface that offers it is made from this value. */
export interface MethodDefinition<P extends z.ZodObject, T extends keyof Taken = 'one' | 'pair' | 'many'> {
  readonly id: string;
  readonly kind: MethodKind;
  readonly title: string;
  readonly summary: string;
  readonly blindTo: string;
  readonly takes: T;
  readonly labels?: 'optional' | 'required';
  /** Of what takes many: how many at least; absent: two. */
  readonly least?: 1;
  /** It makes representations, or a model, beside its values; those of kind `transform` and `embed` do anyway. */
  readonly exports?: true;
  readonly recommended?: number;
  /** It examines measures and is none: never one of those that an all-pairs comparison computes. */
  readonly alone?: true;
  /** Though it gives the same for spaces that are turned, it sees the units themselves, or how many there are. */
  readonly seesUnits?: true;
  /** Every property has a default, a title and a description. */
  readonly parameters: P;
  readonly values: readonly ValueDescription[];
  /** Key of the value whose interval over the choice of rows is told, where the first one only says how much there is. */
  readonly resampled?: string;
  readonly invariances: readonly Invariance[];
  /** Whether the order of the two does not matter: always, never, or with some parameters. */
  readonly symmetric: boolean | ((parameters: z.output<P>) => boolean);
  readonly cost: string;
  readonly formula: string;
  /** The same in TeX, for pages that render it. */
  readonly tex?: string;
  readonly citation: string;
  run(inputs: readonly Taken[T][], parameters: z.output<P>, context: Context): Promise<Outcome>;
  /** Of what takes images: how each of them is brought to the same pixels. */
  pixels?(parameters: z.output<P>): readonly ImageStep[];
  /** The first value for every pair of `rows` x `columns` in one sweep, where that is cheaper than pair by pair. */
  sweep?(
    rows: readonly Representation[],
    columns: readonly Representation[],
    parameters: z.output<P>,
    context: Context,
  ): Promise<PairScores>;
  /** Bytes that `run` or `sweep` takes beside its inputs, where that is not 8 for each of their values. */
  room?(inputs: readonly Size[], mayOverwrite: boolean): number;
  /** As `run`, for inputs larger than memory: in one pass over their rows, or a few. */
  stream?(inputs: RowStream, parameters: z.output<P>, context: Context): Promise<Outcome>;
  /** The first value of two inputs from the sums over their rows, for an all-pairs comparison larger than memory. */
  readonly fromMoments?: {
    /** Needs products in float64 whatever the data. */
    readonly double: boolean;
    score(moments: Moments, x: number, y: number, parameters: z.output<P>, context: Context): Promise<PairScore>;
  };
}

/** What a representation will be, before it is read. */
export interface Size {
  readonly rows: number;
  readonly columns: number;
  readonly isDouble: boolean;
}

/** A score of one pair, its chance level and the spread of chance where there is a closed form, and why it is null where it is. */
export interface PairScore {
  readonly value: number | null;
  readonly level?: number | undefined;
  readonly sd?: number | undefined;
  readonly warning?: string | undefined;
}

/** A method whose parameters are checked when it runs. */
export type Method = MethodDefinition<z.ZodObject, keyof Taken>;

export function isSymmetric({ symmetric }: Method, parameters: Readonly<Record<string, unknown>>): boolean {
  return typeof symmetric === 'function' ? symmetric(parameters) : symmetric;
}

export function defineMethod<P extends z.ZodObject, T extends keyof Taken>(definition: MethodDefinition<P, T>): Method {
  return definition as unknown as Method;
}
