import type { MethodDescription } from './catalogue';
import type { FileDescription, Progress } from './engine';
import type { LabelSpec, Result } from './result';
import type { Slice } from './slice';
import type { Reading, Summary, SummaryRequest, WindowRequest, WindowValues } from './window';

/** What a person has chosen in the viewer; kept for the next time, and for the actions. */
export interface ViewChoice {
  readonly tensor: string | null;
  readonly slice?: Slice;
  /** Of a table: the columns that are units; absent: every numeric one. */
  readonly units?: readonly string[];
  readonly ids?: string;
  readonly labels?: LabelSpec;
  readonly query?: string;
  readonly raw?: string;
}

/** What the page of the viewer may ask of the extension host. The host knows the path; the page never names one. */
export interface ViewerApi {
  ready(): Promise<ViewerState>;
  /** The same file, read in another way. */
  describe(reading: Omit<Reading, 'path'>): Promise<FileDescription>;
  window(request: Omit<WindowRequest, 'path'>): Promise<WindowValues>;
  summarise(call: { readonly job: string; readonly request: Omit<SummaryRequest, 'path'> }): Promise<Summary>;
  /** The overview of what is chosen, of so many of its rows where `sample` says so. */
  overview(call: { readonly job: string; readonly choice: ViewChoice; readonly sample?: number }): Promise<Result>;
  cancel(call: { readonly job: string }): Promise<void>;
  choose(choice: ViewChoice): Promise<void>;
  compareWith(choice: ViewChoice): Promise<void>;
  analyse(choice: ViewChoice): Promise<void>;
  openOtherwise(): Promise<void>;
  pickLabels(): Promise<LabelSpec | null>;
  export(call: { name: string; content: string | Uint8Array }): Promise<{ readonly path: string } | null>;
  copy(text: string): Promise<void>;
  openLog(): Promise<void>;
  report(call: { message: string; stack?: string }): Promise<void>;
}

export interface ViewerEvents {
  progress: { readonly job: string; readonly progress: Progress };
  /** Somebody asks for this tensor of the file. */
  show: { readonly tensor: string | null };
  /** The file was written anew. */
  changed: { readonly missing: boolean };
}

export interface ViewerState {
  /** The file's name. */
  readonly title: string;
  /** What is in the file, or why it cannot be opened, in words. */
  readonly file: FileDescription | { readonly problem: string };
  readonly choice: ViewChoice | null;
  readonly overview: MethodDescription | null;
}
