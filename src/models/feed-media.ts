import { basename, resolve } from 'node:path';
import type { Signal } from '../data/source';
import { messageOf, UserError } from '../protocol/errors';
import type { ModelData } from '../protocol/result';
import { count, dims, plural, some } from '../protocol/words';
import { readWav, type Sound, wavFrames } from './audio';
import { decodeImage } from './decode-image';
import { expectedAxes, type Feed, firstNames, fitted, type Seen, tensorOf } from './feed-parts';
import { applySteps } from './image-steps';
import { stepWords } from './images';
import { type Media, mediaFilesOf } from './media-files';
import type { GraphValue } from './onnx-read';
import type { Prepared, SoundSettings } from './preparation';

/** One file as the row of an input. */
interface Loaded {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

export interface MediaOptions {
  readonly limit: number;
  readonly signal: Signal;
  readonly free: Map<string, number>;
}

/** Images, each brought to what the model takes by the steps. @throws UserError where none can be read or they do not fit. */
export function imageFeed(
  model: string,
  input: GraphValue,
  { path }: ModelData,
  { images }: Pick<Prepared, 'images'>,
  base: string,
  options: MediaOptions,
): Promise<Feed> {
  const load = async (file: string) => applySteps(await decodeImage(file), images);
  return fileFeed(model, [input], resolve(base, path), 'images', load, images.map(stepWords), options);
}

/** Sounds as samples, with a mask of those that are no filling where the model takes one as its second input here. @throws UserError as `imageFeed`. */
export async function soundFeed(
  model: string,
  inputs: readonly GraphValue[],
  { path }: ModelData,
  { sounds }: Pick<Prepared, 'sounds'>,
  base: string,
  options: MediaOptions,
): Promise<Feed> {
  const full = resolve(base, path);
  const files = mediaFilesOf(full, 'sounds');
  const length = sounds.samples || (await longestOf(files, options.signal));
  const [input] = inputs;
  const wide = input?.shape?.length === 3;
  const read = new Map<string, Heard>();
  const steps = new Set<string>();
  const load = async (file: string): Promise<Loaded> => {
    const { samples, rate, declared, notes } = await readWav(file, options);
    if (sounds.rate !== 0 && rate !== sounds.rate)
      throw new UserError(
        `${basename(file)} has ${count(rate)} samples a second where ${count(sounds.rate)} are needed. Resample it.`,
      );
    for (const note of notes) steps.add(note);
    const data = new Float32Array(length);
    read.set(file, { rate, declared, there: samples.length });
    data.set(standardised(samples.subarray(0, length), sounds));
    return { data, shape: wide ? [1, length] : [length] };
  };
  const words = [
    ...(sounds.standardise ? ['each sound less its mean, over its standard deviation'] : []),
    `cut or filled with zeros to ${plural(length, 'sample')}`,
  ];
  const feed = await fileFeed(model, inputs.slice(0, 1), full, 'sounds', load, words, options);
  const mask = inputs[1];
  return {
    ...feed,
    inputs: inputs.map(({ name }) => name),
    async take(start, end, height) {
      const taken = await feed.take(start, end, height);
      const seen = { ...taken.seen, stored: [...steps], ...heard(files.slice(start, end), read) };
      if (!mask) return { ...taken, seen };
      const values = new Float64Array(height * length);
      for (let i = 0; i < height; i++) {
        const { there } = read.get(files[Math.min(start + i, end - 1)] as string) ?? { there: length };
        values.fill(1, i * length, i * length + Math.min(length, there));
      }
      const { tensor } = tensorOf(model, mask, feed.what, values, [height, length], start);
      return { ...taken, inputs: { ...taken.inputs, [mask.name]: tensor }, seen };
    },
    notes: (seen) => [...feed.notes(seen), ...(seen.stored ?? [])],
    warnings: (seen) => [...(feed.warnings?.(seen) ?? []), ...soundWarnings(seen, files.length)],
  };
}

/** A sound that was read, with how many samples are there. */
interface Heard extends Pick<Sound, 'rate' | 'declared'> {
  readonly there: number;
}

function heard(files: readonly string[], read: ReadonlyMap<string, Heard>): Pick<Seen, 'rates' | 'short'> {
  const rates: Record<number, number> = {};
  const names: string[] = [];
  for (const file of files) {
    const sound = read.get(file);
    if (!sound) continue;
    const { rate, declared, there } = sound;
    rates[rate] = (rates[rate] ?? 0) + 1;
    if (there < declared) names.push(`${basename(file)} (${count(there)} of ${plural(declared, 'sample')})`);
  }
  return { rates, ...(names.length > 0 && { short: { count: names.length, names } }) };
}

function soundWarnings({ rates = {}, short }: Seen, sounds: number): string[] {
  const found = Object.entries(rates).sort(([, a], [, b]) => b - a);
  const [[most] = []] = found;
  const words = found.map(([rate, own]) => `${count(own)} of ${count(Number(rate))} Hz`);
  return [
    ...(short
      ? [
          `${count(short.count)} of ${plural(sounds, 'sound')} cut off where the file ends: ${firstNames(short)}. ` +
            'The rows hold what is there. Get the whole files, or leave these out.',
        ]
      : []),
    ...(found.length > 1
      ? [
          `The sounds have different sample rates: ${some(words)}. Nothing is resampled, so that samples are not as far ` +
            `apart in every row. Resample them, or keep those of one rate (Samples per second, --set rate=${most} on the command line).`,
        ]
      : []),
  ];
}

/** As transformers' feature extractors: the variance over n, and 1e-7 against silence. */
function standardised(samples: Float32Array, { standardise }: SoundSettings): Float32Array {
  if (!standardise) return samples;
  let [sum, squares] = [0, 0];
  for (const value of samples) sum += value;
  const mean = sum / samples.length;
  for (const value of samples) squares += (value - mean) ** 2;
  const deviation = Math.sqrt(squares / samples.length + 1e-7);
  return samples.map((value) => (value - mean) / deviation);
}

async function longestOf(files: readonly string[], signal: Signal): Promise<number> {
  let longest = 1;
  for (const file of files) {
    signal.throwIfAborted();
    longest = Math.max(longest, await wavFrames(file).catch(unreadable(() => 1)));
  }
  return longest;
}

/** What an error in words becomes; any other goes on. */
function unreadable<T>(then: (error: UserError) => T): (error: unknown) => T {
  return (error) => {
    if (error instanceof UserError) return then(error);
    throw error;
  };
}

/** Files that are a row each; one that cannot be read leaves its row without numbers and is named. */
async function fileFeed(
  model: string,
  [input]: readonly GraphValue[],
  path: string,
  media: Media,
  load: (file: string) => Promise<Loaded>,
  words: readonly string[],
  { signal, free }: MediaOptions,
): Promise<Feed> {
  if (!input) throw new RangeError('Files need an input.');
  const files = mediaFilesOf(path, media);
  const failures: string[] = [];
  const tried = async (file: string): Promise<Loaded | undefined> =>
    load(file).catch(unreadable((error) => void failures.push(messageOf(error))));
  let first: Loaded | undefined;
  let from = '';
  for (const file of files) {
    signal.throwIfAborted();
    from = file;
    first = await tried(file);
    if (first) break;
  }
  const what = basename(path);
  const noun = media.slice(0, -1);
  if (!first) throw new UserError(`${what}: none of ${plural(files.length, noun)} can be read. ${failures[0] ?? ''}`);
  const { shape } = first;
  const row = input.shape ? fitted(input.shape.slice(1), shape, free) : shape;
  if (!row)
    throw new UserError(
      `${what} does not fit the input '${input.name}' of ${model}: expected ${expectedAxes(input)}, found ${dims([files.length, ...shape])} ` +
        `after the preparation (${words.join('; ')}). Change its steps.`,
    );
  const width = first.data.length;
  return {
    ...{ what, rows: files.length, inputs: [input.name] },
    async take(start, end, height) {
      const values = new Float32Array(height * width);
      const missing: number[] = [];
      failures.length = 0;
      for (let i = 0; i < height; i++) {
        signal.throwIfAborted();
        const file = files[start + i] as string;
        // Rows that only fill up a batch are the last one again.
        const one = i >= end - start ? undefined : file === from ? first : await tried(file);
        if (i >= end - start) values.copyWithin(i * width, (i - 1) * width, i * width);
        else if (!one) missing.push(i);
        else if (one.shape.join() !== shape.join())
          throw new UserError(
            `${basename(file)} is ${dims(one.shape)} after the steps, ${basename(from)} ${dims(shape)}. ` +
              'Rows need one size: resize them, or bring them to the same channels.',
          );
        else values.set(one.data, i * width);
      }
      const { tensor, rounded } = tensorOf(model, input, what, values, [height, ...row], start);
      const names = missing.map((i) => basename(files[start + i] as string));
      const lost = missing.length > 0 && { lost: { count: missing.length, names, why: failures[0] ?? '' } };
      return { inputs: { [input.name]: tensor }, missing, seen: { rounded, ...lost } };
    },
    notes: ({ rounded }) => [
      `${media} in counting order of their names`,
      ...words,
      ...(rounded ? [`${what}: values rounded to the type that the model takes`] : []),
    ],
    warnings: ({ lost }) =>
      lost
        ? [
            `${count(lost.count)} of ${plural(files.length, noun)} cannot be read: ${firstNames(lost)}. ` +
              `Their rows hold no numbers, and comparisons leave them out. ${lost.why}`,
          ]
        : [],
  };
}
