import { z } from 'zod';
import type { ParameterSchema } from '../protocol/catalogue';
import type { ImageStep } from '../protocol/images';
import { describeParameters, parseParameters } from '../protocol/parameters';
import type { LayerReduction, ModelRun, Preparation } from '../protocol/result';
import { imageDefaults, imageSettings, imageStepsOf } from './image-settings';
import type { Media } from './media-files';
import type { GraphValue } from './onnx-read';
import { type AfterModule, readPooling } from './pooling';
import { modelFolder, tokenizerFolder } from './side-files';
import { soundDefaults, soundSettings } from './sound-settings';
import { readTokenFiles, settingsOf } from './token-settings';

const reduction = {
  reduce: z.enum(['flatten', 'mean', 'max', 'first', 'last']).meta({
    title: 'Reduction of layers',
    description:
      'Of layers with more axes than samples and units: every value, mean or maximum over space or over unmasked tokens, first or last token.',
  }),
};

/** How texts become tokens. */
const textSettings = {
  'max-length': z.int().min(0).max(1_000_000).meta({
    title: 'Most tokens',
    description: 'Longer texts are cut to so many tokens, special ones counted. 0: no bound.',
  }),
  padding: z.enum(['longest', 'max-length']).meta({
    title: 'Padding',
    description: 'To the longest text of a batch, or always to the most tokens.',
  }),
  'padding-side': z.enum(['right', 'left']).meta({ title: 'Padding side', description: 'Where padding stands.' }),
  'truncation-side': z
    .enum(['right', 'left'])
    .meta({ title: 'Truncation side', description: 'Where texts that are too long are cut.' }),
  'unit-length': z.boolean().meta({
    title: 'Unit length',
    description: 'Rows of every layer are divided by their Euclidean length, after the reduction.',
  }),
};

/** Of a folder that has such modules. */
const denseSettings = {
  dense: z.boolean().meta({
    title: 'Dense layers of the folder',
    description:
      'What the model gives for its tokens, once they are pooled, goes through the Dense modules of its folder.',
  }),
};

export type TextSettings = z.output<z.ZodObject<typeof textSettings>>;
export type SoundSettings = z.output<z.ZodObject<typeof soundSettings>>;

/** What data is, as a model is given it. */
export type DataKind = 'numbers' | 'text' | Media;

/** How the data of a model is brought to its inputs, all of it decided. */
export interface Prepared {
  readonly reduce: LayerReduction;
  readonly text: TextSettings;
  /** What becomes of the rows of a text's layers afterwards, in order. */
  readonly after: readonly AfterModule[];
  readonly images: readonly ImageStep[];
  readonly sounds: SoundSettings;
  /** Values of `parameters`. */
  readonly values: Preparation;
  /** With what the folder of the model says as defaults. */
  readonly parameters: ParameterSchema;
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

/** Every parameter that there is, for the command line. */
export const preparationParameters: ParameterSchema = describeParameters(
  z.object({ ...textSettings, ...denseSettings, ...imageSettings, ...soundSettings }),
);

/**
 * Decides how data is prepared: as the person says, otherwise as the files in the model's folder say, otherwise as its inputs
 * need it.
 * @param path of the model, absolute.
 * @param kinds of data that it is given.
 * @throws UserError where a value is none of its parameter, text has no tokenizer, or a file of the folder is damaged.
 */
export async function preparationOf(
  path: string,
  inputs: readonly GraphValue[],
  kinds: ReadonlySet<DataKind>,
  { reduce, preparation = {} }: Pick<ModelRun, 'reduce' | 'preparation'>,
): Promise<Prepared> {
  const folder = await modelFolder(path);
  const text = kinds.has('text') ? await textDefaults(path, inputs, reduce) : undefined;
  const images = kinds.has('images') ? await imageDefaults(folder, inputs, preparation.preset) : undefined;
  const sounds = kinds.has('sounds') ? await soundDefaults(folder) : undefined;
  const schema = z.object({
    ...reduction,
    ...(text && textSettings),
    ...(text?.after.some(isDense) && denseSettings),
    ...(images && imageSettings),
    ...(sounds && soundSettings),
  });
  const base: Preparation = {
    reduce: text?.reduce ?? 'flatten',
    ...text?.settings,
    ...(text?.after.some(isDense) && { dense: true }),
    ...images?.settings,
    ...sounds?.settings,
  };
  const given = { ...preparation, ...(reduce && { reduce }) };
  const values = parseParameters('The preparation of the data', schema, { ...base, ...given }) as unknown as Record<
    string,
    never
  >;
  const { properties } = describeParameters(schema);
  return {
    reduce: values.reduce as unknown as LayerReduction,
    text: values as unknown as TextSettings,
    after: afterwards(text?.after ?? [], values),
    images: images ? imageStepsOf(values) : [],
    sounds: values as unknown as SoundSettings,
    values,
    parameters: {
      type: 'object',
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [
          name,
          // The others follow from the preset, which itself is chosen.
          { ...property, default: name === 'preset' ? 'model' : base[name] },
        ]),
      ),
    },
    notes: [...(text?.notes ?? []), ...(sounds?.notes ?? [])],
    warnings: [...(text?.warnings ?? []), ...(images?.warnings ?? [])],
  };
}

const isDense = (module: AfterModule) => module !== 'unit-length';

/** The modules of the folder that are asked for, in their order; unit length last where the folder has no place for it. */
function afterwards(modules: readonly AfterModule[], values: Preparation): AfterModule[] {
  const unit = values['unit-length'] === true;
  const kept = modules.filter((module) => (isDense(module) ? values.dense === true : unit));
  return unit && kept.every(isDense) ? [...kept, 'unit-length'] : kept;
}

/** What the folder of a model says of texts; a model that takes a fixed number of tokens is always given so many. */
async function textDefaults(path: string, inputs: readonly GraphValue[], reduce: LayerReduction | undefined) {
  const folder = await tokenizerFolder(path);
  const { maxLength, padOn, cutOn } = settingsOf(await readTokenFiles(folder), () => undefined);
  const pooling = await readPooling(folder).catch((error: unknown) => {
    // Which pooling it asks for matters only where the person has not chosen.
    if (reduce === undefined) throw error;
    return undefined;
  });
  const fixed = inputs.find(({ name }) => name === 'input_ids')?.shape?.[1];
  const settings: TextSettings = {
    'max-length': typeof fixed === 'number' ? fixed : (maxLength ?? 0),
    padding: typeof fixed === 'number' ? 'max-length' : 'longest',
    'padding-side': padOn,
    'truncation-side': cutOn,
    'unit-length': pooling?.after.includes('unit-length') ?? false,
  };
  const chosen: LayerReduction = pooling?.pooling === 'cls' ? 'first' : (pooling?.pooling ?? 'mean');
  return {
    settings,
    reduce: chosen,
    after: pooling?.after ?? [],
    notes: reduce === undefined && pooling ? [pooling.note] : [],
    warnings: pooling?.warnings ?? [],
  };
}
