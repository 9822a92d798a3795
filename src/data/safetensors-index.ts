import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, posix, sep, win32 } from 'node:path';
import { UserError } from '../protocol/errors';
import { count, size } from '../protocol/words';

/** An index of a hundred thousand tensors takes some 10 MB. */
const longestIndex = 64 << 20;
const mostShards = 1000;
const again = 'Save it again, or copy it anew.';

/**
 * Reads the index of a sharded model (Transformers writes it beside the shards): which file holds which tensor.
 * @returns the names of tensors by the names of the files, which lie beside the index.
 * @throws UserError when it is no such index, or names a file that would lie in another folder.
 */
export function readIndex(path: string): Map<string, string[]> {
  const name = basename(path);
  const { size: bytes } = statSync(path);
  if (bytes > longestIndex)
    throw new UserError(`${name} takes ${size(bytes)}; an index of at most ${size(longestIndex)} is read.`);
  const map = weightMap(name, readFileSync(path));
  const shards = new Map<string, string[]>();
  for (const [tensor, file] of Object.entries(map)) {
    if (typeof file !== 'string')
      throw new UserError(`${name}: it should give the name of a file for tensor '${tensor}'. ${again}`);
    const inside = posix.basename(file) === file && win32.basename(file) === file && !/^(\.{0,2}|.*\0.*)$/s.test(file);
    if (!inside)
      throw new UserError(
        `${name}: it places tensor '${tensor}' in '${file}'; only files in the folder of the index are opened. ${again}`,
      );
    const known = shards.get(file);
    if (known) known.push(tensor);
    else shards.set(file, [tensor]);
  }
  if (shards.size > mostShards)
    throw new UserError(`${name}: it names ${count(shards.size)} files; at most ${count(mostShards)} are opened.`);
  return shards;
}

function weightMap(name: string, bytes: Buffer): Record<string, unknown> {
  let index: unknown;
  try {
    index = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new UserError(`${name}: it is no JSON (${(error as Error).message}). ${again}`);
  }
  const map = isObject(index) ? index.weight_map : undefined;
  if (!isObject(map))
    throw new UserError(`${name}: it should have a weight_map, which names the file of each tensor. ${again}`);
  return map;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Where a shard lies.
 * @throws UserError when there is none, or a symbolic link leads to another folder.
 */
export function shardPath(index: string, shard: string): string {
  const path = join(dirname(index), shard);
  const name = basename(index);
  let real: string;
  try {
    real = realpathSync(path);
  } catch {
    throw new UserError(`${name}: the file ${shard}, which it names, is missing beside it. Copy it there.`);
  }
  const folder = realpathSync(dirname(index));
  if (!real.startsWith(folder.endsWith(sep) ? folder : folder + sep))
    throw new UserError(
      `${name}: the file ${shard}, which it names, is a symbolic link to another folder, which is not followed. Copy the ` +
        'file itself beside the index.',
    );
  return path;
}

/** The files whose content a path stands for: of the index of a sharded model, the shards too. What is wrong is said on opening. */
export function withShards(path: string): string[] {
  if (!path.toLowerCase().endsWith('.safetensors.index.json')) return [path];
  try {
    return [path, ...[...readIndex(path).keys()].map((shard) => shardPath(path, shard))];
  } catch (error) {
    if (error instanceof UserError) return [path];
    throw error;
  }
}
