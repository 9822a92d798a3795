import { resolve } from 'node:path';
import type { Signal } from '../data/source';
import { kindOf } from '../models/data-kind';
import { readGraph } from '../models/describe';
import { type DataKind, preparationParameters as parameters, preparationOf } from '../models/preparation';
import type { ParameterSchema } from '../protocol/catalogue';
import type { PreparationDescription } from '../protocol/engine';
import type { LayerSpec } from '../protocol/result';

/** Every parameter by which data is prepared for models. */
export const preparationParameters: ParameterSchema = parameters;

/**
 * How the data of a layer is prepared: the parameters with what the folder of the model says as defaults, and their values.
 * @throws UserError where the model or the data cannot be read, or a value is none of its parameter.
 */
export async function describePreparation(
  { path, model }: LayerSpec,
  base: string,
  signal: Signal,
): Promise<PreparationDescription> {
  const full = resolve(base, path);
  const { inputs } = (await readGraph(full)).model;
  const kinds = new Set<DataKind>();
  for (const one of model.data) kinds.add(await kindOf(one, inputs, base, signal));
  const { values, parameters: schema } = await preparationOf(full, inputs, kinds, model);
  return { parameters: schema, values };
}
