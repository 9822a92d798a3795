import * as vscode from 'vscode';
import { modelPage } from '../figures/model';
import { referencePage, selfTestPage } from '../figures/reference';
import type { MethodDescription } from '../protocol/catalogue';
import type { FileDescription } from '../protocol/engine';
import { UserError } from '../protocol/errors';
import type { ModelDescription } from '../protocol/model';
import type { Engine } from './engine';

const scheme = 'sextant-reference';

/** Reference pages and the report of the self-test: Markdown made in memory, shown by VS Code's own preview. */
export class ReferencePages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #changes = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changes.event;
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);

  provideTextDocumentContent({ path }: vscode.Uri): string {
    return this.#texts.get(path) ?? 'Sextant was restarted since this page was made: open it again.';
  }

  async showMethod(method: MethodDescription): Promise<void> {
    await this.#show(`/${method.title}.md`, referencePage(method));
  }

  async showModel(name: string, model: ModelDescription, { bytes }: FileDescription): Promise<void> {
    await this.#show(`/${name}.md`, modelPage(name, model, bytes));
  }

  /** Computes the published values again, with progress, and shows them. @throws UserError where some differ, after that. */
  async showSelfTest(engine: Engine): Promise<void> {
    const options = { location: vscode.ProgressLocation.Notification, title: 'Sextant: self-test', cancellable: true };
    const result = await vscode.window.withProgress(options, (progress, token) => {
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort());
      const onProgress = ({ message }: { readonly message: string }) => progress.report({ message });
      return engine.call((client, o) => client.selfTest(o), { signal: controller.signal, onProgress });
    });
    await this.#show('/Self-test.md', selfTestPage(result));
    const failed = result.rows.filter(({ passed }) => !passed).length;
    if (failed > 0) throw new UserError(`${failed} published values do not come out on this machine: see the report.`);
  }

  async #show(path: string, text: string): Promise<void> {
    this.#texts.set(path, text);
    const uri = vscode.Uri.from({ scheme, path });
    this.#changes.fire(uri);
    await vscode.commands.executeCommand('markdown.showPreview', uri);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changes.dispose();
  }
}
