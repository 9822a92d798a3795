import { UserError } from '../protocol/errors';
import { writeAtomically } from './atomic';
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
  const names = matrices.map(({ name }) => name);
  refuseRepeated(path, names);
  if (names.includes('__metadata__'))
    throw new UserError(`${path} cannot be written: no tensor of a safetensors file can be called __metadata__.`);
  const ordered = [true, false].flatMap((double) => matrices.filter((matrix) => matrix.double === double));
  await writeAtomically(path, async (sink) => {
    await sink.write(headerOf(ordered, metadata));
    for (const matrix of ordered) for await (const bytes of encoded(matrix)) await sink.write(bytes);
  });
}

function headerOf(matrices: readonly NamedWritable[], metadata: Readonly<Record<string, string>>): Buffer {
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
