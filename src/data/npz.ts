import { UserError } from '../protocol/errors';
import { repeated } from '../protocol/words';
import type { Layout } from './array';
import { containerFile, describeArray, label, type Member } from './container';
import type { Format } from './format';
import { readNpyLayout } from './npy';
import type { FileSource } from './source';
import type { DataFile } from './tensor';
import { readZipEntries, type ZipEntry } from './zip';
import { openZipMember, type ZipMember } from './zip-member';

/**
 * Opens a .npz file: a zip archive of arrays. A member that is no array, or a damaged one, is described with the reason;
 * the others can still be read. When a whole tensor is read its checksum is compared.
 * @throws UserError when the archive itself is damaged.
 */
async function openNpz(source: FileSource): Promise<DataFile> {
  const entries = (await readZipEntries(source)).filter(({ name }) => !name.endsWith('/'));
  const opened = new Map<Layout, ZipMember>();
  const members: Member[] = [];
  for (const entry of entries) members.push(await openMember(source, entry, opened));
  const twice = repeated(members.map(({ description }) => description.name));
  if (twice !== undefined) throw new UserError(`${source.name}: two tensors have the name '${twice}'. Save it again.`);
  const file = containerFile(source, 'npz', members, async ({ layout }) => {
    // From byte 0, so that the checksum covers the header too.
    if (layout) await opened.get(layout)?.read(new Uint8Array(layout.offset), 0);
  });
  return {
    ...file,
    async close() {
      for (const member of opened.values()) member.release();
      await file.close();
    },
  };
}

export const npz: Format = {
  id: 'npz',
  title: 'a zip archive, as np.savez writes it',
  signatures: ['PK\x03\x04', 'PK\x05\x06'],
  open: (source) => openNpz(source),
};

async function openMember(source: FileSource, entry: ZipEntry, opened: Map<Layout, ZipMember>): Promise<Member> {
  const array = entry.name.endsWith('.npy');
  const name = array ? entry.name.slice(0, -4) : entry.name;
  const where = label(source, name);
  try {
    if (!array) throw new UserError(`${where}: it is no array: its name does not end in .npy. Save it with np.savez.`);
    const member = openZipMember(source, entry, where);
    const layout = await readNpyLayout(member, where);
    member.release();
    opened.set(layout, member);
    return { layout, description: describeArray(name, layout) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const unusable = error.message.slice(where.length).replace(/^[:\s]+/, '');
    const description = { name, shape: [], dtype: 'unknown', bytes: entry.size, unusable };
    return { error, description: { ...description, ...(array && { damaged: true }) } };
  }
}
