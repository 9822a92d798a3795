import * as vscode from 'vscode';
import type { FileDescription } from '../protocol/engine';
import { UserError } from '../protocol/errors';
import { tableGlob } from '../protocol/formats';
import type { LabelSpec } from '../protocol/result';
import type { Engine } from './engine';
import { nameOf, pathOf, pickFiles, pickUris } from './files';
import { inspect, shapeOf } from './inputs';

/** A column or vector to choose. */
export interface LabelItem extends vscode.QuickPickItem {
  readonly spec: LabelSpec;
}

/** Asks for a file and, where it holds several, for the column or vector of it. Null when dismissed. */
export async function pickLabels(
  engine: Engine,
  near: string | undefined,
  title = 'Labels: one value for each row',
): Promise<LabelSpec | null> {
  const [uri] = (await pickFiles({ title, near })) ?? [];
  return uri ? pickWithin(engine, uri, title) : null;
}

/** The same of a table that has a row for each run of a study. */
export async function pickRunColumn(
  engine: Engine,
  near: string | undefined,
  title: string,
): Promise<LabelSpec | null> {
  const placeHolder = 'A table with a row for each run';
  const [uri] = (await pickUris({ title, placeHolder, pattern: tableGlob, near })) ?? [];
  return uri ? pickWithin(engine, uri, title) : null;
}

async function pickWithin(engine: Engine, uri: vscode.Uri, title: string): Promise<LabelSpec | null> {
  const path = pathOf(uri);
  const [file] = await inspect(engine, [path]);
  const items = file ? labelsIn(path, file) : [];
  if (items.length === 0) {
    throw new UserError(
      `${nameOf(uri)} holds no value for each row: that is a column of a table, or an array with one axis.`,
    );
  }
  if (items.length === 1) return items[0]?.spec ?? null;
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: `Choose from ${nameOf(uri)}` });
  return picked?.spec ?? null;
}

/** The columns of a table, or the vectors of another file. */
export function labelsIn(path: string, { columns, tensors }: FileDescription): LabelItem[] {
  return (
    columns?.map(({ name, type }) => ({ label: name, description: type, spec: { path, column: name } })) ??
    vectors(path, tensors)
  );
}

function vectors(path: string, tensors: FileDescription['tensors']): LabelItem[] {
  const several = tensors.length > 1;
  return tensors
    .filter(({ shape, name }) => shape.length === 1 && (name !== null || !several))
    .map((tensor) => ({
      label: tensor.name ?? 'values',
      description: shapeOf(tensor),
      spec: several && tensor.name !== null ? { path, tensor: tensor.name } : { path },
    }));
}
