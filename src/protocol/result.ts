import type { Figure } from './figures';
import type { ImageStep } from './images';

/** Where a representation comes from. Paths are as the person gave them; the engine resolves them. */
export interface InputSpec {
  readonly path: string;
  /** Name of the tensor in a file of several; absent where the file holds one. */
  readonly tensor?: string;
  /** What becomes of axes after the second: `flatten` keeps every value, `mean` averages over them. */
  readonly reduce?: Reduction;
  /** Of a table: a glob over the names of its columns, or the names; absent: every numeric column. */
  readonly columns?: string | readonly string[];
  /** SQL over a table, which is called `data` there, instead of the whole of it. */
  readonly query?: string;
  /** How raw bytes are read: `float32:450x64`, `>int16:1000x8@128` (big-endian, from byte 128). */
  readonly raw?: string;
  /** Half-open range of rows to read, before anything else. */
  readonly rows?: readonly [number, number];
  /** The identifier of each row: a column of the same table, or a column or vector elsewhere. */
  readonly ids?: LabelSpec;
  /** Where `path` is a model and `tensor` one of its layers: what it is run on. */
  readonly model?: ModelRun;
}

/** A model and what it is run on. */
export type LayerSpec = Pick<InputSpec, 'path'> & { readonly model: ModelRun };

/** Data that a model is run on, and what becomes of what a layer makes of it. */
export interface ModelRun {
  readonly data: readonly ModelData[];
  /** Absent: `flatten`; of texts, the pooling that the model's folder asks for. */
  readonly reduce?: LayerReduction;
  /** How texts, images and sounds become what the model takes, where that is not as its folder says. */
  readonly preparation?: Preparation;
}

/** Parameters by name: `max-length` of texts, `resize` of images, `samples` of sounds and so on. */
export type Preparation = Readonly<Record<string, unknown>>;

/** Data for one input of a model; where there is no name, for the only one, or for those that its tensors are named like. */
export interface ModelData {
  readonly input?: string;
  readonly path: string;
  readonly tensor?: string;
}

/**
 * `mean` and `max` go over space (axes after the second) behind convolutions, over tokens (the second of three axes) behind
 * products, less those that an attention mask leaves out; `first` and `last` take one token.
 */
export type LayerReduction = Reduction | 'max' | 'first' | 'last';

/**
 * `flatten`: (n, a, b, ...) -> (n, a*b*...). `mean`: (n, c, h, w, ...) -> (n, c), the mean over every axis after the
 * second; both are the identity for matrices. A vector (n) is one column.
 */
export type Reduction = 'flatten' | 'mean';

/** One value per row: a column of a table, or a vector in another file with as many rows. */
export interface LabelSpec {
  readonly path: string;
  readonly tensor?: string;
  readonly column?: string;
  /** SQL over a table's columns that gives a value for each row, instead of one of its columns. */
  readonly expression?: string;
}

/** An input as it was used. */
export interface InputRecord {
  readonly path: string;
  readonly tensor: string | null;
  /** As stored. */
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly sha256: string;
  /** Rows and units that entered the computation, after reduction and anything left out. */
  readonly used: readonly [number, number];
  readonly reduce?: Reduction;
  readonly columns?: string | readonly string[];
  readonly query?: string;
  readonly raw?: string;
  readonly rows?: readonly [number, number];
  readonly ids?: LabelSpec;
  readonly model?: ModelRun;
  /** Of a layer: its reduction and how the data became what the model takes, all of it. */
  readonly prepared?: Preparation;
  /** Of a layer: those of the same model and request that it is computed from, with none of them in between. */
  readonly from?: readonly string[];
  /** What was done to images, step by step. */
  readonly preprocessing?: readonly ImageStep[];
}

export interface RunRequest {
  readonly method: string;
  readonly inputs: readonly InputSpec[];
  readonly labels?: LabelSpec;
  /** Only what differs from the defaults needs to be here. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly seed?: number;
  /** Compute on so many rows, drawn at random by the seed, instead of all. */
  readonly sample?: number;
  /** Random pairings of the rows to calibrate the value with, the same for every measure; 0 or absent: none. */
  readonly permutations?: number;
  /** Pair rows at random only within the categories of the labels. */
  readonly within?: boolean;
  /** How the interval of the value is found; absent: none. */
  readonly resample?: Resample;
}

/** Intervals over the choice of rows: `bootstrap` draws with replacement, `subsample` halves without. */
export interface Resample {
  readonly kind: 'bootstrap' | 'subsample';
  readonly count: number;
}

export interface CompareRequest {
  readonly inputs: readonly InputSpec[];
  /** Compare every input with each of these, instead of all pairs. */
  readonly against?: readonly InputSpec[];
  /** Ids; absent: the recommended set; `['all']`: all. */
  readonly measures?: readonly string[];
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly labels?: LabelSpec;
  readonly seed?: number;
  /** Compute on so many rows, drawn at random by the seed, instead of all. */
  readonly sample?: number;
  /** Random pairings of the rows to calibrate the value with, the same for every measure; 0 or absent: none. */
  readonly permutations?: number;
  /** Pair rows at random only within the categories of the labels. */
  readonly within?: boolean;
}

export type Cell = string | number | null;

export interface Table {
  readonly title?: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly level: number;
  readonly how: string;
}

/** What the value would be if the rows of one side were paired at random. */
export interface Chance {
  readonly level: number;
  readonly sd?: number;
  /** (value - level) / sd */
  readonly z?: number;
  /** Share of random pairings, the observed one among them, that score at least as well. */
  readonly p?: number;
  /** What is paired at random, where it is not the rows. */
  readonly of?: 'conditions' | 'rows within classes';
  /** One sentence: the formula and where it comes from. */
  readonly how: string;
}

export interface Result {
  readonly method: string;
  readonly version: string;
  readonly seed: number;
  /** As asked for: the rows that were drawn, where there were more. */
  readonly sample?: number;
  /** As asked for. */
  readonly permutations?: number;
  readonly within?: boolean;
  readonly resample?: Resample;
  readonly seconds: number;
  readonly inputs: readonly InputRecord[];
  readonly labels?: LabelSpec;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Null where it cannot be computed; then a warning says why. */
  readonly values: Readonly<Record<string, number | null>>;
  readonly chance: Readonly<Record<string, Chance>>;
  readonly intervals: Readonly<Record<string, Interval>>;
  readonly tables: Readonly<Record<string, Table>>;
  readonly figures: readonly Figure[];
  /** What was done to the data, a few words each: "columns centred", "products in float64". */
  readonly steps: readonly string[];
  /** One plain sentence on what the values mean, careful about what they cannot tell. */
  readonly reading: string | null;
  readonly warnings: readonly string[];
}

export interface MeasureMatrix {
  /** A row per input, a column per input (or per reference, with `against`). */
  readonly matrix: readonly (readonly (number | null)[])[];
  /** Which of the measure's values it holds. */
  readonly value: string;
  /** Chance level of each cell, where there is a closed form or random pairings were asked for. */
  readonly chance?: readonly (readonly (number | null)[])[];
  /** Standard deviation of chance in each cell, where there is a closed form. */
  readonly sd?: readonly (readonly (number | null)[])[];
  readonly calibration?: MatrixCalibration;
}

type Cells = readonly (readonly (number | null)[])[];

/** What random pairings of the rows say of each cell; null where it cannot be said. */
export interface MatrixCalibration {
  readonly permutations: number;
  readonly level: Cells;
  readonly sd: Cells;
  /** (value - level) / sd */
  readonly z: Cells;
  readonly p: Cells;
  /** Corrected for looking for the best of all cells: by the best cell of each pairing. */
  readonly pMax: Cells;
  /** False discovery rate over the cells (Benjamini and Hochberg). */
  readonly q: Cells;
  /** 0: not beyond the threshold of chance (α = 0.05); 1: the best there is. */
  readonly calibrated: Cells;
  /** One sentence: how the pairings were drawn. */
  readonly how: string;
}

export interface Comparison {
  readonly version: string;
  readonly seed: number;
  readonly sample?: number;
  /** As asked for; the labels are those that rows were paired within. */
  readonly permutations?: number;
  readonly within?: boolean;
  readonly labels?: LabelSpec;
  readonly seconds: number;
  readonly inputs: readonly InputRecord[];
  readonly against?: readonly InputRecord[];
  readonly measures: Readonly<
    Record<string, MeasureMatrix & { readonly parameters: Readonly<Record<string, unknown>> }>
  >;
  /** What was done to the inputs. */
  readonly steps?: readonly string[];
  readonly warnings: readonly string[];
}

/** What a method makes besides its values, into a file. */
export interface MakeRequest {
  readonly run: RunRequest;
  /** Name of the file; its ending says the format. */
  readonly out: string;
}

/** Activations of a model's layers into a file. */
export interface ExtractRequest extends ModelRun {
  readonly path: string;
  /** Names or globs; absent: every layer. */
  readonly layers?: readonly string[];
  /** Name of the file, .safetensors. */
  readonly out: string;
  /** Rows that are run at once. */
  readonly batch?: number;
}

export interface Extraction {
  readonly out: string;
  readonly version: string;
  readonly seconds: number;
  readonly rows: number;
  readonly layers: readonly { readonly name: string; readonly units: number; readonly dtype: string }[];
  readonly prepared: Preparation;
  /** Of onnxruntime: what ran the model, and on how many threads; 0: one per core. */
  readonly provider: string;
  readonly threads: number;
  /** The first row that was computed now: those before are of a run that was stopped. */
  readonly resumed?: number;
  readonly steps: readonly string[];
  readonly warnings: readonly string[];
}
