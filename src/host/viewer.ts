import * as vscode from 'vscode';
import { emit, type Port } from '../protocol/channel';
import type { FileDescription } from '../protocol/engine';
import { UserError } from '../protocol/errors';
import type { InputSpec } from '../protocol/result';
import type { ViewChoice, ViewerApi, ViewerEvents, ViewerState } from '../protocol/viewer';
import { asked } from './errors';
import { saveExport } from './export';
import { nameOf, pathOf } from './files';
import { Jobs } from './jobs';
import { pickLabels } from './labels';
import { isLocal } from './paths';
import { servePages } from './port';
import type { Services } from './services';
import { watchFiles } from './watch';

/** What the viewer starts elsewhere. */
export interface ViewerActions {
  compareWith(input: InputSpec): Promise<unknown>;
  analyse(input: InputSpec, choice: ViewChoice): Promise<unknown>;
}

/** One open file: it answers the page, and remembers what the person has chosen of it. */
export class Viewer implements vscode.Disposable {
  readonly #jobs = new Jobs((job, progress) => this.#tell('progress', { job, progress }));
  readonly #disposables: vscode.Disposable[] = [];
  #page: Port | undefined;
  #choice: ViewChoice | null;
  /** What is in the file, asked for while the page is loaded: for the first that asks. */
  #opening: Promise<FileDescription> | undefined;

  /** @param wanted the tensor that was asked for, where one was. */
  constructor(
    private readonly host: Services,
    private readonly actions: ViewerActions,
    readonly uri: vscode.Uri,
    webview: vscode.Webview,
    wanted: string | null | undefined,
  ) {
    const kept = host.context.workspaceState.get<ViewChoice>(this.#key) ?? null;
    this.#choice = wanted === undefined ? kept : { ...kept, ...withTensor(kept, wanted) };
    this.#opening = this.#open();
    this.#opening.catch(() => {});
    this.#disposables.push({
      dispose: servePages(webview, this.#api, (port) => {
        this.#page = port;
      }),
    });
    if (uri.scheme === 'file' && isLocal(uri.fsPath)) {
      this.#disposables.push(watchFiles([uri.fsPath], () => void this.#changed()));
    }
  }

  /** What is chosen, as the page last said. */
  get choice(): ViewChoice | null {
    return this.#choice;
  }

  show(tensor: string | null): void {
    this.#choice = withTensor(this.#choice, tensor);
    this.#tell('show', { tensor });
  }

  dispose(): void {
    this.#jobs.dispose();
    this.#page = undefined;
    vscode.Disposable.from(...this.#disposables).dispose();
  }

  readonly #api: ViewerApi = {
    ready: () => this.#ready(),
    describe: (reading) => this.#call((engine, o) => engine.open({ ...reading, path: this.#path }, o)),
    window: (request) => this.#call((engine, o) => engine.window({ ...request, path: this.#path }, o)),
    summarise: ({ job, request }) =>
      this.#jobs.start(`summary ${JSON.stringify(request)}`, job, (options) =>
        this.host.engine.call((engine, o) => engine.summarise({ ...request, path: this.#path }, o), options),
      ),
    overview: ({ job, choice, sample }) =>
      this.#jobs.start(`overview ${JSON.stringify([choice, sample])}`, job, (options) => {
        const { labels } = choice;
        const inputs = [this.#input(choice)];
        const request = { method: 'overview', inputs, ...(labels && { labels }), ...(sample && { sample }), seed: 0 };
        return this.host.engine.call((engine, o) => engine.run(request, o), options);
      }),
    cancel: async ({ job }) => this.#jobs.cancel(job),
    choose: async (choice) => {
      this.#choice = choice;
      await this.host.context.workspaceState.update(this.#key, choice);
    },
    compareWith: async (choice) => void this.host.guard(() => this.actions.compareWith(this.#input(choice))),
    analyse: async (choice) => void this.host.guard(() => this.actions.analyse(this.#input(choice), choice)),
    openOtherwise: async () => void vscode.commands.executeCommand('workbench.action.reopenWithEditor'),
    pickLabels: () => asked(this.host.guard, () => pickLabels(this.host.engine, this.#path)),
    export: (call) => asked(this.host.guard, () => saveExport(call, this.#path)),
    copy: async (text) => vscode.env.clipboard.writeText(text),
    openLog: async () => this.host.log.show(),
    report: async ({ message, stack }) => this.host.log.error(`Viewer: ${stack ?? message}`),
  };

  get #key(): string {
    return `viewer ${this.uri.toString()}`;
  }

  get #path(): string {
    return pathOf(this.uri);
  }

  #call: Services['engine']['call'] = (use, options) => this.host.engine.call(use, options);

  #input({ tensor, units, ids, query, raw }: ViewChoice): InputSpec {
    const path = this.#path;
    return {
      path,
      ...(tensor !== null && { tensor }),
      ...(units && { columns: units }),
      ...(ids !== undefined && { ids: { path, column: ids } }),
      ...(query !== undefined && { query }),
      ...(raw !== undefined && { raw }),
    };
  }

  async #ready(): Promise<ViewerState> {
    const title = nameOf(this.uri);
    const choice = this.#choice;
    try {
      const opening = this.#opening ?? this.#open();
      this.#opening = undefined;
      const [file, methods] = await Promise.all([opening, this.host.engine.methods()]);
      return { title, file, choice, overview: methods.find(({ id }) => id === 'overview') ?? null };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.host.log.warn(error.message);
      return { title, file: { problem: error.message }, choice, overview: null };
    }
  }

  #open(): Promise<FileDescription> {
    const { raw, query } = this.#choice ?? {};
    return this.#call((engine) => engine.open({ path: this.#path, ...(raw && { raw }), ...(query && { query }) }));
  }

  async #changed(): Promise<void> {
    this.#opening = undefined;
    const missing = await vscode.workspace.fs.stat(this.uri).then(
      () => false,
      () => true,
    );
    this.#tell('changed', { missing });
  }

  #tell<K extends keyof ViewerEvents & string>(event: K, value: ViewerEvents[K]): void {
    if (this.#page) emit<ViewerEvents, K>(this.#page, event, value);
  }
}

/** Another tensor has another slice, but the file is read as it was. */
function withTensor(choice: ViewChoice | null, tensor: string | null): ViewChoice {
  const { slice: _, ...rest } = choice ?? { tensor };
  return choice?.tensor === tensor ? choice : { ...rest, tensor };
}
