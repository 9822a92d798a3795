import * as vscode from 'vscode';
import { UserError } from '../protocol/errors';
import type { LabelSpec } from '../protocol/result';
import type { Engine } from './engine';
import { nameOf, pathOf, pickFiles } from './files';
import { inspect, shapeOf } from './inputs';

interface LabelItem extends vscode.QuickPickItem {
  readonly spec: LabelSpec;
}

/** Asks for a file and, where it holds several, for the column or vector of it. Null when dismissed. */
export async function pickLabels(engine: Engine): Promise<LabelSpec | null> {
  const title = 'Labels: one value for each row';
  const [uri] = (await pickFiles(title, false)) ?? [];
  if (!uri) return null;
  const path = pathOf(uri);
  const [file] = await inspect(engine, [path]);
  const columns = file?.columns?.map(
    ({ name, type }): LabelItem => ({ label: name, description: type, spec: { path, column: name } }),
  );
  const items = columns ?? vectors(path, file?.tensors ?? []);
  if (items.length === 0) {
    throw new UserError(`${nameOf(uri)} holds no labels: they are a column of a table, or an array with one axis.`);
  }
  if (items.length === 1) return items[0]?.spec ?? null;
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: `Choose from ${nameOf(uri)}` });
  return picked?.spec ?? null;
}

function vectors(path: string, tensors: Awaited<ReturnType<typeof inspect>>[number]['tensors']): LabelItem[] {
  const several = tensors.length > 1;
  return tensors
    .filter(({ shape, name }) => shape.length === 1 && (name !== null || !several))
    .map((tensor) => ({
      label: tensor.name ?? 'values',
      description: shapeOf(tensor),
      spec: several && tensor.name !== null ? { path, tensor: tensor.name } : { path },
    }));
}
