import { basename } from 'node:path';
import { UserError } from '../protocol/errors';
import { endings } from '../protocol/formats';
import { count, some } from '../protocol/words';
import { filesOf } from './files';
import type { Format, OpenOptions } from './format';
import { formats } from './formats';
import { type FileSource, openSource } from './source';
import type { DataFile } from './tensor';

export type { OpenOptions } from './format';
export type { ColumnValues, DataFile, RawTensor, ReadOptions } from './tensor';

const headBytes = 4096;
const lfsPointer = 'version https://git-lfs';
const pickled = ['.pkl', '.pickle', '.ckpt', '.joblib'];

/**
 * Opens a data file by its ending; a file whose first bytes show another format is refused with its name.
 * @param path of a file, or with `*` and `?` in its last part of several, which are read as one table.
 * @throws UserError when it is missing, unreadable, of no known format or damaged.
 */
export async function openData(path: string, options: OpenOptions = {}): Promise<DataFile> {
  const paths = filesOf(path);
  const sources: FileSource[] = [];
  try {
    const found = new Set<Format>();
    for (const one of paths) {
      const source = await openSource(one);
      sources.push(source);
      found.add(await formatOf(source, options));
    }
    const [[first, ...others], [format]] = [sources, [...found]];
    if (!first || !format) throw new UserError(`${path}: there is no such file. Check the path.`);
    refuseQuery(first, format, options);
    if (others.length === 0) return await format.open(first, options);
    if (found.size === 1 && format.join) return await format.join(sources, { ...options, path });
    const known = formats.flatMap(({ id, join }) => (join ? endings[id][0] : []));
    throw new UserError(
      `${path}: it stands for ${count(sources.length)} files that are no one table. Files of one format out of ` +
        `${some(known)} are read together.`,
    );
  } catch (error) {
    for (const source of sources) await source.close();
    throw error;
  }
}

function refuseQuery({ name }: FileSource, { join }: Format, { query }: OpenOptions): void {
  if (query !== undefined && !join)
    throw new UserError(`${name}: SQL is for tables (CSV, JSON lines, Parquet). Leave the query out.`);
}

async function formatOf(source: FileSource, options: OpenOptions): Promise<Format> {
  const { name, size } = source;
  const lower = basename(name).toLowerCase();
  if (pickled.some((ending) => lower.endsWith(ending)))
    throw new UserError(
      `${name}: files that pickle wrote can run code when they are opened; Sextant never opens them. Save the tensors with ` +
        'safetensors.torch.save_file, torch.save or np.savez.',
    );
  if (lower.endsWith('.onnx'))
    throw new UserError(
      `${name} is a model: a representation is one of its layers, run on data: ${name}#LAYER@DATA. sextant inspect ${name} ` +
        'lists its layers.',
    );
  const ending = longestEnding(lower);
  const candidates = formats.filter(({ id }) => endings[id].some((known) => known === ending));
  const last = candidates.at(-1);
  if (!last) {
    const known = formats.flatMap(({ id }) => [...endings[id]]);
    throw new UserError(`${name}: unknown format. Sextant reads ${some([...new Set(known)], known.length)}.`);
  }
  if (size === 0) throw new UserError(`${name}: the file is empty (0 bytes). Save it again, or copy it anew.`);
  const head = await source.head(headBytes);
  const text = head.toString('latin1');
  if (text.startsWith(lfsPointer))
    throw new UserError(
      `${name}: this is no ${ending} file but a Git LFS pointer, not the data. Run \`git lfs pull\`.`,
    );
  if (options.raw !== undefined) {
    // Told how to read its bytes, whatever they look like.
    const asked = candidates.find(({ id }) => id === 'raw');
    if (asked) return asked;
    throw new UserError(
      `${name}: only ${some(endings.raw)} files are read as raw bytes, and '${options.raw}' says how. Leave it out for this file.`,
    );
  }
  const alike = formats.filter(({ signatures = [] }) => signatures.some((bytes) => text.startsWith(bytes)));
  const found = alike.some((format) => candidates.includes(format)) ? undefined : alike[0];
  if (found && !packed(lower, text))
    throw new UserError(
      `${name}: this is no ${ending} file but ${found.title}. Rename it to ${endings[found.id][0]} if that is meant.`,
    );
  return candidates.find((format) => format.recognises?.(head, source, options) ?? false) ?? last;
}

/** A compressed file begins like an archive of its own. */
function packed(name: string, head: string): boolean {
  return (
    (name.endsWith('.gz') && head.startsWith('\x1f\x8b')) || (name.endsWith('.zst') && head.startsWith('\x28\xb5'))
  );
}

function longestEnding(name: string): string | undefined {
  const known: readonly (readonly string[])[] = Object.values(endings);
  return known
    .flat()
    .filter((ending) => name.endsWith(ending))
    .sort((a, b) => b.length - a.length)[0];
}
