import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../protocol/errors';
import { dataFileExpression, endings } from '../protocol/formats';
import { byNumber } from './words';

const tables: readonly string[] = [endings.csv, endings.tsv, endings.json, endings.parquet, endings.arrow].flat();

/**
 * The data files in a folder, in counting order: those of arrays; tables where there are no arrays, because a table beside
 * arrays is about them. Hidden files and folders in it are left out.
 * @throws UserError where there is none.
 */
export function dataFilesIn(folder: string): string[] {
  const expression = new RegExp(dataFileExpression, 'i');
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && expression.test(entry.name))
    .map(({ name }) => name)
    .sort(byNumber);
  const isTable = (name: string) => tables.some((ending) => name.toLowerCase().endsWith(ending));
  const arrays = names.filter((name) => !isTable(name));
  const found = arrays.length > 0 ? arrays : names;
  if (found.length === 0)
    throw new UserError(
      `${basename(folder)} holds no data file that Sextant reads. Name the files, or another folder.`,
    );
  return found.map((name) => join(folder, name));
}
