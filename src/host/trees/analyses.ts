import * as vscode from 'vscode';
import { analysisPattern, findFiles, folderOf, nameOf } from '../files';
import { debounced } from '../watch';

/** The `.sextant` documents of the workspace. */
export class AnalysesTree implements vscode.TreeDataProvider<vscode.Uri>, vscode.Disposable {
  readonly #changes = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changes.event;
  readonly refresh = debounced(() => this.#changes.fire());
  readonly #watcher = vscode.workspace.createFileSystemWatcher(analysisPattern, false, true);

  constructor() {
    for (const event of [this.#watcher.onDidCreate, this.#watcher.onDidDelete]) event(this.refresh);
  }

  getChildren(uri?: vscode.Uri): Promise<vscode.Uri[]> | undefined {
    return uri ? undefined : findFiles(analysisPattern);
  }

  getTreeItem(uri: vscode.Uri): vscode.TreeItem {
    const name = nameOf(uri).replace(/\.sextant$/, '');
    const item = new vscode.TreeItem(name);
    item.resourceUri = uri;
    item.iconPath = new vscode.ThemeIcon('graph');
    item.description = folderOf(uri);
    item.contextValue = 'analysis';
    item.accessibilityInformation = { label: `${name}, saved analysis` };
    item.command = { command: 'vscode.open', title: 'Open', arguments: [uri] };
    return item;
  }

  dispose(): void {
    this.#watcher.dispose();
    this.refresh.dispose();
    this.#changes.dispose();
  }
}
