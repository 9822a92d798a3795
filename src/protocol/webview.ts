import type { Analysis, AnalysisRequest } from './analysis';
import type { MethodDescription } from './catalogue';
import type { FileDescription, InputState, PreparationDescription, Progress } from './engine';
import type { Part } from './opening';
import type { CompareRequest, Comparison, InputSpec, LabelSpec, LayerSpec, Result, RunRequest } from './result';
import type { NeighboursRequest, RowNeighbours, RowValues, RowValuesRequest } from './rows';
import type { Study, StudyRequest } from './study';
import type { WindowRequest, WindowValues } from './window';

/** What the page may ask of the extension host. */
export interface HostApi {
  /** First call of the page: hands it everything that it shows, but for the parts, which follow as events. */
  ready(): Promise<Opening>;
  /** `job` names the work in progress events and in `cancel`. */
  run(call: { job: string; request: RunRequest }): Promise<Result>;
  compare(call: { job: string; request: CompareRequest }): Promise<Comparison>;
  study(call: { job: string; request: StudyRequest }): Promise<Study>;
  /** How the data of a layer of a model is prepared. */
  preparation(layer: LayerSpec): Promise<PreparationDescription>;
  cancel(call: { job: string }): Promise<void>;
  /** The page changed what is asked for; the host keeps it for saving and for a reload. */
  request(request: AnalysisRequest): Promise<void>;
  /**
   * Writes a `.sextant` document; null when the person thought better of it. `kept`: what the page keeps of what is looked at,
   * for a page that takes its place.
   */
  save(kept: unknown): Promise<{ readonly path: string } | null>;
  /** Asks for a place and writes what a method makes besides its values: representations, or a model; null when dismissed. */
  saveMade(request: RunRequest): Promise<{ readonly path: string } | null>;
  /** Asks for a place and writes there; `content` is text, or bytes for PNG. */
  export(call: { name: string; content: string | Uint8Array }): Promise<{ readonly path: string } | null>;
  /** Asks for one of these methods, by their ids; null when dismissed. */
  pickMethod(call: { title: string; methods: readonly string[] }): Promise<string | null>;
  /** Asks for a file and a column of it; null when dismissed. */
  pickLabels(): Promise<LabelSpec | null>;
  /** Asks for a table and a column of it with a value for each run; null when dismissed. */
  pickRunColumn(call: { what: 'groups' | 'scores' }): Promise<LabelSpec | null>;
  /** Asks for a file of the workspace by its ending; null when dismissed. */
  pickFile(call: { title: string; ending: string }): Promise<{ readonly path: string } | null>;
  /** Asks what identifies the rows of each input; null when dismissed. */
  pickIdentifiers(inputs: readonly InputSpec[]): Promise<readonly LabelSpec[] | null>;
  /** Bytes of the image file of each row, in base64; null where there is none, or it is larger than a picture needs to be. */
  pictures(call: { readonly spec: LabelSpec; readonly rows: readonly number[] }): Promise<readonly (string | null)[]>;
  /** Asks for pictures or texts of the rows; null when dismissed. */
  pickGallery(): Promise<LabelSpec | null>;
  /** What is in a file that the request names. */
  describe(call: { path: string }): Promise<FileDescription>;
  /** Values of such a file. */
  window(request: WindowRequest): Promise<WindowValues>;
  /** The nearest rows of a row of an input that the request names. */
  neighbours(call: { job: string; request: NeighboursRequest }): Promise<RowNeighbours>;
  /** One value of every row of a file that the request names. */
  rowValues(request: RowValuesRequest): Promise<RowValues>;
  /** Opens the reference page of a method. */
  showReference(call: { method: string }): Promise<void>;
  copy(text: string): Promise<void>;
  openLog(): Promise<void>;
  /** An error that the page did not expect, for the log. */
  report(call: { message: string; stack?: string }): Promise<void>;
}

/** What the extension host tells the page. */
export interface PageEvents {
  part: Part;
  progress: { readonly job: string; readonly progress: Progress };
  /** Some input is no longer what it was when the results were computed, or is again. */
  inputs: readonly InputState[];
  /** From the command palette or the editor's title bar. */
  command: { readonly name: 'rerun' | 'export' | 'save' };
}

/** The analysis without its parts, and how many of them there are. */
export type Opening = InitialState & { readonly parts: number };

export interface InitialState {
  readonly analysis: Analysis;
  readonly methods: readonly MethodDescription[];
  /** Name for the head line: the document's, or made from the inputs. */
  readonly title: string;
  /** Display names of the inputs, as short as they can be and still differ. */
  readonly names: readonly string[];
  /** False for results that are shown as they were saved: nothing is computed until the person asks. */
  readonly computeAtOnce: boolean;
  /** What the page that this one takes the place of has kept. */
  readonly kept?: unknown;
}
