import * as vscode from 'vscode';
import type { InputSpec } from '../protocol/result';
import type { Engine } from './engine';
import { nameOf, pathOf } from './files';
import { pickData } from './model-data';
import { modelOf, requireTrust } from './models';

/**
 * A model as a whole: by its weights alone, or with data that the person chooses to run it on. Undefined when dismissed.
 * @throws UserError where the file is no model.
 */
export async function wholeModel(engine: Engine, uri: vscode.Uri, title: string): Promise<InputSpec | undefined> {
  const { model } = await modelOf(engine, uri);
  const ways = [
    {
      label: 'With data',
      detail: 'The model is also run: what it still does is compared with what it did.',
      run: true,
    },
    { label: 'Weights alone', detail: 'Nothing is run.', run: false },
  ];
  const way = await vscode.window.showQuickPick(ways, { title });
  if (!way) return undefined;
  const path = pathOf(uri);
  if (!way.run) return { path };
  requireTrust(`${nameOf(uri)} is`);
  const picked = await pickData(engine, model, path, title);
  return picked && { path, model: { data: picked.data } };
}
