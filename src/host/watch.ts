import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';

/** Waits until nothing has happened for so long: programs write files in several goes. */
const calm = 300;

/** A call of what this returns calls `action` once there was calm. */
export function debounced(action: () => void): { (): void; dispose(): void } {
  let timer: NodeJS.Timeout | undefined;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(action, calm);
  };
  return Object.assign(later, { dispose: () => clearTimeout(timer) });
}

/** Calls `changed` after a file of `paths` was written, made or deleted, inside the workspace or not. */
export function watchFiles(paths: readonly string[], changed: () => void): vscode.Disposable {
  const later = debounced(changed);
  const watchers = [...new Set(paths)].map((path) => {
    // A file's name may have characters that mean something in a pattern.
    const pattern = new vscode.RelativePattern(
      vscode.Uri.file(dirname(path)),
      basename(path).replace(/[[\]{}*!,]/g, '?'),
    );
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete]) event(later);
    return watcher;
  });
  return vscode.Disposable.from(later, ...watchers);
}
