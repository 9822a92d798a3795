import type { FileDescription } from '../protocol/engine';
import { UserError } from '../protocol/errors';
import { type Arguments, isSet, rawFlag, textFlag } from './arguments';
import { describeModel } from './inspect-model';
import { Session } from './session';
import { aligned, dims, oneLine } from './text';

/** `sextant inspect FILE...`: what is in files. */
export async function inspect(args: Arguments): Promise<string> {
  if (args.positionals.length === 0) throw new UserError('inspect needs a file. See sextant inspect --help.');
  const { engine } = new Session(args);
  const files: FileDescription[] = [];
  const query = textFlag(args, 'query');
  for (const path of args.positionals)
    files.push(await engine.inspect({ path, ...rawFlag(args, path), ...(query !== undefined && { query }) }));
  return isSet(args, 'json') ? JSON.stringify(files) : files.map(describe).join('\n\n');
}

function describe({ path, format, bytes, tensors, columns, suggested, model }: FileDescription): string {
  const head = `${oneLine(path)}  ${format}, ${size(bytes)}`;
  if (model) return `${head}, ${describeModel(model)}`;
  const rows = tensors.map((tensor) => [
    tensor.name ?? '(unnamed)',
    dims(tensor.shape),
    tensor.dtype,
    size(tensor.bytes),
    tensor.unusable ?? '',
  ]);
  const parts = [head, rows.length > 0 ? aligned([['tensor', 'shape', 'type', 'size'], ...rows], [3]) : '  no arrays'];
  if (columns) parts.push(aligned([['column', 'type'], ...columns.map(({ name, type }) => [name, type])]));
  if (suggested?.ids !== undefined) parts.push(`identifiers: ${oneLine(suggested.ids)} (seems to name the rows)`);
  if (suggested?.labels !== undefined) parts.push(`labels: ${oneLine(suggested.labels)} (seems to class the rows)`);
  return parts.join('\n');
}

function size(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}
