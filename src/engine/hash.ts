import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { filesOf } from '../data/files';
import { withShards } from '../data/safetensors-index';
import { type Signal, statusOf } from '../data/source';
import { isModel, readGraph, weightFiles } from '../models/describe';
import { mediaFilesOf, mediaOf } from '../models/media-files';
import { sideFilesOf } from '../models/side-files';
import { Cancelled } from '../protocol/errors';
import type { InputSpec } from '../protocol/result';

/** SHA-256 of files. A file is read once for as long as its size and time of change stay. */
export class Hashes {
  private readonly taken = new Map<string, { stamp: string; hash: Promise<string> }>();

  /**
   * @param path absolute; of a folder of images or sounds, a pattern for several files, or the index of several, what is hashed is the list of their names and hashes.
   * @throws UserError if it is no regular file; what reading throws.
   */
  async of(path: string, signal?: Signal): Promise<string> {
    const files = isModel(path) ? await withWeights(path) : filesAt(path);
    if (files.length === 1 && files[0] === path) return this.ofFile(path, signal);
    const list = createHash('sha256');
    const media = mediaOf(path);
    for (const file of files) {
      const hash = this.ofFile(file, signal);
      // One image of many that cannot be read is left out, and said; it does not stop the others.
      list.update(`${basename(file)}\0${await (media ? hash.catch(unlessCancelled) : hash)}\n`);
    }
    return list.digest('hex');
  }

  /** Of the files in the folder of a model that say how data is brought to it; null where there is none. */
  async ofSides(model: string, signal?: Signal): Promise<string | null> {
    const files = await sideFilesOf(model);
    if (files.length === 0) return null;
    const list = createHash('sha256');
    for (const file of files) list.update(`${basename(file)}\0${await this.ofFile(file, signal)}\n`);
    return list.digest('hex');
  }

  /**
   * Of an input: its file, or of a layer of a model the model and the data that it is run on.
   * @param base where relative paths start.
   */
  async ofInput({ path, model }: Pick<InputSpec, 'path' | 'model'>, base: string, signal?: Signal): Promise<string> {
    const own = await this.of(resolve(base, path), signal);
    if (!model) return own;
    const list = createHash('sha256').update(own);
    list.update((await this.ofSides(resolve(base, path), signal)) ?? '');
    for (const { path: data } of model.data) list.update(`\n${await this.of(resolve(base, data), signal)}`);
    return list.digest('hex');
  }

  /** Of inputs, in their order; rejects no sooner than it is awaited. */
  ofInputs(
    inputs: readonly Pick<InputSpec, 'path' | 'model'>[],
    base: string,
    signal?: Signal,
  ): Promise<readonly string[]> {
    const all = Promise.all(inputs.map((input) => this.ofInput(input, base, signal)));
    all.catch(() => {});
    return all;
  }

  private async ofFile(path: string, signal?: Signal): Promise<string> {
    const status = await statusOf(path);
    const stamp = `${status.size} ${status.mtimeNs} ${status.ino}`;
    const known = this.taken.get(path);
    if (known?.stamp === stamp)
      return known.hash.catch((error) => {
        // Whoever asked first has given up; this one has not.
        if (!(error instanceof Cancelled)) throw error;
        signal?.throwIfAborted();
        return this.ofFile(path, signal);
      });
    const hash = read(path, signal);
    this.taken.set(path, { stamp, hash });
    hash.catch(() => this.taken.delete(path));
    return hash;
  }
}

/** The files that a path stands for. @throws UserError where they are too many, or a folder holds neither image nor sound. */
export function filesAt(path: string): string[] {
  const media = mediaOf(path);
  return media ? mediaFilesOf(path, media) : filesOf(path).flatMap(withShards);
}

function unlessCancelled(error: unknown): string {
  if (error instanceof Cancelled) throw error;
  return 'unreadable';
}

/** Read at once, in bytes: the thread answers between blocks. */
const BLOCK = 1 << 20;

/** A model with the files that hold its weights. */
async function withWeights(path: string): Promise<string[]> {
  const { model } = await readGraph(path);
  return [path, ...(await weightFiles(path, model))];
}

async function read(path: string, signal?: Signal): Promise<string> {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(BLOCK);
  const file = await open(path);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(block, 0, BLOCK);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(block.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
