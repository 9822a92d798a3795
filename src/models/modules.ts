import { join } from 'node:path';
import { readList } from './json';

/** A module of a sentence-transformers folder. */
export interface FolderModule {
  /** Transformer, Pooling, Dense, Normalize and so on. */
  readonly kind: string;
  /** The folder with its files, within that of the model; undefined where it has none, or names one elsewhere. */
  readonly inner: string | undefined;
}

/** The modules that `modules.json` lists, in the order in which they are applied; none where there is no such file. */
export async function readModules(folder: string): Promise<FolderModule[]> {
  const modules = (await readList(join(folder, 'modules.json'))) ?? [];
  return modules.map(({ type, path }) => ({
    // "sentence_transformers.models.Pooling"
    kind: typeof type === 'string' ? (type.split('.').at(-1) ?? '') : '',
    // A name of a folder inside this one, and nothing that leads elsewhere.
    inner: typeof path === 'string' && /^\w[\w.-]*$/.test(path) ? path : undefined,
  }));
}

/** Files that a module may have. */
export const moduleFiles: readonly string[] = ['config.json', 'model.safetensors', 'pytorch_model.bin'];
