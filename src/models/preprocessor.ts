import { join } from 'node:path';
import { UserError } from '../protocol/errors';
import type { ImageStep } from '../protocol/images';
import { type Fields, readFields } from './json';

/** Steps that are in use for families of networks. */
export const imagePresets = {
  /** torchvision's evaluation of ImageNet classifiers. */
  imagenet: [
    { op: 'channels', to: 'rgb' },
    { op: 'resize-shortest', side: 256, filter: 'bilinear' },
    { op: 'centre-crop', width: 224, height: 224 },
    { op: 'rescale', factor: 1 / 255 },
    { op: 'normalise', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    { op: 'layout', to: 'nchw' },
  ],
  /** OpenAI's CLIP. */
  clip: [
    { op: 'channels', to: 'rgb' },
    { op: 'resize-shortest', side: 224, filter: 'bicubic' },
    { op: 'centre-crop', width: 224, height: 224 },
    { op: 'rescale', factor: 1 / 255 },
    { op: 'normalise', mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] },
    { op: 'layout', to: 'nchw' },
  ],
  /** Small grey pictures of digits, letters or clothes, bright on black, from 0 to 1. */
  mnist: [
    { op: 'channels', to: 'grey' },
    { op: 'resize', width: 28, height: 28, filter: 'bilinear' },
    { op: 'rescale', factor: 1 / 255 },
    { op: 'layout', to: 'nchw' },
  ],
} as const satisfies Record<string, readonly ImageStep[]>;

/** Pillow's numbers of filters. */
const filters: Readonly<Record<number, Extract<ImageStep, { op: 'resize' }>['filter']>> = {
  0: 'nearest',
  2: 'bilinear',
  3: 'bicubic',
  4: 'box',
};

/**
 * The steps that `preprocessor_config.json` of a Hugging Face folder asks for; undefined where there is no such file. A single
 * number as size is the shorter side where a crop follows, and both sides otherwise.
 * @throws UserError where it is damaged, or asks for something that is not done here.
 */
export async function readPreprocessor(folder: string): Promise<readonly ImageStep[] | undefined> {
  const path = join(folder, 'preprocessor_config.json');
  const fields = await readFields(path);
  if (!fields) return undefined;
  const steps: ImageStep[] = [{ op: 'channels', to: 'rgb' }];
  const crops = fields.do_center_crop === true;
  if (fields.do_resize !== false && fields.size !== undefined) steps.push(resizing(fields, crops, path));
  if (crops) steps.push({ op: 'centre-crop', ...sizeOf(fields.crop_size ?? fields.size, path) });
  if (fields.do_rescale !== false)
    steps.push({ op: 'rescale', factor: numberOf(fields.rescale_factor, 1 / 255, path) });
  if (fields.do_normalize !== false && fields.image_mean !== undefined)
    steps.push({ op: 'normalise', mean: numbersOf(fields.image_mean, path), std: numbersOf(fields.image_std, path) });
  return [...steps, { op: 'layout', to: 'nchw' }];
}

function resizing({ size, resample }: Fields, crops: boolean, path: string): ImageStep {
  const filter = filters[numberOf(resample, 2, path)];
  if (!filter)
    throw new UserError(
      `${path}: it asks for the filter ${resample}; nearest, bilinear, bicubic and box (0, 2, 3, 4) are done.`,
    );
  const shortest = typeof size === 'number' && crops ? size : (size as Fields).shortest_edge;
  if (shortest !== undefined) return { op: 'resize-shortest', side: numberOf(shortest, 0, path), filter };
  return { op: 'resize', ...sizeOf(size, path), filter };
}

function sizeOf(value: unknown, path: string): { readonly width: number; readonly height: number } {
  if (typeof value === 'number') return { width: numberOf(value, 0, path), height: numberOf(value, 0, path) };
  const { width, height, shortest_edge: side } = (value ?? {}) as Fields;
  return { width: numberOf(width ?? side, 0, path), height: numberOf(height ?? side, 0, path) };
}

function numberOf(value: unknown, otherwise: number, path: string): number {
  const number = value ?? otherwise;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw new UserError(`${path}: a number was expected where ${JSON.stringify(value)} stands. Copy the file anew.`);
}

function numbersOf(value: unknown, path: string): readonly number[] {
  const list = Array.isArray(value) ? value : [value];
  return list.map((one) => numberOf(one, Number.NaN, path));
}
