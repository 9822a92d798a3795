import { extname } from 'node:path';
import { UserError } from '../protocol/errors';
import { openNpy } from './npy';
import { openNpz } from './npz';
import { openSafetensors } from './safetensors';
import { type FileSource, openSource, type Signal } from './source';
import { openCsv, openTsv } from './table';
import type { DataFile } from './tensor';

export type { ColumnValues, DataFile, RawTensor, ReadOptions } from './tensor';

type Opener = (source: FileSource, signal?: Signal) => Promise<DataFile>;

const openers: Readonly<Record<string, Opener>> = {
  '.npy': openNpy,
  '.npz': openNpz,
  '.safetensors': openSafetensors,
  '.csv': openCsv,
  '.tsv': openTsv,
};

/** Formats by their first bytes: for a file whose name says something else. */
const signatures: readonly (readonly [bytes: string, extension: string, what: string])[] = [
  ['\x93NUMPY', '.npy', 'a single NumPy array. Rename it to .npy'],
  ['PK\x03\x04', '.npz', 'a zip archive. If np.savez wrote it, rename it to .npz'],
  ['PK\x05\x06', '.npz', 'an empty zip archive. Save it again'],
  ['\x89HDF', '.h5', 'an HDF5 file. Save the arrays as .npz or .safetensors'],
  ['PAR1', '.parquet', 'a Parquet file. Save it as .csv or .npy'],
  ['\x1f\x8b', '.gz', 'compressed with gzip. Unpack it first'],
  ['version https://git-lfs', '', 'a Git LFS pointer, not the data. Run `git lfs pull`'],
];

const pickled = new Set(['.pt', '.pth', '.pkl', '.pickle', '.bin', '.ckpt', '.joblib']);

/**
 * Opens a data file by its extension; a file whose first bytes show another format is refused with its name.
 * @throws UserError when it is missing, unreadable, of no known format or damaged.
 */
export async function openData(path: string, signal?: Signal): Promise<DataFile> {
  const source = await openSource(path);
  try {
    return await openerOf(source, extname(path).toLowerCase(), await source.head(24))(source, signal);
  } catch (error) {
    await source.close();
    throw error;
  }
}

function openerOf({ name, size }: FileSource, extension: string, head: Buffer): Opener {
  const opener = openers[extension];
  if (pickled.has(extension))
    throw new UserError(
      `${name}: files that torch.save or pickle wrote can run code when they are opened; Sextant never opens them. Save the ` +
        'tensors with safetensors.torch.save_file, or with np.savez.',
    );
  if (!opener) throw new UserError(`${name}: unknown format. Sextant reads ${Object.keys(openers).join(', ')}.`);
  if (size === 0) throw new UserError(`${name}: the file is empty (0 bytes). Save it again, or copy it anew.`);
  const text = head.toString('latin1');
  const found = signatures.find(([bytes]) => text.startsWith(bytes));
  if (found && found[1] !== extension) throw new UserError(`${name}: this is no ${extension} file but ${found[2]}.`);
  return opener;
}
