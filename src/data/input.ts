import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { InputSpec, ModelData } from '../protocol/result';
import { filesOf } from './files';

/**
 * Reads `path`, `path#tensor`, or `MODEL.onnx#LAYER@DATA`, a layer of a model on data; DATA is `path`, `path#tensor`, or for
 * each of several inputs `name=path`, with commas between. A `#` may be part of a file's name: the longest beginning that is an existing file, or a
 * pattern for some, is the path, and only where there is none the last `#` divides.
 */
export function parseInput(text: string, baseFolder = '.'): InputSpec {
  return parseLayer(text, baseFolder) ?? parseFile(text, baseFolder);
}

/** Undefined for whatever is no layer of a model. */
function parseLayer(text: string, baseFolder: string): InputSpec | undefined {
  const [, path, rest] = /^(.*?\.onnx)(?=[#@])(.*)$/is.exec(text) ?? [];
  if (path === undefined || rest === undefined || isFile(resolve(baseFolder, text))) return undefined;
  // Names of layers and of files may hold an @: what follows the right one is there.
  const places = [...rest.matchAll(/@/g)].map(({ index }) => index);
  const data = places.map((at) => dataOf(rest.slice(at + 1), baseFolder));
  const right = data.findIndex((list) => list.every((one) => isThere(resolve(baseFolder, one.path))));
  const [at, found] = [places[Math.max(0, right)], data[Math.max(0, right)]];
  if (at === undefined || found === undefined) return undefined;
  const layer = rest.slice(0, at).replace(/^#/, '');
  return { path, ...(layer !== '' && { tensor: layer }), model: { data: found } };
}

function dataOf(text: string, baseFolder: string): ModelData[] {
  return text.split(/,(?=[^,=@#]+=)/).map((part) => parseData(part, baseFolder));
}

/** `path`, `path#tensor` or `name=path`: data for an input of a model. A file of that very name goes first. */
export function parseData(text: string, baseFolder = '.'): ModelData {
  const at = text.indexOf('=');
  const whole = parseFile(text, baseFolder);
  if (at < 1 || isThere(resolve(baseFolder, whole.path))) return whole;
  return { input: text.slice(0, at), ...parseFile(text.slice(at + 1), baseFolder) };
}

function parseFile(text: string, baseFolder: string): Pick<InputSpec, 'path' | 'tensor'> {
  for (let end = text.length; end > 0; end = text.lastIndexOf('#', end - 1)) {
    if (isFile(resolve(baseFolder, text.slice(0, end)))) return split(text, end);
  }
  const last = text.lastIndexOf('#');
  return split(text, last > 0 ? last : text.length);
}

function split(text: string, end: number): Pick<InputSpec, 'path' | 'tensor'> {
  const tensor = text.slice(end + 1);
  return tensor === '' ? { path: text.slice(0, end) } : { path: text.slice(0, end), tensor };
}

export function isFile(path: string): boolean {
  return isThere(path, false);
}

/** Whether there is a file, files by a pattern, or a folder, as of images. */
function isThere(path: string, folders = true): boolean {
  try {
    if (/[*?]/.test(basename(path)) && filesOf(path)[0] !== path) return true;
    const status = statSync(path);
    return status.isFile() || (folders && status.isDirectory());
  } catch {
    return false;
  }
}
