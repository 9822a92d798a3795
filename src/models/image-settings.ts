import { z } from 'zod';
import { UserError } from '../protocol/errors';
import type { ImageStep } from '../protocol/images';
import { some } from '../protocol/words';
import type { Dim, GraphValue } from './onnx-read';
import { imagePresets, readPreprocessor } from './preprocessor';

const presets = ['model', 'imagenet', 'clip', 'mnist'] as const;
const filters = ['bilinear', 'bicubic', 'box', 'nearest'] as const;
const side = z.int().min(1).max(16_384);

/** The steps from pictures to what a model takes, in their order. */
export const imageSettings = {
  preset: z.enum(presets).meta({
    title: 'Preset',
    description:
      'Where the steps below begin: preprocessor_config.json in the folder of the model or else the size of its input (model), or what families of networks use.',
  }),
  channels: z.enum(['rgb', 'grey']).meta({ title: 'Channels', description: 'Red, green and blue, or grey.' }),
  resize: z.array(side).max(2).meta({
    title: 'Resize',
    description: 'Pixels of the shorter side, or width and height; empty: as they are.',
  }),
  filter: z.enum(filters).meta({ title: 'Filter', description: 'How pixels are resampled, antialiased.' }),
  crop: z
    .array(side)
    .max(2)
    .meta({ title: 'Crop', description: 'Width and height of the middle; empty: nothing is cut.' }),
  scale: z.number().meta({ title: 'Scale', description: 'Pixels, 0 to 255, are multiplied by it.' }),
  invert: z.boolean().meta({ title: 'Invert', description: '1 less each value: dark strokes on white become bright.' }),
  mean: z.array(z.number()).max(4).meta({ title: 'Mean', description: 'Is subtracted, for each channel.' }),
  std: z.array(z.number()).max(4).meta({
    title: 'Standard deviation',
    description: 'What is left is divided by it, for each channel.',
  }),
  layout: z.enum(['nchw', 'nhwc']).meta({ title: 'Layout', description: 'Channels before or after the pixels.' }),
};

type ImageSettings = z.output<z.ZodObject<typeof imageSettings>>;

/**
 * Where the steps of images begin: a preset, the folder's own file, or the size of the input.
 * @throws UserError for a preset that there is not, and where the file is damaged.
 */
export async function imageDefaults(folder: string, inputs: readonly GraphValue[], preset: unknown) {
  const size = sizeOf(inputs);
  const warnings: string[] = [];
  let settings: ImageSettings;
  if (preset === undefined || preset === 'model') {
    const steps = await readPreprocessor(folder);
    settings = { ...(steps ? settingsFrom(steps) : bare(size)), preset: 'model' };
    if (!steps)
      warnings.push(
        'There is no preprocessor_config.json with the model: images are brought to the size of its input and to 0 to 1. Say how ' +
          'it was trained, by a preset (imagenet, clip, mnist) or by mean and standard deviation.',
      );
  } else {
    const steps = imagePresets[preset as keyof typeof imagePresets];
    if (!steps)
      throw new UserError(`There is no preset ${JSON.stringify(preset)} for images; there are ${some(presets)}.`);
    settings = { ...settingsFrom(steps), preset: preset as ImageSettings['preset'] };
    // Pictures of digits and their kin come in several sizes.
    if (preset === 'mnist' && size.pixels) settings = { ...settings, resize: size.pixels };
  }
  return { settings: { ...settings, layout: size.layout }, warnings };
}

/** The steps that settings say. */
export function imageStepsOf(values: Readonly<Record<string, unknown>>): ImageStep[] {
  const { channels, resize, filter, crop, scale, invert, mean, std, layout } = values as unknown as ImageSettings;
  const [width = 0, height = width] = resize;
  const [wide = 0, tall = wide] = crop;
  return [
    { op: 'channels', to: channels },
    ...(resize.length === 1 ? [{ op: 'resize-shortest', side: width, filter } as const] : []),
    ...(resize.length === 2 ? [{ op: 'resize', width, height, filter } as const] : []),
    ...(crop.length > 0 ? [{ op: 'centre-crop', width: wide, height: tall } as const] : []),
    ...(scale !== 1 ? [{ op: 'rescale', factor: scale } as const] : []),
    ...(invert ? [{ op: 'invert' } as const] : []),
    ...(mean.length + std.length > 0 ? [{ op: 'normalise', mean, std } as const] : []),
    { op: 'layout', to: layout },
  ];
}

const nothing: ImageSettings = {
  ...{ preset: 'model', channels: 'rgb', resize: [], filter: 'bilinear', crop: [], scale: 1, invert: false },
  ...{ mean: [], std: [], layout: 'nchw' },
};

/** The same steps as settings. */
function settingsFrom(steps: readonly ImageStep[]): ImageSettings {
  let settings = nothing;
  for (const step of steps) settings = { ...settings, ...settingOf(step) };
  return settings;
}

function settingOf(step: ImageStep): Partial<ImageSettings> {
  switch (step.op) {
    case 'channels':
      return { channels: step.to };
    case 'resize':
      return { resize: [step.width, step.height], filter: step.filter };
    case 'resize-shortest':
      return { resize: [step.side], filter: step.filter };
    case 'centre-crop':
      return { crop: [step.width, step.height] };
    case 'rescale':
      return { scale: step.factor };
    case 'invert':
      return { invert: true };
    case 'normalise':
      return { mean: [...step.mean], std: [...step.std] };
    case 'layout':
      return { layout: step.to };
  }
}

interface Size {
  readonly layout: 'nchw' | 'nhwc';
  readonly channels: Dim | undefined;
  /** Width and height, where both are fixed. */
  readonly pixels: number[] | undefined;
  readonly whole: boolean;
}

/** What the first input of four axes says of images. */
function sizeOf(inputs: readonly GraphValue[]): Size {
  const input = inputs.find(({ shape }) => shape?.length === 4);
  const [, second, third, fourth] = input?.shape ?? [];
  const few = (dim: Dim | undefined) => dim === 1 || dim === 3;
  const last = few(fourth) && !few(second);
  const [channels, height, width] = last ? [fourth, second, third] : [second, third, fourth];
  return {
    layout: last ? 'nhwc' : 'nchw',
    channels,
    pixels: typeof width === 'number' && typeof height === 'number' ? [width, height] : undefined,
    whole: input !== undefined && !/float/.test(input.dtype ?? 'float32'),
  };
}

function bare({ channels, pixels, whole }: Size): ImageSettings {
  return { ...nothing, channels: channels === 1 ? 'grey' : 'rgb', resize: pixels ?? [], scale: whole ? 1 : 1 / 255 };
}
