import * as vscode from 'vscode';
import type { Invariance, MethodDescription, MethodKind } from '../../protocol/catalogue';
import { messageOf } from '../../protocol/errors';
import type { Engine } from '../engine';

/** What a method that is invariant does not notice. */
const unnoticed: Readonly<Record<Invariance, string>> = {
  permutation: 'the order of units',
  orthogonal: 'rotation and reflection',
  scaling: 'scale',
  translation: 'translation',
  'column-scaling': 'the scale of each unit',
  linear: 'any invertible linear map',
  sign: 'the signs of units',
};

/** Plural, for groups of methods, in the order in which they are shown. */
export const kindTitles: Readonly<Record<MethodKind, string>> = {
  compare: 'Compare',
  match: 'Match units',
  describe: 'Describe',
  transform: 'Transform',
  embed: 'Embed',
  sample: 'Sample rows',
};
export const kinds = Object.keys(kindTitles) as MethodKind[];

export type MethodNode = MethodDescription | MethodKind | { readonly problem: string };

/** The catalogue by kind. */
export class MethodsTree implements vscode.TreeDataProvider<MethodNode>, vscode.Disposable {
  readonly #changes = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changes.event;
  readonly refresh = () => this.#changes.fire();

  constructor(private readonly engine: Engine) {}

  async getChildren(node?: MethodNode): Promise<MethodNode[]> {
    if (typeof node === 'object') return [];
    try {
      const methods = await this.engine.methods();
      if (node !== undefined) return methods.filter(({ kind }) => kind === node);
      return kinds.filter((kind) => methods.some((method) => method.kind === kind));
    } catch (error) {
      return [{ problem: messageOf(error) }];
    }
  }

  getTreeItem(node: MethodNode): vscode.TreeItem {
    if (typeof node === 'string') {
      const item = new vscode.TreeItem(kindTitles[node], vscode.TreeItemCollapsibleState.Expanded);
      item.id = node;
      return item;
    }
    return 'problem' in node ? problemItem(node.problem) : methodItem(node);
  }

  dispose(): void {
    this.#changes.dispose();
  }
}

function problemItem(problem: string): vscode.TreeItem {
  const item = new vscode.TreeItem(problem);
  item.iconPath = new vscode.ThemeIcon('error');
  item.tooltip = problem;
  return item;
}

const icons: Readonly<Record<MethodDescription['takes'], string>> = {
  one: 'symbol-array',
  pair: 'arrow-swap',
  many: 'layers',
  text: 'whole-word',
  images: 'file-media',
  graph: 'type-hierarchy',
  model: 'circuit-board',
};

function methodItem(method: MethodDescription): vscode.TreeItem {
  const item = new vscode.TreeItem(method.title);
  item.description = method.id;
  item.iconPath = new vscode.ThemeIcon(icons[method.takes]);
  item.contextValue = 'method';
  item.tooltip = tooltipOf(method);
  item.accessibilityInformation = { label: `${method.title}: ${method.summary} Limits: ${method.blindTo}.` };
  item.command = { command: 'sextant.runMethod', title: 'Run Method', arguments: [method] };
  return item;
}

/** Definition, what it cannot tell, invariances, cost and citation. */
function tooltipOf(method: MethodDescription): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  const line = (title: string, body: string) => {
    text.appendMarkdown(`\n\n**${title}:** `).appendText(body);
  };
  text.appendMarkdown(`**${method.title}**\n\n`).appendText(method.summary).appendMarkdown('\n\n');
  text.appendCodeblock(method.formula, 'text');
  line('Limits', method.blindTo);
  if (method.invariances.length > 0) line('Unchanged by', method.invariances.map((id) => unnoticed[id]).join(', '));
  line('Cost', method.cost);
  line('From', method.citation);
  return text;
}
