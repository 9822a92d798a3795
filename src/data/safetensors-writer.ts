import type { Real } from '../linalg/matrix';
import { UserError } from '../protocol/errors';
import { type Sink, writeAtomically } from './atomic';
import { byteLength, encoded, type NamedWritable, refuseRepeated } from './writable';

/**
 * Writes matrices as a `.safetensors` file (github.com/huggingface/safetensors, "Format"): float64 before float32, as its
 * own library does, so that every value lies at a multiple of its size.
 * @param metadata text by name: where the matrices come from.
 * @throws UserError when the file cannot be written, or a name is taken.
 */
export async function writeSafetensors(
  path: string,
  matrices: readonly NamedWritable[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  refuseNames(path, matrices);
  const ordered = [true, false].flatMap((double) => matrices.filter((matrix) => matrix.double === double));
  await writeAtomically(path, async (sink) => {
    await sink.write(headerOf(ordered, metadata));
    for (const matrix of ordered) for await (const bytes of encoded(matrix)) await sink.write(bytes);
  });
}

function refuseNames(path: string, matrices: readonly Announced[]): void {
  const names = matrices.map(({ name }) => name);
  refuseRepeated(path, names);
  if (names.includes('__metadata__'))
    throw new UserError(`${path} cannot be written: no tensor of a safetensors file can be called __metadata__.`);
}

/** A matrix that comes later. */
export type Announced = Omit<NamedWritable, 'blocks'>;

/** Matrices of one file that are written at the same time, each by blocks of rows in its own order. */
export interface Together {
  /** The next rows of the matrix at that place, in its own precision. */
  put(place: number, data: Real): Promise<void>;
  /** @throws RangeError where rows are missing. */
  finish(): void;
}

/**
 * Begins a `.safetensors` file whose matrices come in turns, a block of each after the other.
 * @param first row that comes next of each: those before are in the file already.
 * @throws UserError where two have one name.
 */
export async function beginSafetensors(
  sink: Sink,
  path: string,
  matrices: readonly Announced[],
  metadata: Readonly<Record<string, string>>,
  first = 0,
): Promise<Together> {
  refuseNames(path, matrices);
  const ordered = [true, false].flatMap((double) => matrices.filter((matrix) => matrix.double === double));
  const header = headerOf(ordered, metadata);
  await sink.write(header);
  let end = header.length;
  const places = new Map(
    ordered.map((matrix) => {
      const at = end + first * matrix.columns * (matrix.double ? 8 : 4);
      end += byteLength(matrix);
      return [matrix, { at, end }] as const;
    }),
  );
  return {
    async put(place, data) {
      const spot = places.get(matrices[place] as Announced) as { at: number; end: number };
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      if (spot.at + bytes.length > spot.end)
        throw new RangeError(`More rows came for matrix ${place} than were announced.`);
      await sink.patch(bytes, spot.at);
      spot.at += bytes.length;
    },
    finish() {
      for (const [{ name }, spot] of places)
        if (spot.at !== spot.end) throw new RangeError(`Rows of ${name} are missing.`);
    },
  };
}

function headerOf(matrices: readonly Announced[], metadata: Readonly<Record<string, string>>): Buffer {
  let end = 0;
  const tensors = matrices.map((matrix): [string, unknown] => {
    const start = end;
    end += byteLength(matrix);
    const { name, rows, columns, double } = matrix;
    return [name, { dtype: double ? 'F64' : 'F32', shape: [rows, columns], data_offsets: [start, end] }];
  });
  const kept: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  const json = Buffer.from(JSON.stringify(Object.fromEntries([...kept, ...tensors])));
  const padded = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  padded.writeBigUInt64LE(BigInt(padded.length - 8));
  padded.set(json, 8);
  return padded;
}
