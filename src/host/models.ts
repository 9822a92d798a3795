import * as vscode from 'vscode';
import { roleWords, shapeWords } from '../figures/model';
import type { FileDescription } from '../protocol/engine';
import { notTrusted, UserError } from '../protocol/errors';
import type { ModelDescription, ModelLayer } from '../protocol/model';
import { displayNames } from '../protocol/names';
import type { InputSpec, LayerReduction } from '../protocol/result';
import type { Engine } from './engine';
import { nameOf, pathOf, pickUris } from './files';
import { inspect } from './inputs';
import { pickData } from './model-data';
import { choicesOf, chosenAtFirst } from './model-layers';

/** Before anything is asked that would be for nothing; the engine asks again. @throws UserError */
export function requireTrust(subject = 'Models are'): void {
  if (!vscode.workspace.isTrusted) throw notTrusted(subject);
}

/** Asks for models. Undefined when dismissed. */
export function pickModels(title: string, many: boolean): Promise<readonly vscode.Uri[] | undefined> {
  const placeHolder = many ? 'Two or more models' : 'A model';
  return pickUris({ title, placeHolder, pattern: '**/*.onnx', many, filters: { 'ONNX models': ['onnx'] } });
}

/** @throws UserError where the file cannot be read or is no model. */
export async function modelOf(
  engine: Engine,
  uri: vscode.Uri,
): Promise<{ readonly file: FileDescription; readonly model: ModelDescription }> {
  const [file] = await inspect(engine, [pathOf(uri)]);
  if (file?.model) return { file, model: file.model };
  throw new UserError(`${nameOf(uri)} is no ONNX model. Choose a file that ends in .onnx.`);
}

/**
 * Layers of models on data as inputs: the person chooses the layers, of models that have others each its own, what becomes of
 * their axes, and the data. Undefined when dismissed.
 * @throws UserError where a file is no model, or has no layer.
 */
export async function layersOf(
  engine: Engine,
  uris: readonly vscode.Uri[],
  title = 'Compare Layers',
): Promise<InputSpec[] | undefined> {
  const models: ModelDescription[] = [];
  for (const uri of uris) models.push((await modelOf(engine, uri)).model);
  const [first] = models;
  if (!first) return undefined;
  const lists = choicesOf(models);
  const names = displayNames(uris.map((uri) => ({ path: pathOf(uri) })));
  const layers: (readonly ModelLayer[])[] = [];
  for (const [i, list] of lists.entries()) {
    const picked = await pickLayers(list, `${title} (1 of 3)${lists.length > 1 ? `: ${names[i]}` : ''}`);
    if (!picked || picked.length === 0) return undefined;
    layers.push(picked);
  }
  const data = await pickData(engine, first, pathOf(uris[0] as vscode.Uri), `${title} (2 of 3)`);
  const chosen = data && (await pickReduction(data.texts, `${title} (3 of 3)`));
  if (!data || !chosen) return undefined;
  const { reduce } = chosen;
  // What is not said is what the folder of the model says of texts, and every value otherwise.
  const model = { data: data.data, ...(reduce && (data.texts || reduce !== 'flatten') && { reduce }) };
  return uris.flatMap((uri, i) =>
    (layers[i] ?? layers[0] ?? []).map(({ name }): InputSpec => ({ path: pathOf(uri), tensor: name, model })),
  );
}

async function pickLayers(layers: readonly ModelLayer[], title: string): Promise<readonly ModelLayer[] | undefined> {
  const chosen = chosenAtFirst(layers);
  const items = layers.flatMap((layer, i): (vscode.QuickPickItem & { readonly layer?: ModelLayer })[] => {
    const heading = { label: layer.scope || 'outermost', kind: vscode.QuickPickItemKind.Separator };
    const role = layer.role ? ` · ${roleWords[layer.role]}` : '';
    const item = {
      label: layer.name,
      description: `${layer.op} · ${shapeWords(layer)}${role}`,
      picked: chosen.has(layer),
      layer,
    };
    return layer.scope === layers[i - 1]?.scope ? [item] : [heading, item];
  });
  const placeHolder = 'Choose layers; those that are good to look at are chosen already';
  const picked = await vscode.window.showQuickPick(items, {
    ...{ title, placeHolder, canPickMany: true as const, matchOnDescription: true },
  });
  return picked?.flatMap(({ layer }) => layer ?? []);
}

const reductions: readonly ReductionItem[] = [
  {
    label: 'Keep every value',
    detail: 'Each place of each channel, or each token, is a unit of its own.',
    reduce: 'flatten',
  },
  {
    label: 'Mean',
    detail: 'Over space behind convolutions; over the tokens that an attention mask leaves.',
    reduce: 'mean',
  },
  { label: 'Maximum', detail: 'Over space, or over tokens.', reduce: 'max' },
  { label: 'First token', detail: 'Where a class token comes first.', reduce: 'first' },
  { label: 'Last token', detail: 'Where a model reads from left to right.', reduce: 'last' },
];

interface ReductionItem extends vscode.QuickPickItem {
  readonly reduce?: LayerReduction;
}

async function pickReduction(texts: boolean, title: string): Promise<ReductionItem | undefined> {
  const own = {
    label: 'As the model’s folder says',
    detail: 'The pooling of its tokens; their mean where it says nothing.',
  };
  return vscode.window.showQuickPick<ReductionItem>([...(texts ? [own] : []), ...reductions], {
    ...{
      title,
      placeHolder: 'What becomes of layers that have more axes than samples and units',
    },
  });
}
