import { basename, dirname, join } from 'node:path';
import { UserError } from '../protocol/errors';
import { exists } from './json';
import { moduleFiles, readModules } from './modules';

/** Files of a Hugging Face folder that say how data is brought to a model, within its folder. */
const sideFiles = [
  'tokenizer.json',
  'tokenizer_config.json',
  'config.json',
  'sentence_bert_config.json',
  'preprocessor_config.json',
  'modules.json',
  'pooling.json',
  '1_Pooling/config.json',
];

/** Those of the modules that `modules.json` lists. */
async function filesOfModules(folder: string): Promise<string[]> {
  // What is damaged is refused by whoever needs it.
  const modules = await readModules(folder).catch(() => []);
  return modules.flatMap(({ inner }) => (inner === undefined ? [] : moduleFiles.map((name) => `${inner}/${name}`)));
}

/** Those that mark a folder as one. */
const marks = ['tokenizer.json', 'preprocessor_config.json'];

/**
 * The Hugging Face folder of a model: the one it lies in (`model.onnx`), or the one above (`onnx/model.onnx`), whichever has one
 * of its files; otherwise the one it lies in.
 */
export async function modelFolder(path: string): Promise<string> {
  return (await folderWith(path, marks)) ?? dirname(path);
}

/** The folder that has the tokenizer of a model. @throws UserError where there is none. */
export async function tokenizerFolder(path: string): Promise<string> {
  const folder = await folderWith(path, ['tokenizer.json']);
  if (folder !== undefined) return folder;
  throw new UserError(
    `${basename(path)}: text needs the model's tokenizer, and there is no tokenizer.json in ${dirname(path)} or the folder above. ` +
      'Copy the whole folder of the model (tokenizer.json, tokenizer_config.json, config.json), or give token ids instead of text.',
  );
}

/** Those of a model that are there, absolute. */
export async function sideFilesOf(path: string): Promise<string[]> {
  const folder = await modelFolder(path);
  const found: string[] = [];
  const names = new Set([...sideFiles, ...(await filesOfModules(folder))]);
  for (const name of names) if (await exists(join(folder, name))) found.push(join(folder, name));
  return found;
}

async function folderWith(path: string, names: readonly string[]): Promise<string | undefined> {
  const near = dirname(path);
  for (const folder of [near, dirname(near)])
    for (const name of names) if (await exists(join(folder, name))) return folder;
  return undefined;
}
