import * as vscode from 'vscode';
import type { AnalysisRequest } from '../protocol/analysis';
import { parseRequest } from '../protocol/document';
import { messageOf } from '../protocol/errors';
import { titleOf } from '../protocol/names';
import type { AnalysisEditors } from './document';
import { likelyFolder, sayWritten } from './export';
import type { Host } from './host';
import { analysisPage, pageOptions, problemPage } from './page';
import { writeAnalysis } from './saved';
import { Session } from './session';

export const panelType = 'sextant.analysis';

/**
 * Editors of analyses that have no document yet; once one is saved, the editor of its document takes the place. The page keeps the
 * request as its state, so that a window comes back.
 */
export class AnalysisPanels implements vscode.WebviewPanelSerializer {
  constructor(
    private readonly host: Host,
    private readonly documents: AnalysisEditors,
  ) {}

  open(request: AnalysisRequest): Session {
    const panel = vscode.window.createWebviewPanel(panelType, titleOf(request.inputs), vscode.ViewColumn.Active);
    return this.#show(panel, request);
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    try {
      const kept = typeof state === 'object' && state !== null && 'request' in state ? state.request : state;
      this.#show(panel, parseRequest(kept, 'The state of this editor'));
    } catch (error) {
      this.host.log.warn(messageOf(error));
      panel.webview.html = problemPage(`${messageOf(error)} Close it and compare the files again.`);
    }
  }

  #show(panel: vscode.WebviewPanel, request: AnalysisRequest): Session {
    const { context, sessions } = this.host;
    const home = {
      title: () => panel.title,
      computeAtOnce: true,
      save: async (kept: unknown) => {
        const target = await askWhere(session.analysis.request, panel.title);
        if (!target) return null;
        await writeAnalysis(target, session.analysis);
        await this.documents.goOn(target, panel.viewColumn, kept);
        panel.dispose();
        sayWritten(target);
        return { path: target.fsPath };
      },
    };
    const session = new Session(this.host, home, {
      format: 'sextant-analysis',
      formatVersion: 1,
      version: String(context.extension.packageJSON.version),
      request,
      results: [],
      comparisons: [],
    });
    const icon = (theme: string) => vscode.Uri.joinPath(context.extensionUri, 'media', `sextant-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    panel.title = titleOf(request.inputs);
    panel.webview.options = pageOptions(context.extensionUri);
    panel.onDidDispose(() => session.dispose());
    sessions.add(session, panel);
    session.attach(panel.webview, () => {
      panel.webview.html = analysisPage(panel.webview, context.extensionUri);
    });
    return session;
  }
}

function askWhere({ inputs }: AnalysisRequest, title: string): Thenable<vscode.Uri | undefined> {
  const folder = likelyFolder(inputs[0]?.path);
  const name = title.replace(/ × /g, ' vs ').replace(/[\\/:*?"<>|]/g, '-');
  return vscode.window.showSaveDialog({
    title: 'Save Analysis',
    filters: { 'Sextant analysis': ['sextant'] },
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, `${name}.sextant`) }),
  });
}
