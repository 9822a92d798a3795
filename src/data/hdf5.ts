import type { TensorDescription } from '../protocol/engine';
import { UserError } from '../protocol/errors';
import { dims } from '../protocol/words';
import { elements } from './array';
import { findMember, label } from './container';
import { numericDtype } from './dtype';
import type { Format } from './format';
import { Hdf5Client } from './hdf5/client';
import type { Entry } from './hdf5/messages';
import { type Numbers, readNumbers } from './hdf5/read';
import { readTexts } from './hdf5/text';
import type { FileSource, Signal } from './source';
import type { DataFile, ReadOptions } from './tensor';

/** A dataset as a tensor: how to read it, or why it cannot be. */
export type Hdf5Member = {
  readonly description: TensorDescription;
  readonly numbers?: Numbers;
  texts?(options: Pick<ReadOptions, 'limit' | 'signal'>, what: string): Promise<string[]>;
};

/**
 * Opens an HDF5 file: every dataset is a tensor, by its path. What is no array of numbers or text is described with the
 * reason. Links to other files, external storage and virtual datasets are not followed.
 * @throws UserError when the file cannot be read at all.
 */
async function openHdf5(source: FileSource, signal: Signal | undefined): Promise<DataFile> {
  const client = new Hdf5Client(source);
  try {
    const { entries } = await client.ask({ kind: 'list', matlab: false }, source.name, signal);
    return hdf5File(
      source,
      'hdf5',
      client,
      entries.map((entry) => memberOf(client, source, entry)),
    );
  } catch (error) {
    await client.close();
    throw error;
  }
}

export const hdf5: Format = {
  id: 'hdf5',
  title: 'an HDF5 file',
  signatures: ['\x89HDF\r\n\x1a\n'],
  open: (source, { signal }) => openHdf5(source, signal),
};

/** A dataset as it stands in the file. */
export function memberOf(client: Hdf5Client, source: FileSource, entry: Entry): Hdf5Member {
  const { name, shape, type } = entry;
  const dtype = type.kind === 'number' ? numericDtype(type.dtype) : undefined;
  const width = dtype?.itemsize ?? (type.kind === 'text' ? (type.bytes ?? 16) : 0);
  const unreadable = (dtype: string, unusable: string, damaged?: true) => ({
    description: { name, shape, dtype, bytes: 0, unusable, ...(damaged && { damaged }) },
  });
  if (type.kind === 'other') return unreadable(type.dtype, type.reason, type.damaged);
  try {
    const bytes = elements(shape, width, label(source, name)) * width;
    if (dtype)
      return {
        description: { name, shape, dtype: dtype.name, bytes },
        numbers: { entry, dtype, reversed: false },
      };
    const text = type.kind === 'text' && type.bytes !== null ? `bytes${type.bytes}` : 'str';
    const unusable = 'it holds text. Use it as labels, or save numbers.';
    return {
      description: { name, shape, dtype: text, bytes, unusable },
      texts: (options, what) => readTexts(client, entry, options, what),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return unreadable('unknown', `it ${error.message.slice(label(source, name).length + 1)}`, true);
  }
}

/** The data file around datasets of HDF5, by whatever names. */
export function hdf5File(
  source: FileSource,
  format: string,
  client: Hdf5Client,
  members: readonly Hdf5Member[],
): DataFile {
  return {
    describe: () => ({
      path: source.path,
      format,
      bytes: source.size,
      tensors: members.map(({ description }) => description),
    }),
    async read(name, options) {
      const { description, numbers } = findMember(source, members, name);
      const what = label(source, description.name);
      if (options.columns !== undefined)
        throw new UserError(`${what}: only tables have named columns; '${options.columns}' cannot choose any here.`);
      if (!numbers) throw new UserError(`${what} cannot be read as numbers: ${description.unusable}`);
      return { ...(await readNumbers(client, numbers, options, what)), dtype: description.dtype, notes: [] };
    },
    async readColumn(name, options) {
      const { description, numbers, texts } = findMember(source, members, name);
      const { shape } = description;
      const what = label(source, description.name);
      if (!numbers && !texts) throw new UserError(`${what} cannot be read: ${description.unusable}`);
      if (shape.length === 0 || shape.filter((length) => length !== 1).length > 1)
        throw new UserError(`${what} holds ${dims(shape)} values. Labels and names need one value per row: a vector.`);
      const title = name ?? source.name.replace(/\.[^.]*$/, '');
      if (texts) return { name: title, values: await texts(options, what) };
      const { data } = await readNumbers(client, numbers as Numbers, options, what);
      return { name: title, values: Float64Array.from(data) };
    },
    async close() {
      await client.close();
      await source.close();
    },
  };
}
