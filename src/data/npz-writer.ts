import { crc32 } from 'node:zlib';
import { type Sink, writeAtomically } from './atomic';
import { npyHeader } from './npy-writer';
import { byteLength, encoded, type NamedWritable, refuseRepeated } from './writable';
import { type WrittenEntry, zipDirectory, zipLocalHeader } from './zip-writer';

/**
 * Writes matrices as a `.npz` archive of stored members, as np.savez does; in zip64 where a member or its place exceeds
 * 4 GiB.
 * @param zip64From sizes and places from this one on, in bytes, take 64 bits.
 * @throws UserError when the file cannot be written, or two matrices have one name.
 */
export async function writeNpz(
  path: string,
  matrices: readonly NamedWritable[],
  { zip64From = 0xffffffff } = {},
): Promise<void> {
  const names = matrices.map(({ name }) => `${memberName(name)}.npy`);
  refuseRepeated(path, names);
  await writeAtomically(path, async (sink) => {
    const entries: WrittenEntry[] = [];
    for (const [i, matrix] of matrices.entries())
      entries.push(await writeMember(sink, names[i] as string, matrix, zip64From));
    await sink.write(zipDirectory(entries, sink.position, zip64From));
  });
}

/** A name that unpacks as a file in the folder, whatever it is made of. */
function memberName(name: string): string {
  const file = name.replace(/[/\\\0]/g, '-');
  return /^\.*$/.test(file) ? `array${file.length}` : file;
}

async function writeMember(sink: Sink, name: string, matrix: NamedWritable, zip64From: number): Promise<WrittenEntry> {
  const header = npyHeader(matrix);
  const entry = { name, size: header.length + byteLength(matrix), offset: sink.position };
  await sink.write(zipLocalHeader({ ...entry, crc: 0 }, zip64From));
  let crc = crc32(header);
  await sink.write(header);
  for await (const bytes of encoded(matrix)) {
    crc = crc32(bytes, crc);
    await sink.write(bytes);
  }
  // The checksum is known only now.
  await sink.patch(zipLocalHeader({ ...entry, crc }, zip64From), entry.offset);
  return { ...entry, crc };
}
