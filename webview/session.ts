import type { AnalysisRequest, MethodChoice } from '../src/protocol/analysis';
import type { InputState, Progress } from '../src/protocol/engine';
import { Cancelled, EngineLost, messageOf, UserError } from '../src/protocol/errors';
import type {
  Comparison,
  LabelSpec,
  LayerReduction,
  ModelRun,
  Reduction,
  Resample,
  Result,
} from '../src/protocol/result';
import type { Study, StudyChoice } from '../src/protocol/study';
import type { HostApi, InitialState } from '../src/protocol/webview';
import { answers, type Catalogue, comparesAs, type Job, jobsOf, studiesAs } from './jobs';
import { type ParameterChange, preparationGiven, withShared } from './parameters';

/** Why a job has no result though it was tried. */
export interface Failure {
  readonly kind: 'error' | 'lost' | 'cancelled';
  readonly message: string;
}

export interface PageState {
  readonly title: string;
  readonly names: readonly string[];
  readonly catalogue: Catalogue;
  readonly request: AnalysisRequest;
  readonly results: ReadonlyMap<string, Result>;
  readonly comparisons: ReadonlyMap<string, Comparison>;
  readonly studies: ReadonlyMap<string, Study>;
  readonly failures: ReadonlyMap<string, Failure>;
  /** The job that the engine has; one at a time, so that its estimate holds and cancelling frees the engine. */
  readonly running: { readonly key: string; readonly id: string; readonly progress: Progress | null } | null;
  /** Nothing is computed until the person asks. */
  readonly held: boolean;
  readonly inputs: readonly InputState[];
  /** Which of `request.methods` is open in detail. */
  readonly open: number | null;
}

/** Whether a file that the results were computed from is not there any more. */
export function isMissing({ inputs }: PageState): boolean {
  return inputs.some(({ state }) => state === 'missing');
}

/** What the page shows and what is being computed for it. Every change of the request goes to the host. */
export class Session {
  #state: PageState;
  #saved: Pick<InitialState['analysis'], 'results' | 'comparisons' | 'studies'>;
  #listeners = new Set<() => void>();
  #jobs = 0;
  /** What goes on beside the running job, and who follows it. */
  readonly #followed = new Map<string, (progress: Progress) => void>();
  /** The running job, once it has been told to stop. */
  #stopping: string | null = null;

  constructor(
    private readonly host: HostApi,
    { analysis, methods, title, names, computeAtOnce }: InitialState,
    kept: number | null | undefined,
  ) {
    const { request } = analysis;
    const [only] = request.methods.length === 1 ? request.methods : [];
    const asked = methods.find(({ id, takes, recommended }) => id === only?.method && takes === 'pair' && !recommended);
    // What was asked for by its name, and not as one measure of several, is shown with all of its tables.
    const open = kept === undefined && asked && request.inputs.length === 2 ? 0 : (kept ?? null);
    this.#saved = analysis;
    this.#state = {
      ...{ title, names, request, results: new Map(), comparisons: new Map(), studies: new Map() },
      failures: new Map(),
      ...{ catalogue: new Map(methods.map((method) => [method.id, method])), running: null, held: !computeAtOnce },
      ...{ inputs: [], open: open !== null && open < request.methods.length ? open : null },
    };
    this.#advance();
  }

  get state(): PageState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Asks for something else; what is undefined, no more. Results that still answer stay; the rest is computed, now that the
   * person has asked.
   */
  change(part: { readonly [K in keyof AnalysisRequest]?: AnalysisRequest[K] | undefined }): void {
    const asked = Object.entries({ ...this.#state.request, ...part }).filter(([, value]) => value !== undefined);
    const request = Object.fromEntries(asked) as unknown as AnalysisRequest;
    this.#set({ request, held: false });
    this.#tell(this.host.request(request));
    this.#advance();
  }

  setLabels(labels: LabelSpec | null): void {
    this.change(labels ? { labels } : { labels: undefined, within: undefined });
  }

  /** How values are calibrated: pairings of the rows at random, and whether only within the categories of the labels. */
  setPairings(permutations: number, within: boolean): void {
    const some = permutations > 0;
    this.change({ permutations: some ? permutations : undefined, within: some && within ? true : undefined });
  }

  setResample(resample: Resample | null): void {
    this.change({ resample: resample ?? undefined });
  }

  /** Colours rows by other values, of whose spread the person has said nothing yet. */
  setColour(part: Partial<Pick<AnalysisRequest, 'colour' | 'methods'>>): void {
    this.change({ colourSpread: undefined, ...part });
  }

  /** Pairs rows by what identifies those of each input, or by position. */
  setIdentifiers(ids: readonly LabelSpec[] | null): void {
    const inputs = this.#state.request.inputs.map(({ ids: _, ...input }, i) => {
      const own = ids?.[i];
      return own ? { ...input, ids: own } : input;
    });
    this.change({ inputs });
  }

  /** What shows the rows, or no more than their numbers and names. */
  setGallery(gallery: LabelSpec | null): void {
    this.change({ gallery: gallery ?? undefined });
  }

  /** Studies the files as runs, or no more. */
  setStudy(study: StudyChoice | null): void {
    this.change({ study: study ?? undefined });
  }

  setReduction(reduce: Reduction): void {
    this.change({ inputs: this.#state.request.inputs.map((input) => ({ ...input, reduce })) });
  }

  /** How data is prepared for a model, where not as its folder says; all of its layers are computed from it. */
  setPreparation(path: string, change: ParameterChange): void {
    const inputs = this.#state.request.inputs.map((input) => {
      if (input.path !== path || !input.model) return input;
      const { reduce, ...preparation } = change(preparationGiven(input.model)) ?? {};
      const model: ModelRun = {
        data: input.model.data,
        ...(reduce !== undefined && { reduce: reduce as LayerReduction }),
        ...(Object.keys(preparation).length > 0 && { preparation }),
      };
      return { ...input, model };
    });
    this.change({ inputs });
  }

  /** Changes parameters of methods as they are now, not as they were when somebody began to type. */
  setParameters(of: (choice: MethodChoice, index: number) => boolean, change: ParameterChange): void {
    const methods = this.#state.request.methods.map((choice, i) => {
      if (!of(choice, i)) return choice;
      const { parameters: now, ...rest } = choice;
      const parameters = change(now);
      return { ...rest, ...(parameters && { parameters }) };
    });
    this.change({ methods });
  }

  /** Sets parameters in every method that has them. */
  setShared(set: Readonly<Record<string, unknown>>): void {
    const { request, catalogue } = this.#state;
    this.change({ methods: withShared(request.methods, catalogue, set) });
  }

  setChoice(index: number, choice: MethodChoice): void {
    this.change({ methods: this.#state.request.methods.map((old, i) => (i === index ? choice : old)) });
  }

  add(methods: readonly MethodChoice[]): void {
    this.change({ methods: [...this.#state.request.methods, ...methods] });
  }

  remove(index: number): void {
    this.open(null);
    this.change({ methods: this.#state.request.methods.filter((_, i) => i !== index) });
  }

  open(index: number | null): void {
    this.#set({ open: index });
  }

  /** A name for work beside the results, whose progress `hear` is told until {@link forget}. */
  follow(hear: (progress: Progress) => void): string {
    const job = `beside ${++this.#jobs}`;
    this.#followed.set(job, hear);
    return job;
  }

  /** Nobody wants it any more: it is stopped if it is not done. */
  forget(job: string): void {
    if (this.#followed.delete(job)) this.#tell(this.host.cancel({ job }));
  }

  progress(job: string, progress: Progress): void {
    this.#followed.get(job)?.(progress);
    const { running } = this.#state;
    if (running?.id !== job) return;
    // What was drawn last stays until there is more.
    const sketch = progress.sketch ?? running.progress?.sketch;
    this.#set({ running: { ...running, progress: { ...progress, ...(sketch && { sketch }) } } });
  }

  /**
   * What failed before the files changed may not fail any more, once all are there: it is computed again, or where files are
   * others than the results are from, when the person asks.
   */
  setInputs(inputs: readonly InputState[]): void {
    const others = (states: readonly InputState[]) =>
      JSON.stringify(states.flatMap(({ record: { path }, state }) => (state === 'same' ? [] : [path, state])));
    const before = others(this.#state.inputs);
    this.#set({ inputs });
    if (others(inputs) === before || isMissing(this.#state)) return;
    const failures = new Map([...this.#state.failures].filter(([, { kind }]) => kind !== 'error'));
    // Without any, what is being computed goes on: anew, maybe, since files have changed.
    if (failures.size === this.#state.failures.size) return;
    const changed = inputs.some(({ state }) => state === 'changed');
    this.#set({ failures, held: this.#state.held || changed });
    this.#advance();
  }

  /**
   * Forgets every result, those of other pairs too: they may come from files that have changed. Not while one is missing:
   * nothing could take their place.
   */
  rerun(): void {
    if (isMissing(this.#state)) return;
    this.#saved = { results: [], comparisons: [] };
    this.#set({ results: new Map(), comparisons: new Map(), studies: new Map(), failures: new Map() });
    this.#set({ inputs: [], held: false });
    this.#advance();
  }

  /** Computes what was held, cancelled or has failed: one job, or all. */
  resume(key?: string): void {
    const failures = new Map([...this.#state.failures].filter(([failed]) => key !== undefined && failed !== key));
    this.#set({ failures, held: false });
    this.#advance();
  }

  /** Cancels one job, begun or not, or all. */
  cancel(key?: string): void {
    const keys = key === undefined ? this.#wanted().filter((job) => !this.#settled(job)) : [{ key }];
    const failures = new Map(this.#state.failures);
    for (const job of keys) failures.set(job.key, { kind: 'cancelled', message: 'Cancelled.' });
    this.#set({ failures });
    this.#advance();
  }

  #wanted(): readonly Job[] {
    return jobsOf(this.#state.request, this.#state.catalogue);
  }

  #settled({ key }: Job): boolean {
    const { results, comparisons, studies, failures } = this.#state;
    return results.has(key) || comparisons.has(key) || studies.has(key) || failures.has(key);
  }

  /** Takes what was saved, stops what nobody wants any more, and begins the next job if the engine is free. */
  #advance(): void {
    const wanted = this.#wanted();
    this.#adopt(wanted.filter((job) => !this.#settled(job)));
    const { running, failures, held } = this.#state;
    if (running) {
      const stop = failures.has(running.key) || !wanted.some(({ key }) => key === running.key);
      if (stop && this.#stopping !== running.id) {
        this.#stopping = running.id;
        this.#tell(this.host.cancel({ job: running.id }));
      }
      return;
    }
    const next = held ? undefined : wanted.find((job) => !this.#settled(job));
    if (next) void this.#run(next);
  }

  #adopt(jobs: readonly Job[]): void {
    const { catalogue } = this.#state;
    const results = new Map(this.#state.results);
    const comparisons = new Map(this.#state.comparisons);
    const studies = new Map(this.#state.studies);
    for (const job of jobs) {
      if (job.kind === 'run') {
        const found = this.#saved.results.findLast((result) => answers(result, job.request, catalogue));
        if (found) results.set(job.key, found);
      } else if (job.kind === 'study') {
        const found = this.#saved.studies?.findLast((saved) => studiesAs(saved, job.request, catalogue));
        if (found) studies.set(job.key, found);
      } else {
        const found = this.#saved.comparisons.findLast((saved) => comparesAs(saved, job.request, catalogue));
        if (found) comparisons.set(job.key, found);
      }
    }
    this.#set({ results, comparisons, studies });
  }

  async #run(job: Job): Promise<void> {
    const id = `job-${++this.#jobs}`;
    const { key } = job;
    const saved = this.#saved;
    this.#set({ running: { key, id, progress: null } });
    try {
      if (job.kind === 'run') {
        const result = await this.host.run({ job: id, request: job.request });
        // What was computed before a re-run was asked for may come from older files.
        if (saved === this.#saved) this.#set({ results: new Map(this.#state.results).set(key, result) });
      } else if (job.kind === 'study') {
        const study = await this.host.study({ job: id, request: job.request });
        if (saved === this.#saved) this.#set({ studies: new Map(this.#state.studies).set(key, study) });
      } else {
        const comparison = await this.host.compare({ job: id, request: job.request });
        if (saved === this.#saved) this.#set({ comparisons: new Map(this.#state.comparisons).set(key, comparison) });
      }
    } catch (error) {
      // What the page itself stopped has been noted, or is wanted again by now; so is what failed before a re-run.
      const stopped = error instanceof Cancelled && this.#stopping === id;
      if (!stopped && saved === this.#saved) this.#fail(key, error);
    }
    this.#set({ running: null });
    this.#advance();
  }

  #fail(key: string, error: unknown): void {
    const kind = error instanceof Cancelled ? 'cancelled' : error instanceof EngineLost ? 'lost' : 'error';
    if (kind === 'error' && !(error instanceof UserError)) this.report(error);
    const failure: Failure = { kind, message: messageOf(error) };
    this.#set({ failures: new Map(this.#state.failures).set(key, failure) });
  }

  report(error: unknown): void {
    const stack = error instanceof Error ? error.stack : undefined;
    this.host.report({ message: messageOf(error), ...(stack && { stack }) }).catch(() => {});
  }

  #tell(promise: Promise<unknown>): void {
    promise.catch((error: unknown) => this.report(error));
  }

  #set(part: Partial<PageState>): void {
    this.#state = { ...this.#state, ...part };
    for (const listener of this.#listeners) listener();
  }
}
