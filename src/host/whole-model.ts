import * as vscode from 'vscode';
import { shapeWords } from '../figures/model';
import type { InputSpec, ModelData } from '../protocol/result';
import type { Engine } from './engine';
import { pathOf, pickFiles } from './files';
import { oneInput } from './inputs';
import { modelOf } from './models';

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
  const data: ModelData[] = [];
  for (const input of model.inputs) {
    const asked = `${title}: data for ${input.name}, ${shapeWords(input)}`;
    const [file] = (await pickFiles(asked, false)) ?? [];
    const spec = file && (await oneInput(engine, { uri: file }, asked));
    if (!spec) return undefined;
    const { path: from, tensor } = spec;
    data.push({
      ...(model.inputs.length > 1 && { input: input.name }),
      ...{ path: from, ...(tensor !== undefined && { tensor }) },
    });
  }
  return { path, model: { data } };
}
