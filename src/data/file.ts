import { extname } from 'node:path';
import { UserError } from '../protocol/errors';
import { openNpy } from './npy';
import { type FileSource, openSource } from './source';
import type { DataFile } from './tensor';

export type { ColumnValues, DataFile, RawTensor, ReadOptions } from './tensor';

const openers: Readonly<Record<string, (source: FileSource) => Promise<DataFile>>> = {
  '.npy': openNpy,
};

/**
 * Opens a data file by its extension.
 * @throws UserError when it is missing, unreadable, of no known format or damaged.
 */
export async function openData(path: string): Promise<DataFile> {
  const extension = extname(path).toLowerCase();
  const source = await openSource(path);
  try {
    const opener = openers[extension];
    if (!opener)
      throw new UserError(`${source.name}: unknown format. Sextant reads ${Object.keys(openers).join(', ')}.`);
    return await opener(source);
  } catch (error) {
    await source.close();
    throw error;
  }
}
