import type { Matrix } from '../linalg/matrix';
import type { Signal } from '../linalg/signal';
import type { Rows } from '../methods/method';
import type { SelfTest, Sketch } from '../protocol/engine';
import type { Failure } from '../protocol/failure';
import type {
  CompareRequest,
  Comparison,
  Extraction,
  ExtractRequest,
  InputSpec,
  Result,
  RunRequest,
} from '../protocol/result';
import type { RowMetric } from '../protocol/rows';
import type { Study, StudyRequest } from '../protocol/study';
import type { Summary, SummaryRequest } from '../protocol/window';

/** What the worker needs besides the request. */
export interface Surroundings {
  /** Relative paths start here. */
  readonly base: string;
  /** Bound for working memory, in bytes. */
  readonly memory: number;
  /** Threads for products; 0: one per core. */
  readonly threads: number;
  /** Of onnxruntime, what runs models; absent: cpu. */
  readonly provider?: string | undefined;
  /** Folders out of which no symbolic link is followed. */
  readonly roots?: readonly string[];
  /** Folder for layers of models that are computed once; absent: they last as long as the job. */
  readonly layers?: string | undefined;
  /** Whether models may be run; absent: they may. */
  readonly trusted?: boolean | undefined;
}

export interface RunTask extends Surroundings {
  readonly kind: 'run';
  readonly request: RunRequest;
}

export interface CompareTask extends Surroundings {
  readonly kind: 'compare';
  readonly request: CompareRequest;
}

export interface SummaryTask extends Surroundings {
  readonly kind: 'summary';
  readonly request: SummaryRequest;
}

export interface ExtractTask extends Surroundings {
  readonly kind: 'extract';
  readonly request: ExtractRequest;
  /** Absolute: the file that is written, and becomes that of the request afterwards. */
  readonly draft: string;
}

export interface SelfTestTask extends Surroundings {
  readonly kind: 'self-test';
}

export interface StudyTask extends Surroundings {
  readonly kind: 'study';
  readonly request: StudyRequest;
  /** Of all inputs of the request by its measure. */
  readonly comparison: Comparison;
}

/** The rows of a layer of a model, for the thread that answers. */
export interface LayerTask extends Surroundings {
  readonly kind: 'layer';
  readonly request: { readonly inputs: readonly [InputSpec] };
}

/** The nearest rows of every row, approximately. */
export interface GraphTask extends Surroundings {
  readonly kind: 'graph';
  readonly request: {
    readonly inputs: readonly [InputSpec];
    readonly neighbours: number;
    readonly metric: RowMetric;
  };
}

export interface Graph {
  /** k of each row that is finite, nearest first, as places among these. */
  readonly indices: Int32Array;
  readonly k: number;
  /** Share of the true neighbours that were found, measured on `asked` rows. */
  readonly recall: number;
  readonly asked: number;
  /** Rows of the input. */
  readonly of: number;
  /** The places of those that are finite, in ascending order; absent: all are. */
  readonly finite?: Int32Array;
}

export type Task = RunTask | CompareTask | SummaryTask | ExtractTask | SelfTestTask | StudyTask | LayerTask | GraphTask;

export type Dense = Pick<Matrix, 'data' | 'rows' | 'columns'>;

/** The `sha256` of inputs is left empty: the main thread takes it while the worker computes. */
export interface RunAnswer {
  readonly result: Result;
  /** Made by a method of kind `transform`; a matrix that has crossed threads is its fields alone. */
  readonly representations: readonly { readonly name: string; readonly matrix: Dense }[];
  /** Of the inputs, where what was made may be of these. */
  readonly rows?: Pick<Rows, 'index' | 'names'>;
  /** The bytes of an ONNX model that it made. */
  readonly model?: Uint8Array;
}

export interface Answers {
  readonly run: RunAnswer;
  readonly compare: Comparison;
  readonly summary: Summary;
  readonly extract: Extraction;
  readonly 'self-test': SelfTest;
  readonly study: Study;
  readonly layer: Dense;
  readonly graph: Graph;
}

/** To the worker. Its thread is held while it computes, so cancelling goes through shared memory. */
export interface Order {
  readonly task: Task;
  /** One 32-bit integer; not 0 once the job is cancelled. */
  readonly cancelled: SharedArrayBuffer;
}

/** From the worker. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly fraction: number | null; readonly message: string; readonly sketch?: Sketch }
  | { readonly kind: 'done'; readonly answer: Answers[keyof Answers] }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** What a job may do besides computing: be stopped, and tell how far it is. */
export interface Desk {
  readonly signal: Signal;
  progress(fraction: number | null, message: string): void;
  /** Shows what is being made as far as it has come; `make` is called when it is time again. */
  sketch?(make: () => Sketch): void;
}
