import * as vscode from 'vscode';
import { ownEndings } from '../protocol/formats';
import { pageOptions, viewerPage } from './page';
import type { Services } from './services';
import { Viewer, type ViewerActions } from './viewer';

/** Opens binary files by itself; tables and text only when asked to. */
export const representationType = 'sextant.representation';
export const tableType = 'sextant.table';

interface DataDocument extends vscode.CustomDocument {
  readonly uri: vscode.Uri;
}

/** Shows what is in a data file. Nothing can be changed there. */
export class RepresentationEditors implements vscode.CustomReadonlyEditorProvider<DataDocument> {
  readonly #open = new Map<Viewer, vscode.WebviewPanel>();
  /** Tensors that were asked for, by the address of their file, until its editor is there. */
  readonly #wanted = new Map<string, string | null>();

  constructor(
    private readonly host: Services,
    private readonly actions: ViewerActions,
  ) {}

  /** The viewers that are open. */
  get all(): readonly Viewer[] {
    return [...this.#open.keys()];
  }

  /** Opens the editor of a file, at one of its tensors where that is given. */
  async show(uri: vscode.Uri, tensor?: string | null): Promise<void> {
    const address = uri.toString();
    if (tensor !== undefined) this.#wanted.set(address, tensor);
    const own = ownEndings.some((ending) => uri.path.toLowerCase().endsWith(ending));
    await vscode.commands.executeCommand('vscode.openWith', uri, own ? representationType : tableType);
    if (!this.#wanted.delete(address) || tensor === undefined) return;
    // It was open before.
    for (const viewer of this.all) if (viewer.uri.toString() === address) viewer.show(tensor);
  }

  openCustomDocument(uri: vscode.Uri): DataDocument {
    return { uri, dispose: () => {} };
  }

  resolveCustomEditor({ uri }: DataDocument, panel: vscode.WebviewPanel): void {
    const { extensionUri } = this.host.context;
    const { webview } = panel;
    webview.options = pageOptions(extensionUri);
    const wanted = this.#wanted.get(uri.toString());
    this.#wanted.delete(uri.toString());
    const viewer = new Viewer(this.host, this.actions, uri, webview, wanted);
    this.#open.set(viewer, panel);
    panel.onDidDispose(() => {
      viewer.dispose();
      this.#open.delete(viewer);
    });
    webview.html = viewerPage(webview, extensionUri);
  }
}
