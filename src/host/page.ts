import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/**
 * Scripts by nonce, styles and fonts from the extension, images also from memory (PNG export); nothing else at all. The
 * toolkit's controls try out a style element, for which they look for a nonce in a `meta`: it is not that of scripts.
 */
function policy(webview: vscode.Webview, nonce: string, styleNonce: string): string {
  return [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource} 'nonce-${styleNonce}'`,
    `img-src ${webview.cspSource} data: blob:`,
    `font-src ${webview.cspSource}`,
  ].join('; ');
}

function html(head: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${head}
</head>
<body>
${body}
</body>
</html>`;
}

/** Options of every page: scripts of the extension's bundle alone. */
export function pageOptions(extension: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(extension, 'dist')] };
}

/** The page that shows an analysis. */
export function analysisPage(webview: vscode.Webview, extension: vscode.Uri): string {
  return scriptPage(webview, extension, 'webview');
}

/** The page that shows what is in a data file. */
export function viewerPage(webview: vscode.Webview, extension: vscode.Uri): string {
  return scriptPage(webview, extension, 'viewer');
}

function scriptPage(webview: vscode.Webview, extension: vscode.Uri, bundle: string): string {
  const nonce = randomBytes(16).toString('base64');
  const styleNonce = randomBytes(16).toString('base64');
  const dist = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(extension, 'dist', name)).toString();
  return html(
    `<meta http-equiv="Content-Security-Policy" content="${policy(webview, nonce, styleNonce)}">
<meta property="csp-nonce" content="${styleNonce}">
<link rel="stylesheet" href="${dist(`${bundle}.css`)}">
<title>Sextant</title>`,
    `<div id="root"></div>
<script nonce="${nonce}" src="${dist(`${bundle}.js`)}"></script>`,
  );
}

/** Says why there is nothing to show. `action` is a command that may help, offered as a link; it has to be allowed. */
export function problemPage(
  sentence: string,
  action?: { readonly title: string; readonly command: string; readonly arguments: readonly unknown[] },
): string {
  const nonce = randomBytes(16).toString('base64');
  const target = action && `command:${action.command}?${encodeURIComponent(JSON.stringify(action.arguments))}`;
  const link = action ? `<p><a href="${escaped(target ?? '')}">${escaped(action.title)}</a></p>` : '';
  return html(
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'">
<style nonce="${nonce}">main { max-width: 60ch; padding: 8px; } h1 { font-size: 15px; font-weight: 400; }</style>
<title>Sextant</title>`,
    `<main><h1>This analysis cannot be shown</h1>
<p role="alert">${escaped(sentence)}</p>
${link}</main>`,
  );
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
