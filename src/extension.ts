import * as vscode from 'vscode';
import { viewerActions } from './host/actions';
import { commandsOf } from './host/commands';
import { AnalysisEditors, documentType } from './host/document';
import { Engine } from './host/engine';
import { guardWith } from './host/errors';
import { type Host, Sessions } from './host/host';
import { AnalysisPanels, panelType } from './host/panel';
import { ReferencePages } from './host/reference';
import { RepresentationEditors, representationType, tableType } from './host/representation';
import { engineSettings, onEngineSettings } from './host/settings';
import { AnalysesTree } from './host/trees/analyses';
import { MethodsTree } from './host/trees/methods';
import { RepresentationsTree } from './host/trees/representations';

/** What the suites inside the extension host see. */
export interface Inside extends Host {
  readonly trees: {
    readonly representations: RepresentationsTree;
    readonly analyses: AnalysesTree;
    readonly methods: MethodsTree;
  };
  readonly editors: RepresentationEditors;
}

/** Composes the host. Tests get its parts; nobody else gets anything. */
export function activate(context: vscode.ExtensionContext): Inside | undefined {
  const own = <T extends vscode.Disposable>(disposable: T): T => {
    context.subscriptions.push(disposable);
    return disposable;
  };
  const log = own(vscode.window.createOutputChannel('Sextant', { log: true }));
  const guard = guardWith(log);
  const cache = vscode.Uri.joinPath(context.globalStorageUri, 'cache');
  const engine = own(new Engine(context.asAbsolutePath('dist/engine.js'), () => engineSettings(cache, log), log));
  own(onEngineSettings(() => engine.configure()));
  const host: Host = { context, engine, log, guard, sessions: new Sessions() };

  const representations = own(new RepresentationsTree(engine));
  const analyses = own(new AnalysesTree());
  const methods = own(new MethodsTree(engine));
  const tree = { showCollapseAll: true, canSelectMany: true };
  own(vscode.window.createTreeView('sextant.representations', { ...tree, treeDataProvider: representations }));
  own(vscode.window.createTreeView('sextant.analyses', { treeDataProvider: analyses }));
  own(vscode.window.createTreeView('sextant.methods', { treeDataProvider: methods }));

  const documents = new AnalysisEditors(host);
  const single = { supportsMultipleEditorsPerDocument: false };
  own(vscode.window.registerCustomEditorProvider(documentType, documents, single));
  const panels = new AnalysisPanels(host, documents);
  own(vscode.window.registerWebviewPanelSerializer(panelType, panels));

  const editors = new RepresentationEditors(
    host,
    viewerActions(host, (request) => panels.open(request)),
  );
  for (const type of [representationType, tableType]) {
    own(vscode.window.registerCustomEditorProvider(type, editors, { supportsMultipleEditorsPerDocument: true }));
  }

  const refresh = () => {
    representations.refresh();
    analyses.refresh();
    methods.refresh();
  };
  const pages = own(new ReferencePages());
  const commands = commandsOf(host, {
    open: (request) => panels.open(request),
    show: (uri, tensor) => editors.show(uri, tensor),
    refresh,
    pages,
  });
  for (const [id, command] of Object.entries<(...args: never[]) => unknown>(commands)) {
    own(vscode.commands.registerCommand(id, (...args: never[]) => guard(() => command(...args))));
  }
  const trees = { representations, analyses, methods };
  return context.extensionMode === vscode.ExtensionMode.Test ? { ...host, trees, editors } : undefined;
}
