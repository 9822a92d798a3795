import type { FileDescription, Progress, TensorDescription } from '../../src/protocol/engine';
import { Cancelled, EngineLost, messageOf, UserError } from '../../src/protocol/errors';
import type { Result } from '../../src/protocol/result';
import { firstSlice, fits, planeShape, type Slice } from '../../src/protocol/slice';
import type { ViewChoice, ViewerApi, ViewerState } from '../../src/protocol/viewer';
import type { Summary } from '../../src/protocol/window';

/** Work for the engine that the page shows. */
export type Work<T> =
  | { readonly kind: 'none' }
  | { readonly kind: 'running'; readonly job: string; readonly progress: Progress | null }
  | { readonly kind: 'failed'; readonly message: string; readonly cancelled: boolean }
  | { readonly kind: 'done'; readonly value: T };

export interface ViewState {
  readonly title: string;
  readonly file: FileDescription;
  readonly choice: ViewChoice;
  readonly summary: Work<Summary>;
  readonly overview: Work<Result>;
  /** The file is no longer what is shown. */
  readonly changed: 'no' | 'changed' | 'missing';
}

type Job = 'summary' | 'overview';

/** What the page of the viewer shows, and what is being computed for it. */
export class ViewStore {
  #state: ViewState;
  readonly #listeners = new Set<() => void>();
  #jobs = 0;
  /** The first values are there: until then nothing that computes is asked for, which would hold them up. */
  readonly #seen: Promise<void>;
  /** To be called when there are values to see, or none come. */
  seen: () => void = () => {};

  constructor(
    readonly host: ViewerApi,
    { title, choice }: ViewerState,
    file: FileDescription,
  ) {
    const none = { kind: 'none' } as const;
    const start = { title, file, summary: none, overview: none, changed: 'no' } as const;
    this.#state = { ...start, choice: valid(choice ?? suggestion(file), file) };
    this.#seen = new Promise((resolve) => {
      this.seen = resolve;
    });
    this.#begin();
  }

  get state(): ViewState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The choice as others are told of it. They take every column of numbers but for identifiers, and none beside columns of
   * lists: units that are others are named.
   */
  get asked(): ViewChoice {
    const { file, choice } = this.#state;
    if (!isTable(this.#state)) return choice;
    const units = unitsOf(this.#state);
    const named = file.tensors.length > 1 || units.length < numbersOf(file, choice.ids).length;
    return named ? { ...choice, units } : choice;
  }

  /** Looks at something else. What was computed of what stays the same stays. */
  choose(part: Partial<ViewChoice>): void {
    const before = this.#state.choice;
    const other = part.tensor !== undefined && part.tensor !== before.tensor;
    const { slice: _, ...rest } = before;
    const choice = valid({ ...(other ? rest : before), ...part }, this.#state.file);
    if (JSON.stringify(choice) === JSON.stringify(before)) return;
    this.#set({ choice });
    this.tell(this.host.choose(choice));
    const sliced = other || JSON.stringify(choice.slice) !== JSON.stringify(before.slice);
    const same = (key: keyof ViewChoice) => JSON.stringify(choice[key]) === JSON.stringify(before[key]);
    if (sliced) this.#forget('summary');
    if (other || !same('units') || !same('labels') || !same('ids')) this.#forget('overview');
    this.#begin();
  }

  /** Takes a column as a unit, or leaves it out. Those that are taken unasked are no choice, and none cannot be. */
  toggleUnit(name: string): void {
    const { file, choice } = this.#state;
    const { units: _, ...unasked } = choice;
    const units = new Set(unitsOf(this.#state));
    if (!units.delete(name)) units.add(name);
    const next = (file.columns ?? []).flatMap((column) => (units.has(column.name) ? column.name : []));
    if (next.length === 0 || next.join() === unitsOf({ file, choice: unasked }).join()) this.clear('units');
    else this.choose({ units: next });
  }

  /** Drops a choice that is optional. */
  clear(key: 'units' | 'ids' | 'labels'): void {
    const { [key]: _, ...choice } = this.#state.choice;
    this.#set({ choice });
    this.tell(this.host.choose(choice));
    this.#forget('overview');
    this.#begin();
  }

  /** Reads the file in another way. @throws UserError as the engine says it */
  async read(reading: Pick<ViewChoice, 'query' | 'raw'>): Promise<void> {
    const file = await this.host.describe(reading);
    const { labels, ids } = this.#state.choice;
    const before = {
      tensor: preferred(file)?.name ?? null,
      ...(labels && { labels }),
      ...(ids !== undefined && { ids }),
    };
    const choice = valid({ ...before, ...reading }, file);
    this.#set({ file, choice });
    this.tell(this.host.choose(choice));
    this.#forget('summary');
    this.#forget('overview');
    this.#begin();
  }

  setSlice(slice: Slice): void {
    this.choose({ slice });
  }

  setChanged(changed: ViewState['changed']): void {
    this.#set({ changed });
  }

  progress(job: string, progress: Progress): void {
    for (const key of ['summary', 'overview'] as const) {
      const work = this.#state[key];
      if (work.kind === 'running' && work.job === job) this.#set({ [key]: { ...work, progress } });
    }
  }

  cancel(key: Job): void {
    const work = this.#state[key];
    if (work.kind !== 'running') return;
    this.tell(this.host.cancel({ job: work.job }));
    this.#set({ [key]: { kind: 'failed', message: 'Cancelled.', cancelled: true } });
  }

  /** @param whole every row, however long that takes */
  summarise(whole = false): void {
    const { choice } = this.#state;
    const { tensor, slice = firstSlice([]), query, raw } = choice;
    const reading = { ...(query !== undefined && { query }), ...(raw !== undefined && { raw }) };
    const request = { ...reading, tensor, slice, of: 'columns' as const, whole };
    void this.#run('summary', (job) => this.host.summarise({ job, request }));
  }

  /** @param whole of every row, whatever that takes */
  runOverview(whole = false): void {
    const choice = this.asked;
    const sample = whole ? undefined : sampleOf(this.#state);
    void this.#run('overview', (job) => this.host.overview({ job, choice, ...(sample && { sample }) }));
  }

  report(error: unknown): void {
    const stack = error instanceof Error ? error.stack : undefined;
    this.host.report({ message: messageOf(error), ...(stack && { stack }) }).catch(() => {});
  }

  tell(promise: Promise<unknown>): void {
    promise.catch((error: unknown) => this.report(error));
  }

  #begin(): void {
    const tensor = tensorOf(this.#state);
    if (!tensor || tensor.unusable !== undefined || tensor.shape.includes(0)) return;
    if (this.#state.summary.kind === 'none') this.summarise();
    if (this.#state.overview.kind === 'none' && tensor.shape.length > 0) this.runOverview();
  }

  #forget(key: Job): void {
    const work = this.#state[key];
    if (work.kind === 'running') this.tell(this.host.cancel({ job: work.job }));
    this.#set({ [key]: { kind: 'none' } });
  }

  async #run<T>(key: Job, ask: (job: string) => Promise<T>): Promise<void> {
    const job = `${key}-${++this.#jobs}`;
    this.#set({ [key]: { kind: 'running', job, progress: null } });
    const mine = () => {
      const work = this.#state[key];
      return work.kind === 'running' && work.job === job;
    };
    try {
      await this.#seen;
      if (!mine()) return;
      const value = await ask(job);
      if (mine()) this.#set({ [key]: { kind: 'done', value } });
    } catch (error) {
      const cancelled = error instanceof Cancelled;
      if (!cancelled && !(error instanceof UserError) && !(error instanceof EngineLost)) this.report(error);
      if (mine()) this.#set({ [key]: { kind: 'failed', message: messageOf(error), cancelled } });
    }
  }

  #set(part: Partial<ViewState>): void {
    this.#state = { ...this.#state, ...part };
    for (const listener of this.#listeners) listener();
  }
}

export function tensorOf({ file, choice }: Pick<ViewState, 'file' | 'choice'>): TensorDescription | undefined {
  return file.tensors.find(({ name }) => name === choice.tensor);
}

/** Whether the columns of a table are shown, text among them. */
export function isTable({ file, choice }: Pick<ViewState, 'file' | 'choice'>): boolean {
  return file.columns !== undefined && choice.tensor === null;
}

/** Columns of a table that are units: those chosen, or every one of numbers that neither identifies nor labels the rows. */
export function unitsOf({ file, choice }: Pick<ViewState, 'file' | 'choice'>): readonly string[] {
  if (choice.units) return choice.units;
  const { ids, labels } = choice;
  const numbers = numbersOf(file, ids);
  const label = labels?.path === file.path ? labels.column : undefined;
  const others = numbers.filter((name) => name !== label);
  return others.length > 0 ? others : numbers;
}

function numbersOf({ columns = [] }: FileDescription, ids: string | undefined): string[] {
  return columns.flatMap(({ name, numeric }) => (numeric && name !== ids ? name : []));
}

/** Rows and columns that are shown. */
export function shownShape(state: Pick<ViewState, 'file' | 'choice'>): [number, number] {
  const tensor = tensorOf(state);
  if (!tensor) return [0, 0];
  if (isTable(state)) return [tensor.shape[0] ?? 0, state.file.columns?.length ?? 0];
  return planeShape(tensor.shape, state.choice.slice ?? firstSlice(tensor.shape));
}

/** Values that are described in seconds; of more, the overview takes a sample of the rows. */
const quick = 40e6;
/** Rows of a sample. */
const most = 20_000;

/** How many rows the overview looks at; undefined where all. */
export function sampleOf(state: Pick<ViewState, 'file' | 'choice'>): number | undefined {
  const [rows = 1, ...rest] = tensorOf(state)?.shape ?? [];
  const units = isTable(state) ? unitsOf(state).length : rest.reduce((n, side) => n * side, 1);
  if (rows * units <= quick) return undefined;
  const sample = Math.min(most, Math.max(64, Math.floor(quick / 2 / units)));
  return sample < rows ? sample : undefined;
}

/** What a table itself suggests as identifiers and labels. */
function suggestion({ path, suggested, tensors }: FileDescription): ViewChoice | null {
  if (!suggested) return null;
  const { ids, labels } = suggested;
  return {
    tensor: preferred({ tensors })?.name ?? null,
    ...(ids !== undefined && { ids }),
    ...(labels !== undefined && { labels: { path, column: labels } }),
  };
}

/** What a file stands for where nothing of it is named: of a table, a column of lists before its columns of numbers. */
function preferred({ tensors }: Pick<FileDescription, 'tensors'>): TensorDescription | undefined {
  const usable = tensors.filter(({ unusable }) => unusable === undefined);
  return usable.find(({ name }) => name !== null) ?? usable[0] ?? tensors[0];
}

/** The choice as far as the file has it. */
function valid(choice: ViewChoice | null, { tensors, columns }: FileDescription): ViewChoice {
  const named = choice && tensors.find(({ name }) => name === choice.tensor);
  const tensor = named ?? preferred({ tensors });
  const name = tensor?.name ?? null;
  const shape = tensor?.shape ?? [];
  const { slice, units, ids, labels, query, raw } = choice ?? {};
  const known = new Set(columns?.map((column) => column.name));
  const some = units?.filter((unit) => known.has(unit)) ?? [];
  return {
    tensor: name,
    slice: slice && fits(shape, slice) ? slice : firstSlice(shape),
    ...(some.length > 0 && { units: some }),
    ...(ids !== undefined && known.has(ids) && { ids }),
    ...(labels && { labels }),
    ...(query !== undefined && { query }),
    ...(raw !== undefined && { raw }),
  };
}
