import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { Analysis } from '../protocol/analysis';
import { formatting, mapPaths, parsing } from '../protocol/document';
import { UserError } from '../protocol/errors';
import { keptAnalysis } from '../protocol/kept';
import { nameOf, writeFile } from './files';
import { located, portable } from './paths';

/** A document of more bytes than this is no analysis that Sextant wrote; the extension host has to parse it. */
const largest = 2 ** 26;

/** What a document holds. @throws UserError */
export async function readDocument(uri: vscode.Uri): Promise<Uint8Array> {
  const { size } = await vscode.workspace.fs.stat(uri);
  if (size > largest) {
    throw new UserError(`${nameOf(uri)} has ${size} bytes: a Sextant analysis has at most ${largest}.`);
  }
  return vscode.workspace.fs.readFile(uri);
}

/** What `bytes` say as the document `uri`, where its relative paths start from. @throws UserError */
export async function analysisOf(bytes: Uint8Array, uri: vscode.Uri): Promise<Analysis> {
  const analysis = await inTurns(parsing(bytes, nameOf(uri)), () => {});
  return mapPaths(analysis, located(dirname(uri.fsPath)));
}

/** Writes `analysis` to `uri` as the document `home` (a backup lies elsewhere), and returns what it wrote. */
export async function writeAnalysis(uri: vscode.Uri, analysis: Analysis, home = uri): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  const portably = mapPaths(keptAnalysis(analysis), portable(dirname(home.fsPath)));
  await inTurns(formatting(portably), (piece) => pieces.push(Buffer.from(piece)));
  const bytes = Buffer.allocUnsafeSlow(pieces.reduce((sum, { length }) => sum + length, 0));
  // Where fresh memory is slow to be had, all of it at once holds longer than may be.
  await inTurns(joining(pieces, bytes), () => {});
  await writeFile(uri, bytes);
  return bytes;
}

/** Writes the pieces one after the other. */
function* joining(pieces: readonly Buffer[], into: Buffer): Generator<void, void> {
  let end = 0;
  for (const piece of pieces) {
    yield;
    end += piece.copy(into, end);
  }
}

/** Whether two contents of a document are the same. */
export function isSame(one: Uint8Array, other: Uint8Array): Promise<boolean> {
  return inTurns(comparing(one, other), () => {});
}

function* comparing(one: Uint8Array, other: Uint8Array): Generator<void, boolean> {
  const part = 2 ** 20;
  for (let start = 0; start < one.length; start += part) {
    if (Buffer.compare(one.subarray(start, start + part), other.subarray(start, start + part)) !== 0) return false;
    yield;
  }
  return one.length === other.length;
}

/** Lets the extension host do other things between the steps of long work. */
async function inTurns<T, R>(steps: Generator<T, R>, take: (step: T) => void): Promise<R> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    take(value);
    await new Promise(setImmediate);
  }
}
