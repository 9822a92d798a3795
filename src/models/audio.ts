import { basename } from 'node:path';
import { openSource } from '../data/source';
import { UserError } from '../protocol/errors';
import { count, plural, size } from '../protocol/words';

/** A sound as one row of samples, -1 to 1. */
export interface Sound {
  /** Per second. */
  readonly rate: number;
  /** Before they were mixed. */
  readonly channels: number;
  readonly samples: Float32Array;
  /** Of each channel, by the head of the file: more than there are where the file is cut off. */
  readonly declared: number;
  /** What was done to it, for the steps of a result. */
  readonly notes: readonly string[];
}

/** How samples are stored. */
interface Format {
  readonly float: boolean;
  readonly bits: number;
  readonly channels: number;
  readonly rate: number;
}

const pcm = 1;
const float = 3;
const extensible = 0xfffe;
/** Bytes of samples; so many and more are declared by programs that do not know yet: SoX some 0x7ffff000, ffmpeg 0xffffffff. */
const streamed = 0x7fff0000;

/**
 * Reads a `.wav` file: PCM of 8, 16, 24 or 32 bits, or float of 32 or 64. Whole numbers are divided by the largest magnitude of
 * their width, so that full scale is -1 to 1. Several channels become their mean. The rate stays what it is.
 * @param limit bytes allowed for the samples.
 * @throws UserError where the file cannot be read, is damaged, or stores samples in another way.
 */
export async function readWav(path: string, { limit }: { readonly limit: number }): Promise<Sound> {
  return opened(path, async (name, read, { format, start, end, declared }) => {
    const frame = frameOf(format);
    const frames = Math.floor((end - start) / frame);
    if (frames === 0) throw damaged(name, 'it holds no samples');
    if (4 * frames + (end - start) > limit)
      throw new UserError(
        `${name}: ${plural(frames, 'sample')} need ${size(4 * frames + end - start)} of memory; the bound is ${size(limit)}. ` +
          'Raise the bound, or cut the sound.',
      );
    const samples = mixed(await read(start, frames * frame), format, frames, name);
    const { rate, channels } = format;
    return { rate, channels, samples, declared: Math.floor((declared - start) / frame), notes: notesOf(format) };
  });
}

/** How many samples a `.wav` file has of each channel, by its head alone. @throws UserError as `readWav`. */
export async function wavFrames(path: string): Promise<number> {
  return opened(path, async (_, __, { format, start, end }) => Math.floor((end - start) / frameOf(format)));
}

type Read = (position: number, length: number) => Promise<Buffer>;

async function opened<T>(
  path: string,
  use: (name: string, read: Read, found: Awaited<ReturnType<typeof chunks>>) => Promise<T>,
): Promise<T> {
  const source = await openSource(path);
  const read: Read = async (position, length) => {
    const bytes = Buffer.alloc(length);
    await source.read(bytes, position);
    return bytes;
  };
  try {
    return await use(source.name, read, await chunks(source.name, source.size, read));
  } finally {
    await source.close();
  }
}

const frameOf = ({ bits, channels }: Format) => (bits / 8) * channels;

function damaged(name: string, what: string): UserError {
  return new UserError(`${basename(name)}: ${what}. Save it again as WAV (PCM or float).`);
}

/**
 * How the samples are stored, and where they lie. A length that reaches beyond the file ends with it; `declared` is where the
 * samples would end, but of a stream where they do.
 */
async function chunks(name: string, bytes: number, read: Read) {
  if (bytes < 12) throw damaged(name, 'it is too short for a WAV file');
  const head = (await read(0, 12)).toString('latin1');
  if (head.slice(0, 4) !== 'RIFF' || head.slice(8) !== 'WAVE') throw damaged(name, 'it is no WAV file');
  let format: Format | undefined;
  for (let position = 12; position + 8 <= bytes; ) {
    const chunk = await read(position, 8);
    const start = position + 8;
    const length = chunk.readUInt32LE(4);
    const id = chunk.toString('latin1', 0, 4);
    if (id === 'fmt ') {
      if (length < 16 || start + length > bytes) throw damaged(name, 'its format is cut off');
      format = formatOf(await read(start, Math.min(length, 40)), name);
    }
    if (id === 'data') {
      if (!format) throw damaged(name, 'its samples come before their format');
      const end = Math.min(bytes, start + length);
      return { format, start, end, declared: length < streamed ? start + length : end };
    }
    position = start + length + (length % 2);
  }
  throw damaged(name, 'it holds no samples');
}

function formatOf(chunk: Buffer, name: string): Format {
  const stored = chunk.readUInt16LE(0);
  // The true kind is the beginning of an identifier that follows.
  const kind = stored === extensible && chunk.length >= 26 ? chunk.readUInt16LE(24) : stored;
  const [channels, rate, bits] = [chunk.readUInt16LE(2), chunk.readUInt32LE(4), chunk.readUInt16LE(14)];
  const known = kind === pcm ? [8, 16, 24, 32].includes(bits) : kind === float && [32, 64].includes(bits);
  if (!known)
    throw damaged(
      name,
      `its samples are of kind ${kind} with ${bits} bits; PCM of 8 to 32 and float of 32 or 64 are read`,
    );
  if (channels === 0 || rate === 0) throw damaged(name, `it has ${plural(channels, 'channel')} at ${count(rate)} Hz`);
  return { float: kind === float, bits, channels, rate };
}

function mixed(bytes: Buffer, { float: isFloat, bits, channels }: Format, frames: number, name: string): Float32Array {
  const width = bits / 8;
  const value = isFloat
    ? (at: number) => (bits === 32 ? bytes.readFloatLE(at) : bytes.readDoubleLE(at))
    : bits === 8
      ? (at: number) => ((bytes[at] as number) - 128) / 128
      : (at: number) => bytes.readIntLE(at, width) / 2 ** (bits - 1);
  const out = new Float32Array(frames);
  for (let i = 0, at = 0; i < frames; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++, at += width) sum += value(at);
    out[i] = sum / channels;
    if (!Number.isFinite(out[i])) throw damaged(name, `sample ${count(i)} is not a finite number in float32`);
  }
  return out;
}

function notesOf({ float: isFloat, bits, channels, rate }: Format): string[] {
  return [
    isFloat ? `samples as stored (float of ${bits} bits)` : `${bits} bits as -1 to 1`,
    ...(channels > 1 ? [`mean of ${channels} channels`] : []),
    `${count(rate)} Hz, not resampled`,
  ];
}
