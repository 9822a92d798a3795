import type { MethodDescription, ParameterSchema } from './catalogue';
import type { ModelDescription } from './model';
import type {
  CompareRequest,
  Comparison,
  Extraction,
  ExtractRequest,
  InputRecord,
  InputSpec,
  LayerSpec,
  MakeRequest,
  Preparation,
  Result,
  RunRequest,
} from './result';
import type { NeighboursRequest, RowNeighbours, RowValues, RowValuesRequest } from './rows';
import type { Study, StudyRequest } from './study';
import type { Reading, Summary, SummaryRequest, WindowRequest, WindowValues } from './window';

/** One tensor of a file, or the numeric columns of a table. */
export interface TensorDescription {
  /** Null where the file holds one nameless tensor. */
  readonly name: string | null;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly bytes: number;
  /** Why it cannot be a representation (text, pickled objects, complex numbers), in words; absent where it can. */
  readonly unusable?: string;
  /** It may hold numbers that cannot be read; then nobody leaves it out without saying so. */
  readonly damaged?: true;
}

export interface FileDescription {
  readonly path: string;
  readonly format: string;
  readonly bytes: number;
  readonly tensors: readonly TensorDescription[];
  /** Columns of a table, in order. */
  readonly columns?: readonly { readonly name: string; readonly type: string; readonly numeric: boolean }[];
  /** Columns of a table that seem to name the rows and to class them. */
  readonly suggested?: { readonly ids?: string; readonly labels?: string };
  /** Of an ONNX model: what it takes, gives and computes in between; then there are no tensors. */
  readonly model?: ModelDescription;
  /** Of a folder or pattern of images, each of which is a row: how many; then there are no tensors. */
  readonly images?: number;
}

/** Image files of rows: of a folder or pattern, or those that a column of a table names. */
export interface ImagesRequest {
  readonly path: string;
  readonly column?: string;
  readonly rows: readonly number[];
}

export interface Progress {
  /** 0 to 1; null while unknown. */
  readonly fraction: number | null;
  readonly message: string;
  readonly etaSeconds: number | null;
  /** Of what makes a map, now and then. */
  readonly sketch?: Sketch;
}

/** A map as far as it has come. */
export interface Sketch {
  /** Numbers in the file: some of the rows, evenly spaced, where there are many. */
  readonly rows: readonly number[];
  /** One list for each axis. */
  readonly places: readonly (readonly number[])[];
  /** How many rows there are. */
  readonly of: number;
}

export interface EngineSettings {
  /** Bound for working memory, in bytes. */
  readonly memory: number;
  /** Threads for products; 0: one per core. */
  readonly threads: number;
  /** What of onnxruntime runs models: cpu, cuda, webgpu and so on; absent: cpu. */
  readonly provider?: string;
  /** Folder for results that can be thrown away; null: none is kept. */
  readonly cache: string | null;
  /** Folder for layers of models that are computed once; absent: in that of the results, if there is one. */
  readonly layers?: string | undefined;
  /** Whether models may be run, which are programs; absent: they may. */
  readonly trusted?: boolean;
  /** Folders of the workspace, absolute: no symbolic link is followed out of them. Absent: links lead anywhere. */
  readonly roots?: readonly string[];
}

/** An input of a saved result, and whether the file still is what it was. */
export interface InputState {
  readonly record: InputRecord;
  readonly state: 'same' | 'changed' | 'missing';
}

/** How data is prepared for a model: parameters, whose defaults are what the model's folder says, and their values. */
export interface PreparationDescription {
  readonly parameters: ParameterSchema;
  readonly values: Preparation;
}

/** A published value, computed again. */
export interface SelfTestRow {
  readonly method: string;
  readonly title: string;
  /** Which of the method's values. */
  readonly value: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Name of the generated input. */
  readonly fixture: string;
  /** As published, all digits that are known. */
  readonly expected: string;
  readonly found: number | null;
  /** Whether the two agree to the digits that are known, 1e-9 at most. */
  readonly passed: boolean;
}

export interface SelfTest {
  readonly version: string;
  readonly rows: readonly SelfTestRow[];
}

/** What the engine answers. Every request can be cancelled; what computes reports progress. */
export interface EngineApi {
  methods(): Promise<readonly MethodDescription[]>;
  /** What is in a file, read as the input says where the file does not say it itself. */
  inspect(input: string | InputSpec): Promise<FileDescription>;
  /** As `inspect`, of a file that is read in a certain way; it stays open for the windows that follow. */
  open(reading: Reading): Promise<FileDescription>;
  /** Values that are in sight. Answered at once, whatever is being computed. */
  window(request: WindowRequest): Promise<WindowValues>;
  /** The path of the image of each row; null where there is none. */
  images(request: ImagesRequest): Promise<readonly (string | null)[]>;
  summarise(request: SummaryRequest): Promise<Summary>;
  /** The nearest rows of one row in the original space. Answered at once, whatever is being computed. */
  neighbours(request: NeighboursRequest): Promise<RowNeighbours>;
  /** One value of every row of a file. Answered at once. */
  rowValues(request: RowValuesRequest): Promise<RowValues>;
  run(request: RunRequest): Promise<Result>;
  /** Writes what a method makes besides its values: representations, or a model. Answers with the files. */
  make(request: MakeRequest): Promise<readonly string[]>;
  compare(request: CompareRequest): Promise<Comparison>;
  /** A comparison of runs by one measure, and what follows from it. */
  study(request: StudyRequest): Promise<Study>;
  /** How the data of a layer of a model is prepared. */
  preparation(layer: LayerSpec): Promise<PreparationDescription>;
  /** Runs a model and writes what its layers make of the data. */
  extract(request: ExtractRequest): Promise<Extraction>;
  /** Compares the files with the hashes of an earlier result. */
  check(records: readonly InputRecord[]): Promise<readonly InputState[]>;
  /** Computes the published values again. */
  selfTest(): Promise<SelfTest>;
}
