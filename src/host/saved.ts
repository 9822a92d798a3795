import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { Analysis } from '../protocol/analysis';
import { formatAnalysis, mapPaths, parseAnalysis } from '../protocol/document';
import { UserError } from '../protocol/errors';
import { nameOf } from './files';
import { located, portable } from './paths';

/** A document of more bytes than this is no analysis that Sextant wrote; the extension host has to parse it. */
const largest = 2 ** 26;

/** Reads a document; `home` is where its relative paths start from (a backup lies elsewhere). @throws UserError */
export async function readAnalysis(uri: vscode.Uri, home = uri): Promise<Analysis> {
  const { size } = await vscode.workspace.fs.stat(uri);
  if (size > largest) {
    throw new UserError(`${nameOf(home)} has ${size} bytes: a Sextant analysis has at most ${largest}.`);
  }
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  return mapPaths(parseAnalysis(text, nameOf(home)), located(dirname(home.fsPath)));
}

export async function writeAnalysis(uri: vscode.Uri, analysis: Analysis, home = uri): Promise<void> {
  const text = formatAnalysis(mapPaths(analysis, portable(dirname(home.fsPath))));
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
}
