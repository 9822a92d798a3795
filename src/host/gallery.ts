import * as vscode from 'vscode';
import { UserError } from '../protocol/errors';
import { picturesOf } from '../protocol/gallery';
import type { LabelSpec } from '../protocol/result';
import type { Engine } from './engine';
import { nameOf, pathOf, pickFiles } from './files';
import { inspect, shapeOf } from './inputs';
import type { LabelItem } from './labels';

/** Asks for a file with a picture or a text for each row and, where it holds several, for which. Null when dismissed. */
export async function pickGallery(engine: Engine): Promise<LabelSpec | null> {
  const title = 'Show rows as: pictures in a tensor, or texts in a column';
  const [uri] = (await pickFiles(title, false)) ?? [];
  if (!uri) return null;
  const path = pathOf(uri);
  const [file] = await inspect(engine, [path]);
  const pictures = (file?.columns ? [] : (file?.tensors ?? [])).filter(({ shape }) => picturesOf(shape));
  const items: LabelItem[] = [
    ...pictures.map((tensor) => ({
      label: tensor.name ?? 'pictures',
      description: shapeOf(tensor),
      spec: { path, ...(tensor.name !== null && { tensor: tensor.name }) },
    })),
    ...(file?.columns ?? []).map(({ name, type }) => ({
      label: name,
      description: type,
      spec: { path, column: name },
    })),
  ];
  if (items.length === 0)
    throw new UserError(
      `${nameOf(uri)} shows no rows: that takes a tensor of pictures (rows × height × width, with one, three or four channels before or after) or a table with a column of texts.`,
    );
  if (items.length === 1) return items[0]?.spec ?? null;
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: `Choose from ${nameOf(uri)}` });
  return picked?.spec ?? null;
}
