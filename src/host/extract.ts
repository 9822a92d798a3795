import * as vscode from 'vscode';
import { Cancelled, UserError } from '../protocol/errors';
import type { ExtractRequest } from '../protocol/result';
import type { Engine } from './engine';
import { likelyFolder } from './export';
import { nameOf, pathOf } from './files';
import { layersOf } from './models';
import { withProgress } from './progress';

const title = 'Extract Activations';

/**
 * Asks which layers of a model, on which data, and where to; writes them with progress that can be stopped, and gives the file.
 * Undefined when dismissed. What was stopped goes on when the same is asked again.
 * @throws UserError where the model, the data or the file cannot be used; Cancelled.
 */
export async function extractActivations(engine: Engine, uri: vscode.Uri): Promise<vscode.Uri | undefined> {
  const layers = await layersOf(engine, [uri], title);
  const [first] = layers ?? [];
  if (!layers || !first?.model) return undefined;
  const folder = likelyFolder(pathOf(uri));
  const name = `${nameOf(uri).replace(/\.onnx$/i, '')}-activations.safetensors`;
  const target = await vscode.window.showSaveDialog({
    ...{ title, filters: { Safetensors: ['safetensors'] } },
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, name) }),
  });
  if (!target) return undefined;
  if (!target.path.toLowerCase().endsWith('.safetensors'))
    throw new UserError(`${nameOf(target)}: activations are written as .safetensors. Choose a name with that ending.`);
  const request: ExtractRequest = {
    ...{ path: first.path, out: pathOf(target), ...first.model },
    layers: layers.flatMap(({ tensor }) => tensor ?? []),
  };
  const {
    rows,
    layers: written,
    warnings,
  } = await withProgress(`${title} of ${nameOf(uri)}`, (options) =>
    engine.call((client, o) => client.extract(request, o), options),
  ).then(undefined, (error: unknown) => {
    if (error instanceof Cancelled)
      vscode.window.setStatusBarMessage('Sextant: stopped. The same extraction goes on from there.', 6000);
    throw error;
  });
  const told = [
    `${rows.toLocaleString('en-US')} rows of ${written.length} layers are in ${nameOf(target)}.`,
    ...warnings,
  ];
  const show = warnings.length > 0 ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  // Not awaited: whoever asked must not wait until the message is dismissed.
  void show(told.join(' '));
  return target;
}
