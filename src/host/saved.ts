import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { Analysis } from '../protocol/analysis';
import { formatAnalysis, mapPaths, parseAnalysis } from '../protocol/document';
import { UserError } from '../protocol/errors';
import { nameOf } from './files';
import { located, portable } from './paths';

/** A document of more bytes than this is no analysis that Sextant wrote; the extension host has to parse it. */
const largest = 2 ** 26;

/** The text of a document. @throws UserError */
export async function readText(uri: vscode.Uri): Promise<string> {
  const { size } = await vscode.workspace.fs.stat(uri);
  if (size > largest) {
    throw new UserError(`${nameOf(uri)} has ${size} bytes: a Sextant analysis has at most ${largest}.`);
  }
  return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
}

/** What `text` says as the document `uri`, where its relative paths start from. @throws UserError */
export function analysisOf(text: string, uri: vscode.Uri): Analysis {
  return mapPaths(parseAnalysis(text, nameOf(uri)), located(dirname(uri.fsPath)));
}

/** Writes `analysis` to `uri` as the document `home` (a backup lies elsewhere), and returns the text. */
export async function writeAnalysis(uri: vscode.Uri, analysis: Analysis, home = uri): Promise<string> {
  const text = formatAnalysis(mapPaths(analysis, portable(dirname(home.fsPath))));
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  return text;
}
