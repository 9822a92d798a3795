import * as vscode from 'vscode';
import type { FileDescription } from '../protocol/engine';
import { messageOf, UserError } from '../protocol/errors';
import { rawUnknown } from '../protocol/formats';
import type { Engine } from './engine';
import { nameOf } from './files';

/** A file that was looked into, and how its bytes are read where it does not say that itself. */
export interface Inspected {
  readonly file: FileDescription;
  readonly raw?: string;
}

const types = [
  ...['float32', 'float64', 'float16', 'bfloat16'],
  ...['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'bool'],
];

/**
 * What is in a file; of raw bytes the person is asked for type and shape, which are tried as they are typed. Undefined when
 * dismissed.
 * @throws whatever else the engine throws.
 */
export async function inspectOrAsk(engine: Engine, path: string): Promise<Inspected | undefined> {
  const look = (raw?: string) =>
    engine.call((client, o) => client.inspect(raw === undefined ? path : { path, raw }, o));
  try {
    return { file: await look() };
  } catch (error) {
    if (!(error instanceof UserError && error.message.includes(rawUnknown))) throw error;
    const name = nameOf(vscode.Uri.file(path));
    const title = `Raw Bytes: ${name}`;
    const type = await vscode.window.showQuickPick(
      [...types, ...types.filter((one) => /16|32|64/.test(one)).map((one) => `>${one}`)].map((one) => ({
        label: one.replace('>', ''),
        description: one.startsWith('>') ? 'big-endian' : '',
        type: one,
      })),
      { title, placeHolder: `${name} does not say what it holds: choose the type of its numbers` },
    );
    if (!type) return undefined;
    const spec = (shape: string) => `${type.type}:${shape.trim().replace(/\s*[x×,]\s*/g, 'x')}`;
    const shape = await vscode.window.showInputBox({
      title,
      prompt: `Rows and units of ${type.label} values, as 450x64; @ and a byte after it where they do not begin at once. ${told(error)}`,
      placeHolder: '450x64',
      validateInput: (text) =>
        text.trim() === '' ? 'Type the shape, rows first: 450x64.' : look(spec(text)).then(() => undefined, messageOf),
    });
    return shape === undefined ? undefined : { file: await look(spec(shape)), raw: spec(shape) };
  }
}

/** The last sentence of the engine: which shapes would fit. */
function told({ message }: UserError): string {
  return /[\d,]+ bytes would be .*$/.exec(message)?.[0] ?? '';
}
