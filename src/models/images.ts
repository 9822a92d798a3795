import { basename, resolve } from 'node:path';
import type { Signal } from '../data/source';
import { Matrix } from '../linalg/matrix';
import { messageOf, UserError } from '../protocol/errors';
import type { ImageStep } from '../protocol/images';
import { count, dims, plural, size, some } from '../protocol/words';
import { decodeImage } from './decode-image';
import { applySteps, type Pixels } from './image-steps';
import { mediaFilesOf } from './media-files';

/** Images as rows. */
export interface ImageRows {
  /** A row for each image that could be read. */
  readonly matrix: Matrix<Float32Array>;
  /** Of one image, in the order of its values in a row. */
  readonly shape: readonly [number, number, number];
  /** Names of the files of the rows. */
  readonly names: readonly string[];
  /** Place of each among all files. */
  readonly index: Int32Array;
  readonly files: number;
  readonly steps: readonly string[];
  /** Which could not be read, and why the first. */
  readonly warnings: readonly string[];
}

export interface ImageOptions {
  /** Bytes allowed for the rows. */
  readonly limit: number;
  readonly signal?: Signal;
  progress?(fraction: number, message: string): void;
}

/**
 * Reads images as one data source, in the order of their names, each brought to the same shape by the steps. One that cannot be
 * read is named in a warning and left out.
 * @param path a folder, an image, or a pattern for some in a folder.
 * @throws UserError where none can be read, or they differ in size after the steps.
 */
export async function readImages(
  path: string,
  baseFolder: string,
  steps: readonly ImageStep[],
  { limit, signal, progress }: ImageOptions,
): Promise<ImageRows> {
  const files = mediaFilesOf(resolve(baseFolder, path), 'images');
  const kept: number[] = [];
  const failed: string[] = [];
  let why = '';
  let data = new Float32Array();
  let first: Pixels | undefined;
  for (const [i, file] of files.entries()) {
    signal?.throwIfAborted();
    progress?.(i / files.length, `Image ${count(i + 1)} of ${count(files.length)}`);
    const picture = await decodeImage(file).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      why ||= messageOf(error);
      failed.push(basename(file));
      return undefined;
    });
    if (!picture) continue;
    const pixels = applySteps(picture, steps);
    if (!first) {
      first = pixels;
      const bytes = 4 * pixels.data.length * files.length;
      if (bytes > limit)
        throw new UserError(
          `${basename(path)}: ${plural(files.length, 'image')} of ${dims(pixels.shape)} need ${size(bytes)} of memory; the bound is ${size(limit)}. ` +
            'Resize to fewer pixels, choose fewer images, or raise the bound.',
        );
      data = new Float32Array(pixels.data.length * files.length);
    }
    if (pixels.shape.join() !== first.shape.join())
      throw new UserError(
        `${basename(file)} is ${dims(pixels.shape)} after the steps, ${basename(files[kept[0] as number] as string)} ${dims(first.shape)}. ` +
          'Rows need one size: resize them, or bring them to the same channels.',
      );
    data.set(pixels.data, kept.length * pixels.data.length);
    kept.push(i);
  }
  if (!first) throw new UserError(`${basename(path)}: none of ${plural(files.length, 'image')} can be read. ${why}`);
  const width = first.data.length;
  return {
    matrix: new Matrix(data.subarray(0, kept.length * width), kept.length, width),
    shape: first.shape,
    names: kept.map((i) => basename(files[i] as string)),
    index: Int32Array.from(kept),
    files: files.length,
    steps: ['images in counting order of their names', ...steps.map(stepWords)],
    warnings:
      failed.length === 0
        ? []
        : [`${count(failed.length)} of ${plural(files.length, 'image')} left out: ${some(failed)}. ${why}`],
  };
}

/** A step in a few words, for the steps of a result. */
export function stepWords(step: ImageStep): string {
  switch (step.op) {
    case 'channels':
      return step.to === 'rgb' ? 'to red, green and blue' : 'to grey (Rec. 601)';
    case 'resize':
      return `resized to ${dims([step.width, step.height])} (${step.filter}, antialiased)`;
    case 'resize-shortest':
      return `shorter side resized to ${step.side} (${step.filter}, antialiased)`;
    case 'centre-crop':
      return `cropped to the middle ${dims([step.width, step.height])}`;
    case 'rescale':
      return `values times ${Number(step.factor.toPrecision(6))}`;
    case 'invert':
      return 'values taken from 1';
    case 'normalise':
      return `less ${step.mean.join(', ')}, over ${step.std.join(', ')}`;
    case 'layout':
      return step.to === 'nchw' ? 'channels first' : 'channels last';
  }
}
