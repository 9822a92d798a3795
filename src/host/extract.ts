import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import { Cancelled, UserError } from '../protocol/errors';
import { fileNames } from '../protocol/names';
import type { Extraction, ExtractRequest, InputSpec } from '../protocol/result';
import { count } from '../protocol/words';
import type { Engine } from './engine';
import { likelyFolder } from './export';
import { nameOf, pathOf } from './files';
import { layersOf } from './models';
import { withProgress } from './progress';

const title = 'Extract Activations';

/**
 * Asks which layers of models, on which data, and where to; writes a file for each model, with progress that can be stopped, and
 * gives the files. Undefined when dismissed. What was stopped goes on when the same is asked again.
 * @throws UserError where a model, the data or a file cannot be used; Cancelled.
 */
export async function extractActivations(
  engine: Engine,
  uris: readonly vscode.Uri[],
): Promise<readonly vscode.Uri[] | undefined> {
  const layers = await layersOf(engine, uris, title);
  if (!layers) return undefined;
  const targets = await targetsOf(uris);
  if (!targets) return undefined;
  const written: Extraction[] = [];
  for (const [i, uri] of uris.entries()) {
    const request = requestOf(
      pathOf(targets[i] as vscode.Uri),
      layers.filter(({ path }) => path === pathOf(uri)),
    );
    if (!request) continue;
    const extraction = await withProgress(`${title} of ${nameOf(uri)}`, (options) =>
      engine.call((client, o) => client.extract(request, o), options),
    ).then(undefined, (error: unknown) => {
      if (error instanceof Cancelled)
        vscode.window.setStatusBarMessage('Sextant: stopped. The same extraction goes on from there.', 6000);
      throw error;
    });
    written.push(extraction);
  }
  const warnings = [...new Set(written.flatMap((one) => one.warnings))];
  const told = written.map(
    ({ rows, layers: own }, i) =>
      `${count(rows)} rows of ${own.length} layers are in ${nameOf(targets[i] as vscode.Uri)}.`,
  );
  const show = warnings.length > 0 ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  // Not awaited: whoever asked must not wait until the message is dismissed.
  void show([...told, ...warnings].join(' '));
  return targets;
}

/** Of one model any file; of several, files in one folder that have the models' names. */
async function targetsOf(uris: readonly vscode.Uri[]): Promise<readonly vscode.Uri[] | undefined> {
  const files = fileNames(uris.map((uri) => ({ path: pathOf(uri) }))).map((name) => `${name}-activations.safetensors`);
  const [first] = uris;
  const folder = first && likelyFolder(pathOf(first));
  if (uris.length > 1) {
    const options = { canSelectFiles: false, canSelectFolders: true, openLabel: 'Extract Into Folder' };
    const into = await vscode.window.showOpenDialog({ title, ...options, ...(folder && { defaultUri: folder }) });
    const targets = into?.[0] && files.map((file) => vscode.Uri.joinPath(into[0] as vscode.Uri, file));
    return targets && (await mayReplace(targets)) ? targets : undefined;
  }
  const target = await vscode.window.showSaveDialog({
    ...{ title, filters: { Safetensors: ['safetensors'] } },
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, files[0] as string) }),
  });
  if (target && !target.path.toLowerCase().endsWith('.safetensors'))
    throw new UserError(`${nameOf(target)}: activations are written as .safetensors. Choose a name with that ending.`);
  return target && [target];
}

/** A dialog for one file asks by itself. */
async function mayReplace(targets: readonly vscode.Uri[]): Promise<boolean> {
  const there = targets.filter((uri) => existsSync(pathOf(uri)));
  if (there.length === 0) return true;
  const question = `${there.map(nameOf).join(', ')} ${there.length === 1 ? 'is' : 'are'} there already.`;
  return (await vscode.window.showWarningMessage(question, { modal: true }, 'Replace')) === 'Replace';
}

/** Layers of one model as they are asked for together. */
function requestOf(out: string, layers: readonly InputSpec[]): ExtractRequest | undefined {
  const [first] = layers;
  if (!first?.model) return undefined;
  return { path: first.path, out, ...first.model, layers: layers.flatMap(({ tensor }) => tensor ?? []) };
}
