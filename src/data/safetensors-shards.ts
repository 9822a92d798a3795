import { UserError } from '../protocol/errors';
import { byNumber, some } from '../protocol/words';
import type { Format } from './format';
import { safetensors } from './safetensors';
import { readIndex, shardPath } from './safetensors-index';
import { type FileSource, openSource } from './source';
import type { DataFile } from './tensor';

/** Tensors of several .safetensors files that an index names: a large model as Transformers saves it. */
export const safetensorsShards: Format = {
  id: 'safetensors-shards',
  title: 'the index of a sharded safetensors model',
  open: (source) => openShards(source),
};

async function openShards(source: FileSource): Promise<DataFile> {
  const index = readIndex(source.path);
  const files = new Map<string, DataFile>();
  const close = async () => {
    for (const file of files.values()) await file.close();
  };
  try {
    for (const shard of [...index.keys()].sort(byNumber))
      files.set(shard, await openShard(shardPath(source.path, shard)));
    return sharded(source, place(source, index, files), [...files.values()], async () => {
      await close();
      await source.close();
    });
  } catch (error) {
    await close();
    throw error;
  }
}

async function openShard(path: string): Promise<DataFile> {
  const source = await openSource(path);
  try {
    return await safetensors.open(source, {});
  } catch (error) {
    await source.close();
    throw error;
  }
}

/**
 * The file of each tensor: as the index has it, and tensors that it does not name where they are.
 * @throws UserError when a shard lacks a tensor that the index places there.
 */
function place(
  source: FileSource,
  index: ReadonlyMap<string, readonly string[]>,
  files: ReadonlyMap<string, DataFile>,
): Map<string, DataFile> {
  const places = new Map<string, DataFile>();
  for (const [shard, file] of files) {
    const held = new Set(file.describe().tensors.map(({ name }) => name));
    for (const tensor of index.get(shard) ?? []) {
      if (!held.has(tensor))
        throw new UserError(
          `${source.name}: there is no tensor '${tensor}' in ${shard}, where it should be. Copy the index and its shards anew.`,
        );
      places.set(tensor, file);
    }
  }
  for (const file of files.values())
    for (const { name } of file.describe().tensors) if (name !== null && !places.has(name)) places.set(name, file);
  return places;
}

function sharded(
  source: FileSource,
  places: ReadonlyMap<string, DataFile>,
  files: readonly DataFile[],
  close: () => Promise<void>,
): DataFile {
  const find = (name: string | null): [DataFile, string] => {
    const [only] = places.size === 1 ? places.keys() : [];
    const tensor = name ?? only;
    const file = tensor === undefined ? undefined : places.get(tensor);
    if (file && tensor !== undefined) return [file, tensor];
    const held = places.size === 0 ? 'it holds none' : `it holds ${some([...places.keys()].sort(byNumber))}`;
    throw new UserError(
      `${source.name}: ${name === null ? 'a tensor has to be chosen' : `there is no tensor '${name}'`}; ${held}.`,
    );
  };
  return {
    describe: () => ({
      path: source.path,
      format: 'safetensors-shards',
      bytes: files.reduce((sum, file) => sum + file.describe().bytes, source.size),
      tensors: files.flatMap((file) =>
        file.describe().tensors.filter(({ name }) => name !== null && places.get(name) === file),
      ),
    }),
    async read(name, options) {
      const [file, tensor] = find(name);
      return file.read(tensor, options);
    },
    async readColumn(name, options) {
      const [file, tensor] = find(name);
      return file.readColumn(tensor, options);
    },
    close,
  };
}
