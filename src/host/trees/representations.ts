import * as vscode from 'vscode';
import { shapeWords } from '../../figures/model';
import type { FileDescription, TensorDescription } from '../../protocol/engine';
import { messageOf } from '../../protocol/errors';
import { containerExpression, modelExpression, representationGlob } from '../../protocol/formats';
import type { ModelLayer } from '../../protocol/model';
import type { Engine } from '../engine';
import { fileLimit, findFiles, folderOf, nameOf, pathOf } from '../files';
import { type Selected, shapeOf } from '../inputs';
import { debounced } from '../watch';

export type RepresentationNode =
  | { readonly kind: 'file'; readonly uri: vscode.Uri }
  | { readonly kind: 'model'; readonly uri: vscode.Uri }
  | { readonly kind: 'tensor'; readonly uri: vscode.Uri; readonly tensor: TensorDescription }
  | { readonly kind: 'layer'; readonly layer: ModelLayer }
  | { readonly kind: 'note'; readonly text: string; readonly icon: 'error' | 'info' };

export function selectedOf(node: RepresentationNode): Selected[] {
  if (node.kind === 'note' || node.kind === 'layer') return [];
  const tensor = node.kind === 'tensor' ? node.tensor.name : null;
  return [tensor === null ? { uri: node.uri } : { uri: node.uri, tensor }];
}

/** The data files and the models of the workspace; what is in one is read when it is opened. */
export class RepresentationsTree implements vscode.TreeDataProvider<RepresentationNode>, vscode.Disposable {
  readonly #changes = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changes.event;
  readonly refresh = debounced(() => this.#changes.fire());
  readonly #watcher = vscode.workspace.createFileSystemWatcher(representationGlob);

  constructor(private readonly engine: Engine) {
    for (const event of [this.#watcher.onDidCreate, this.#watcher.onDidChange, this.#watcher.onDidDelete]) {
      event(this.refresh);
    }
  }

  async getChildren(node?: RepresentationNode): Promise<RepresentationNode[]> {
    if (node) return node.kind === 'file' || node.kind === 'model' ? this.#inside(node.uri) : [];
    const model = new RegExp(modelExpression, 'i');
    const files = (await findFiles(representationGlob)).map(
      (uri): RepresentationNode => ({ kind: model.test(uri.path) ? 'model' : 'file', uri }),
    );
    if (files.length < fileLimit) return files;
    const text = `The first ${fileLimit} files. The Explorer's context menu opens any other.`;
    return [...files, { kind: 'note', text, icon: 'info' }];
  }

  getTreeItem(node: RepresentationNode): vscode.TreeItem {
    if (node.kind === 'file' || node.kind === 'model') return fileItem(node);
    if (node.kind === 'layer') return layerItem(node.layer);
    return node.kind === 'tensor' ? tensorItem(node) : noteItem(node);
  }

  dispose(): void {
    this.#watcher.dispose();
    this.refresh.dispose();
    this.#changes.dispose();
  }

  async #inside(uri: vscode.Uri): Promise<RepresentationNode[]> {
    let file: FileDescription;
    try {
      const path = pathOf(uri);
      file = await this.engine.call((client) => client.inspect(path));
    } catch (error) {
      return [{ kind: 'note', text: messageOf(error), icon: 'error' }];
    }
    if (file.model) return file.model.layers.map((layer) => ({ kind: 'layer', layer }));
    if (file.tensors.length === 0) return [{ kind: 'note', text: 'This file holds no array.', icon: 'info' }];
    return file.tensors.map((tensor) => ({ kind: 'tensor', uri, tensor }));
  }
}

function fileItem({ kind, uri }: RepresentationNode & { kind: 'file' | 'model' }): vscode.TreeItem {
  const item = new vscode.TreeItem(uri, vscode.TreeItemCollapsibleState.Collapsed);
  // What the icon theme has for the file's ending.
  item.iconPath = vscode.ThemeIcon.File;
  item.description = folderOf(uri);
  item.contextValue = kind === 'file' && new RegExp(containerExpression, 'i').test(nameOf(uri)) ? 'archive' : kind;
  item.accessibilityInformation = {
    label: `${nameOf(uri)}, ${kind === 'model' ? 'ONNX model' : 'data file'}${item.description ? ` in ${item.description}` : ''}`,
  };
  return item;
}

function layerItem(layer: ModelLayer): vscode.TreeItem {
  const item = new vscode.TreeItem(layer.name);
  item.description = `${layer.op} · ${shapeWords(layer)}`;
  item.iconPath = new vscode.ThemeIcon('layers');
  item.accessibilityInformation = { label: `${layer.name}, layer, ${item.description}` };
  return item;
}

function tensorItem({ uri, tensor }: RepresentationNode & { kind: 'tensor' }): vscode.TreeItem {
  const name = tensor.name ?? 'array';
  const item = new vscode.TreeItem(name);
  item.description = shapeOf(tensor);
  const spoken = `${name}, shape ${tensor.shape.join(' by ')}, ${tensor.dtype}`;
  if (tensor.unusable !== undefined) {
    item.iconPath = new vscode.ThemeIcon('circle-slash');
    item.tooltip = `Not a representation: ${tensor.unusable}`;
    item.accessibilityInformation = { label: `${spoken}, not a representation: ${tensor.unusable}` };
    return item;
  }
  item.iconPath = new vscode.ThemeIcon('symbol-array');
  item.contextValue = 'tensor';
  item.tooltip = `${nameOf(uri)}: ${name}, ${item.description}`;
  item.accessibilityInformation = { label: spoken };
  item.command = {
    command: 'sextant.openRepresentation',
    title: 'Open Representation',
    arguments: [{ kind: 'tensor', uri, tensor }],
  };
  return item;
}

function noteItem({ text, icon }: RepresentationNode & { kind: 'note' }): vscode.TreeItem {
  const item = new vscode.TreeItem(text);
  item.iconPath = new vscode.ThemeIcon(icon);
  item.tooltip = text;
  return item;
}
