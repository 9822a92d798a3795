import * as vscode from 'vscode';
import type { Analysis, AnalysisRequest } from '../protocol/analysis';
import { emit, type Port } from '../protocol/channel';
import { isFileColour } from '../protocol/document';
import type { InputState } from '../protocol/engine';
import { messageOf, UserError } from '../protocol/errors';
import { displayNames } from '../protocol/names';
import { partsOf, withoutParts } from '../protocol/opening';
import type { HostApi, Opening, PageEvents } from '../protocol/webview';
import { asked } from './errors';
import { saveExport } from './export';
import { pickByEnding } from './files';
import { pickGallery, readPictures } from './gallery';
import { pickIdentifiers } from './identifiers';
import { Jobs } from './jobs';
import { pickLabels, pickRunColumn } from './labels';
import { saveMade } from './made';
import { pickMethod } from './method-picker';
import { isLocal } from './paths';
import { servePages } from './port';
import type { Services } from './services';
import { recordsOf, withComparison, withResult, withStudy } from './store';
import { watchFiles } from './watch';

/** How a panel and a document differ. */
export interface SessionHome {
  title(): string;
  /** False where saved results are shown as they are. */
  readonly computeAtOnce: boolean;
  /** For pages that keep nothing themselves yet. */
  readonly kept?: unknown;
  /** @param kept by the page, for one that takes its place */
  save(kept: unknown): Promise<{ readonly path: string } | null>;
}

/** One open analysis, with absolute paths: it answers the page, keeps the results and watches the inputs. */
export class Session {
  readonly #changes = new vscode.EventEmitter<AnalysisRequest>();
  /** The request changed, or there is a new result; comes with the request before. */
  readonly onDidChange = this.#changes.event;
  readonly #jobs = new Jobs((job, progress) => this.#tell('progress', { job, progress }));
  /** The page that has asked for its content, and the one that has got it. */
  #coming: Port | undefined;
  #page: Port | undefined;
  /** Came before the page was ready for it. */
  #waiting: PageEvents['command'] | undefined;
  #states: readonly InputState[] = [];
  /** The person has asked for something: until then a document reads nothing from a network. */
  #asked: boolean;
  /** What is missing is computed unasked: never of what was saved, or brought back. */
  #atOnce: boolean;
  #watch: vscode.Disposable | undefined;
  #detach = () => {};
  #load = () => {};

  constructor(
    private readonly host: Services,
    private readonly home: SessionHome,
    private content: Analysis,
  ) {
    this.#asked = this.#atOnce = home.computeAtOnce;
    this.#watchInputs();
  }

  get analysis(): Analysis {
    return this.content;
  }

  /** Of the inputs, as far as they have been compared with the results. */
  get states(): readonly InputState[] {
    return this.#states;
  }

  /** Loads the page into `webview`, and answers it. */
  attach(webview: vscode.Webview, load: () => void): void {
    this.#detach();
    this.#detach = servePages(webview, this.#api, (port) => {
      this.#coming = port;
    });
    this.#load = () => this.attach(webview, load);
    load();
  }

  /** An editor that is hidden throws its page away. */
  pageGone(): void {
    this.#page = undefined;
  }

  command(name: PageEvents['command']['name']): void {
    if (this.#page) this.#tell('command', { name });
    else this.#waiting = { name };
  }

  /** Cancels what is being computed. */
  stop(): void {
    this.#jobs.dispose();
  }

  /** Shows another content instead, as it was saved. */
  replace(content: Analysis): void {
    this.stop();
    this.content = content;
    this.#atOnce = false;
    this.#states = [];
    this.#watchInputs();
    // A page that is on its way will get it; one that has the old content begins anew, and until then nobody hears what it asks.
    if (!this.#page) return;
    this.#page = undefined;
    this.#load();
  }

  dispose(): void {
    this.#detach();
    this.#page = this.#coming = undefined;
    this.stop();
    this.#watch?.dispose();
    this.#changes.dispose();
  }

  readonly #api: HostApi = {
    ready: () => this.#ready(),
    run: ({ job, request }) =>
      this.#jobs.start(`run ${JSON.stringify(request)}`, job, async (options) => {
        const result = await this.host.engine.call((engine, o) => engine.run(request, o), options);
        options.signal.throwIfAborted();
        this.#change({ results: withResult(this.content.results, result, this.content.request) });
        return result;
      }),
    compare: ({ job, request }) =>
      this.#jobs.start(`compare ${JSON.stringify(request)}`, job, async (options) => {
        const comparison = await this.host.engine.call((engine, o) => engine.compare(request, o), options);
        options.signal.throwIfAborted();
        this.#change({ comparisons: withComparison(this.content.comparisons, comparison) });
        return comparison;
      }),
    study: ({ job, request }) =>
      this.#jobs.start(`study ${JSON.stringify(request)}`, job, async (options) => {
        const study = await this.host.engine.call((engine, o) => engine.study(request, o), options);
        options.signal.throwIfAborted();
        this.#change({ studies: withStudy(this.content.studies, study) });
        return study;
      }),
    preparation: (layer) => this.host.engine.call((engine, o) => engine.preparation(layer, o)),
    cancel: async ({ job }) => this.#jobs.cancel(job),
    request: async (request) => {
      this.#asked = true;
      if (JSON.stringify(request) === JSON.stringify(this.content.request)) return;
      this.#change({ request });
      this.#watchInputs();
    },
    save: (kept) => this.#asks(() => this.home.save(kept)),
    saveMade: (request) => this.#asks(() => saveMade(this.host.engine, request)),
    export: (call) => this.#asks(() => saveExport(call, this.#near)),
    pickMethod: ({ title, methods }) =>
      this.#asks(async () => {
        const known = await this.host.engine.methods();
        const picked = await pickMethod(
          known.filter(({ id }) => methods.includes(id)),
          title,
        );
        return picked?.id ?? null;
      }),
    pickLabels: () => this.#asks(() => pickLabels(this.host.engine, this.#near)),
    pickRunColumn: ({ what }) =>
      this.#asks(() =>
        pickRunColumn(
          this.host.engine,
          this.#near,
          what === 'groups'
            ? 'Groups: a table, and its column with the group of each run'
            : 'Scores: a table, and its column with a number for each run',
        ),
      ),
    pickFile: (call) => this.#asks(() => pickByEnding(call)),
    pickIdentifiers: (inputs) => this.#asks(() => pickIdentifiers(this.host.engine, inputs)),
    pictures: async ({ spec, rows }) => {
      const { column } = spec;
      const asked = { path: this.#named(spec.path), rows, ...(column !== undefined && { column }) };
      return readPictures(await this.host.engine.call((engine, o) => engine.images(asked, o)));
    },
    pickGallery: () => this.#asks(() => pickGallery(this.host.engine, this.#near)),
    describe: ({ path }) => this.host.engine.call((engine, o) => engine.open({ path: this.#named(path) }, o)),
    window: (request) =>
      this.host.engine.call((engine, o) => engine.window({ ...request, path: this.#named(request.path) }, o)),
    neighbours: async ({ job, request }) => {
      this.#named(request.input.path);
      return this.#jobs.start(`neighbours ${JSON.stringify(request)}`, job, (options) =>
        this.host.engine.call((engine, o) => engine.neighbours(request, o), options),
      );
    },
    rowValues: (request) => {
      this.#named(request.values.path);
      return this.host.engine.call((engine, o) => engine.rowValues(request, o));
    },
    showReference: async ({ method }) => {
      const known = (await this.host.engine.methods()).find(({ id }) => id === method);
      if (known) await vscode.commands.executeCommand('sextant.showReference', known);
    },
    copy: async (text) => vscode.env.clipboard.writeText(text),
    openLog: async () => this.host.log.show(),
    report: async ({ message, stack }) => this.host.log.error(`Page: ${stack ?? message}`),
  };

  /** Something that needs an answer of the person, who is told here what went wrong: to the page it was dismissed. */
  #asks<T>(work: () => PromiseLike<T | null>): Promise<T | null> {
    return asked(this.host.guard, work);
  }

  /** The page reads files that its request names, and no others. */
  #named(path: string): string {
    const { inputs, gallery, labels, colour, size } = this.content.request;
    const beside = [gallery, labels, ...[colour, size].filter(isFileColour)].flatMap((spec) => spec ?? []);
    const files = [...inputs, ...inputs.flatMap(({ model }) => model?.data ?? []), ...beside];
    if (!isLocal(path) && !this.#asked)
      throw new UserError(`${path} is on a network: it is read once something of this analysis is computed.`);
    if (files.some((file) => file.path === path)) return path;
    throw new UserError(`${path} is no file of this analysis.`);
  }

  async #ready(): Promise<Opening> {
    const methods = await this.host.engine.methods();
    const page = this.#coming;
    this.#page = page;
    const parts = partsOf(this.content);
    // After the answer, and as long as this is the page.
    setImmediate(async () => {
      for (const part of parts) {
        if (page !== this.#page) return;
        this.#tell('part', part);
        await new Promise(setImmediate);
      }
      if (this.#waiting) this.#tell('command', this.#waiting);
      this.#waiting = undefined;
      void this.#check();
    });
    const analysis = withoutParts(this.content);
    const names = displayNames(analysis.request.inputs);
    const { kept } = this.home;
    return {
      analysis,
      parts: parts.length,
      methods,
      title: this.home.title(),
      names,
      computeAtOnce: this.#atOnce,
      kept,
    };
  }

  #change(part: Partial<Analysis>): void {
    const { request } = this.content;
    this.content = { ...this.content, ...part };
    this.#changes.fire(request);
    if (this.#states.some(({ state }) => state !== 'same')) void this.#check();
  }

  /** Where files lie that are likely to go with it. */
  get #near(): string | undefined {
    return this.content.request.inputs[0]?.path;
  }

  #watchInputs(): void {
    const { inputs, labels } = this.content.request;
    const data = inputs.flatMap(({ model }) => model?.data ?? []);
    const paths = [...inputs, ...data, ...(labels ? [labels] : [])].map(({ path }) => path).filter(isLocal);
    this.#watch?.dispose();
    this.#watch = watchFiles(paths, () => void this.#check());
  }

  /** Asks whether the inputs still are what the results were computed from, and tells the page. */
  async #check(): Promise<void> {
    const { content } = this;
    const records = recordsOf(content.results, content.comparisons, content.studies).filter(({ path, model }) =>
      [path, ...(model?.data ?? []).map((one) => one.path)].every(isLocal),
    );
    if (records.length === 0) return;
    try {
      const states = await this.host.engine.call((engine) => engine.check(records));
      // What was asked of an earlier content is no answer any more.
      if (content !== this.content) return void this.#check();
      this.#states = states;
      this.#tell('inputs', states);
    } catch (error) {
      // Nobody asked for it; what is asked for fails aloud.
      this.host.log.warn(messageOf(error));
    }
  }

  #tell<K extends keyof PageEvents & string>(event: K, value: PageEvents[K]): void {
    if (this.#page) emit<PageEvents, K>(this.#page, event, value);
  }
}
