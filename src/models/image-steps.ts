import { UserError } from '../protocol/errors';
import type { ImageStep } from '../protocol/images';
import { dims } from '../protocol/words';
import type { Picture } from './picture';
import { resample } from './resample';

/** What a network takes of one image: values row by row in the order of `shape`. */
export interface Pixels {
  readonly data: Float32Array;
  /** Channels, height, width; or height, width, channels. */
  readonly shape: readonly [number, number, number];
}

interface State {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Channels last, unless `first`. */
  readonly data: Uint8Array | Float32Array;
  readonly first: boolean;
}

/**
 * Does the steps on a picture, in their order.
 * @throws UserError where a step cannot follow the one before, or does not fit the number of channels.
 */
export function applySteps({ width, height, channels, data }: Picture, steps: readonly ImageStep[]): Pixels {
  let state: State = { width, height, channels, data, first: false };
  for (const step of steps) state = apply(state, step);
  const shape = [state.height, state.width, state.channels] as const;
  return {
    data: Float32Array.from(state.data),
    shape: state.first ? [state.channels, state.height, state.width] : shape,
  };
}

function apply(state: State, step: ImageStep): State {
  if (state.first)
    throw new UserError(`The step ${step.op} follows the layout; the layout comes last. Change the order.`);
  switch (step.op) {
    case 'channels':
      return { ...state, ...converted(bytesOf(state, step.op), state.channels, step.to) };
    case 'resize':
      return resized(state, step.height, step.width, step.filter, step.op);
    case 'resize-shortest': {
      const { width, height } = state;
      const longer = Math.max(1, Math.trunc((step.side * Math.max(width, height)) / Math.min(width, height)));
      const [tall, wide] = height < width ? [step.side, longer] : [longer, step.side];
      return resized(state, tall, wide, step.filter, step.op);
    }
    case 'centre-crop':
      return cropped(state, step.height, step.width);
    case 'rescale':
      return { ...state, data: Float32Array.from(state.data, (value) => value * step.factor) };
    case 'invert':
      return { ...state, data: Float32Array.from(state.data, (value) => 1 - value) };
    case 'normalise':
      return normalised(state, step.mean, step.std);
    case 'layout':
      return step.to === 'nhwc' ? state : { ...state, data: channelsFirst(state), first: true };
  }
}

function bytesOf({ data }: State, op: string): Uint8Array {
  if (data instanceof Uint8Array) return data;
  throw new UserError(
    `The step ${op} works on bytes and comes before rescale, invert and normalise. Change the order.`,
  );
}

/** As Pillow's convert: transparency is dropped, and grey is rounded to bytes. */
function converted(data: Uint8Array, channels: number, to: 'rgb' | 'grey') {
  const pixels = data.length / channels;
  const wide = to === 'rgb' ? 3 : 1;
  const out = new Uint8Array(pixels * wide);
  for (let i = 0; i < pixels; i++) {
    const [r = 0, g = 0, b = 0] = data.subarray(i * channels, (i + 1) * channels);
    if (channels < 3) out.fill(r, i * wide, (i + 1) * wide);
    else if (to === 'rgb') out.set([r, g, b], i * 3);
    else out[i] = (19595 * r + 38470 * g + 7471 * b + 0x8000) >>> 16;
  }
  return { data: out, channels: wide };
}

/** A result of so many values is no input of any network. */
const mostValues = 1e8;

function resized(state: State, tall: number, wide: number, filter: Parameters<typeof resample>[3], op: string): State {
  const { height, width, channels } = state;
  if (!(tall >= 1 && wide >= 1 && tall * wide * channels <= mostValues))
    throw new UserError(`The step ${op} would make an image of ${dims([tall, wide, channels])}. Choose another size.`);
  const data = resample(bytesOf(state, op), [height, width, channels], [tall, wide], filter);
  return { ...state, data, height: tall, width: wide };
}

function cropped({ data, height, width, channels, first }: State, tall: number, wide: number): State {
  if (!(tall >= 1 && wide >= 1 && tall * wide * channels <= mostValues))
    throw new UserError(
      `The step centre-crop would make an image of ${dims([tall, wide, channels])}. Choose another size.`,
    );
  const size = tall * wide * channels;
  const out = data instanceof Uint8Array ? new Uint8Array(size) : new Float32Array(size);
  const [top, left] = [Math.floor((height - tall) / 2), Math.floor((width - wide) / 2)];
  for (let y = 0; y < tall; y++) {
    const from = y + top;
    if (from < 0 || from >= height) continue;
    const [start, end] = [Math.max(0, left), Math.min(width, left + wide)];
    const row = data.subarray((from * width + start) * channels, (from * width + end) * channels);
    out.set(row, (y * wide + start - left) * channels);
  }
  return { data: out, height: tall, width: wide, channels, first };
}

function normalised(state: State, mean: readonly number[], std: readonly number[]): State {
  const { channels, data } = state;
  if (mean.length !== channels || std.length !== channels || std.includes(0))
    throw new UserError(
      `The step normalise has ${mean.length} means and ${std.length} deviations for ${channels} channels; one of each that is not 0 was expected.`,
    );
  const of = (value: number, k: number) => (value - (mean[k % channels] as number)) / (std[k % channels] as number);
  return { ...state, data: Float32Array.from(data, of) };
}

function channelsFirst({ data, height, width, channels }: State): Float32Array {
  const out = new Float32Array(data.length);
  const pixels = height * width;
  for (let i = 0; i < pixels; i++)
    for (let c = 0; c < channels; c++) out[c * pixels + i] = data[i * channels + c] as number;
  return out;
}
