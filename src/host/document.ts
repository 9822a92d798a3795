import * as vscode from 'vscode';
import type { Analysis, AnalysisRequest } from '../protocol/analysis';
import { messageOf, UserError } from '../protocol/errors';
import { nameOf } from './files';
import type { Host } from './host';
import { analysisPage, pageOptions, problemPage } from './page';
import { analysisOf, isSame, readDocument, writeAnalysis } from './saved';
import { Session, type SessionHome } from './session';
import { watchFiles } from './watch';

export const documentType = 'sextant.document';

/** An open `.sextant` document: a session, or what is wrong with the file. */
class AnalysisDocument implements vscode.CustomDocument {
  readonly disposables: vscode.Disposable[] = [];
  #last: Promise<unknown> = Promise.resolve();

  content: Session | { readonly problem: string } = { problem: '' };
  /** What the file holds, as far as is known here. */
  private bytes: Uint8Array = new Uint8Array();
  /** What is in it; absent where that is not what is shown. */
  private saved?: Analysis | undefined;

  closed = false;

  constructor(readonly uri: vscode.Uri) {}

  /** @param saved whether that is what the file holds */
  hold(session: Session, bytes: Uint8Array, saved: boolean): void {
    this.content = session;
    this.bytes = bytes;
    this.saved = saved ? session.analysis : undefined;
  }

  /** @throws UserError for a file that is no analysis: there is nothing to write. */
  get session(): Session {
    if (this.content instanceof Session) return this.content;
    throw new UserError(this.content.problem);
  }

  /**
   * What reads the file or writes it, one after the other. Between its bytes and what is known of them lies what was written here:
   * a save that VS Code begins beside another, by itself, would hold that for the work of another program; and a late look would
   * put an older content, or the same once more, in the place of what has begun since.
   */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  /** @throws CancellationError where another program has written the file meanwhile, and that is to stay. */
  save(): Promise<void> {
    return this.#inTurn(() => this.#save());
  }

  async #save(): Promise<void> {
    const { session } = this;
    if ((await this.#isOvertaken()) && !(await mayOverwrite(this.uri))) throw new vscode.CancellationError();
    const { analysis } = session;
    this.bytes = await writeAnalysis(this.uri, analysis);
    this.saved = analysis;
  }

  /** For undo and redo: shows what was asked at another time. Results that have come since stay. */
  ask(request: AnalysisRequest): void {
    this.session.replace({ ...this.session.analysis, request });
  }

  /** Whether something would get lost with the session. What was undone is as it was. */
  get #isDirty(): boolean {
    const { request, results, comparisons, studies } = this.session.analysis;
    const { saved } = this;
    const same = saved?.results === results && saved.comparisons === comparisons && saved.studies === studies;
    return !same || saved.request !== request;
  }

  async #isOvertaken(): Promise<boolean> {
    // What cannot be read is not there any more: nothing would get lost.
    const there = await readDocument(this.uri).catch(() => undefined);
    return there !== undefined && !(await isSame(there, this.bytes));
  }

  /** Throws away what was not saved. @throws UserError */
  async revert(): Promise<void> {
    // A result that came in meanwhile would make it dirty again.
    this.session.stop();
    await this.#inTurn(async () => {
      const bytes = await readDocument(this.uri);
      this.#replace(bytes, await analysisOf(bytes, this.uri));
    });
  }

  /** Shows what another program has written, unless something here would get lost. @throws UserError */
  follow(): Promise<void> {
    return this.#inTurn(() => this.#look());
  }

  async #look(): Promise<void> {
    const bytes = await readDocument(this.uri);
    if (await isSame(bytes, this.bytes)) return;
    const analysis = await analysisOf(bytes, this.uri);
    if (!this.#isDirty) this.#replace(bytes, analysis);
  }

  #replace(bytes: Uint8Array, analysis: Analysis): void {
    // While the file was read the editor may have been closed.
    if (this.closed) return;
    this.bytes = bytes;
    this.saved = analysis;
    this.session.replace(analysis);
  }

  dispose(): void {
    this.closed = true;
    if (this.content instanceof Session) this.content.dispose();
    vscode.Disposable.from(...this.disposables).dispose();
  }
}

async function mayOverwrite(uri: vscode.Uri): Promise<boolean> {
  const overwrite = 'Overwrite';
  const detail = 'What it wrote gets lost if you overwrite it. To see it instead, cancel and run File: Revert File.';
  const message = `Another program has changed ${nameOf(uri)} since it was read here.`;
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, overwrite)) === overwrite;
}

/** Shows saved analyses as they were saved; running again makes them dirty. What is asked can be undone. */
export class AnalysisEditors implements vscode.CustomEditorProvider<AnalysisDocument> {
  readonly #changes = new vscode.EventEmitter<
    vscode.CustomDocumentEditEvent<AnalysisDocument> | vscode.CustomDocumentContentChangeEvent<AnalysisDocument>
  >();
  readonly onDidChangeCustomDocument = this.#changes.event;
  /** Documents that are opened for analyses that may not be finished, with what the page of each has kept. */
  readonly #goingOn = new Map<string, unknown>();

  constructor(private readonly host: Host) {}

  /**
   * Opens the document that an analysis has just been saved as; what is still to be computed is computed there.
   * @param kept by the page whose place the document's takes
   */
  async goOn(uri: vscode.Uri, column: vscode.ViewColumn | undefined, kept: unknown): Promise<void> {
    const key = uri.toString();
    this.#goingOn.set(key, kept);
    try {
      await vscode.commands.executeCommand('vscode.openWith', uri, documentType, column);
    } finally {
      // One that was open already has not asked.
      this.#goingOn.delete(key);
    }
  }

  async openCustomDocument(uri: vscode.Uri, { backupId }: vscode.CustomDocumentOpenContext): Promise<AnalysisDocument> {
    const document = new AnalysisDocument(uri);
    try {
      await this.#load(document, backupId === undefined ? uri : vscode.Uri.parse(backupId));
    } catch (error) {
      this.host.log.warn(messageOf(error));
      document.content = { problem: messageOf(error) };
    }
    return document;
  }

  /** @param source the file, or a backup of what was not saved @throws UserError for one that holds no analysis */
  async #load(document: AnalysisDocument, source: vscode.Uri): Promise<void> {
    const { uri } = document;
    const home: SessionHome = {
      title: () => nameOf(uri),
      computeAtOnce: this.#goingOn.has(uri.toString()),
      kept: this.#goingOn.get(uri.toString()),
      save: async () => ((await vscode.workspace.save(uri)) ? { path: uri.fsPath } : null),
    };
    const bytes = await readDocument(source);
    const analysis = await analysisOf(bytes, uri);
    // Of a backup the file itself is what a later save is not to overwrite unasked.
    const there = source === uri ? bytes : await readDocument(uri).catch(() => bytes);
    // Another look at it may have been faster, or the editor closed.
    if (document.closed || document.content instanceof Session) return;
    const session = new Session(this.host, home, analysis);
    document.hold(session, there, source === uri);
    document.disposables.push(
      session.onDidChange((before) => {
        const { request } = session.analysis;
        const edit = {
          label: 'Change Analysis',
          undo: () => document.ask(before),
          redo: () => document.ask(request),
        };
        this.#changes.fire({ document, ...(request !== before && edit) });
      }),
    );
  }

  resolveCustomEditor(document: AnalysisDocument, panel: vscode.WebviewPanel): void {
    const { uri } = document;
    this.#show(document, panel);
    if (uri.scheme !== 'file') return;
    const follow = () => void this.host.guard(() => this.#follow(document, panel));
    document.disposables.push(watchFiles([uri.fsPath], follow));
  }

  #show({ content, uri }: AnalysisDocument, panel: vscode.WebviewPanel): void {
    const { extensionUri } = this.host.context;
    if (!(content instanceof Session)) {
      panel.webview.options = { enableCommandUris: ['vscode.openWith'] };
      const action = { title: 'Open it as text', command: 'vscode.openWith', arguments: [uri, 'default'] };
      panel.webview.html = problemPage(content.problem, action);
      return;
    }
    panel.webview.options = pageOptions(extensionUri);
    this.host.sessions.add(content, panel);
    content.attach(panel.webview, () => {
      panel.webview.html = analysisPage(panel.webview, extensionUri);
    });
  }

  /** A file that another program, or the person as text, has changed. */
  async #follow(document: AnalysisDocument, panel: vscode.WebviewPanel): Promise<void> {
    if (document.content instanceof Session) return document.follow();
    try {
      await this.#load(document, document.uri);
    } catch (error) {
      document.content = { problem: messageOf(error) };
    }
    if (!document.closed) this.#show(document, panel);
  }

  saveCustomDocument(document: AnalysisDocument): Promise<void> {
    return document.save();
  }

  async saveCustomDocumentAs(document: AnalysisDocument, destination: vscode.Uri): Promise<void> {
    await writeAnalysis(destination, document.session.analysis);
  }

  revertCustomDocument(document: AnalysisDocument): Promise<void> {
    return document.revert();
  }

  async backupCustomDocument(
    document: AnalysisDocument,
    { destination }: vscode.CustomDocumentBackupContext,
  ): Promise<vscode.CustomDocumentBackup> {
    await writeAnalysis(destination, document.session.analysis, document.uri);
    const remove = () => vscode.workspace.fs.delete(destination).then(undefined, () => {});
    return { id: destination.toString(), delete: remove };
  }
}
