import type { TensorDescription } from '../../protocol/engine';
import { UserError } from '../../protocol/errors';
import { size } from '../../protocol/words';
import { numericDtype } from '../dtype';
import { type Hdf5Member, hdf5File, memberOf } from '../hdf5';
import { Hdf5Client } from '../hdf5/client';
import type { MatlabNote } from '../hdf5/messages';
import { readNumbers } from '../hdf5/read';
import { unfilled } from '../hdf5/text';
import type { FileSource, Signal } from '../source';
import type { DataFile, ReadOptions } from '../tensor';

const numeric = /^(double|single|u?int(8|16|32|64)|logical|char)$/;

/**
 * Opens a MATLAB file of version 7.3. MATLAB stores an array column by column, so the dataset has its axes in reverse:
 * here they are as MATLAB shows them. Fields of structs are `struct.field`.
 * @throws UserError when the file cannot be read at all.
 */
export async function openMatlabHdf5(source: FileSource, signal: Signal | undefined): Promise<DataFile> {
  const client = new Hdf5Client(source);
  try {
    const { entries, matlab } = await client.ask({ kind: 'list', matlab: true }, source.name, signal);
    const notes = new Map(matlab.map((note) => [note.name, note]));
    const refusedGroups = matlab.filter((note) => note.group && groupRefusal(note));
    const inside = (name: string) => refusedGroups.some((group) => name.startsWith(`${group.name}/`));
    const members = entries
      .filter(({ name }) => !inside(name))
      .map((entry) => arrayOf(client, memberOf(client, source, entry), notes.get(entry.name)));
    for (const group of refusedGroups) {
      const [dtype, unusable] = groupRefusal(group) as [string, string];
      if (!inside(group.name))
        members.push({ description: { name: dotted(group.name), shape: [], dtype, bytes: 0, unusable } });
    }
    return hdf5File(source, 'matlab', client, members);
  } catch (error) {
    await client.close();
    throw error;
  }
}

function dotted(name: string): string {
  return name.replaceAll('/', '.');
}

function groupRefusal(note: MatlabNote): [string, string] | undefined {
  if (note.sparse) return ['sparse', 'it is a sparse matrix. Save full(x).'];
  if (note.class === null || note.class === 'struct') return undefined;
  return ['object', `it is an object (${note.class}). Save its numbers as an array.`];
}

const CELLS = 'save cell2mat(x), or the cells as variables of their own.';
/** Cells that are asked for at once. */
const together = 1024;

async function cellTexts(
  client: Hdf5Client,
  { name, shape }: TensorDescription,
  total: number,
  { limit, signal }: Pick<ReadOptions, 'limit' | 'signal'>,
  what: string,
): Promise<string[]> {
  // A string in memory takes its characters and some 32 bytes more.
  let left = limit - 32 * total;
  if (left < 0) throw new UserError(`${what} needs ${size(32 * total)} of memory; the bound is ${size(limit)}.`);
  const axis = shape[0] === 1 ? 1 : 0;
  const out: string[] = [];
  for (let at = 0; at < total; at += together) {
    const [start, count] = [shape.map(() => 0), shape.map(() => 1)];
    start[axis] = at;
    count[axis] = Math.min(together, total - at);
    const request = { kind: 'cells' as const, name: name ?? '', start, count, bytes: left };
    for (const [i, text] of (await client.ask(request, what, signal)).entries()) {
      if (text === null) throw new UserError(`${what}: cell ${at + i + 1} is no text of one line. Instead ${CELLS}`);
      left -= 2 * text.length;
      out.push(text);
    }
  }
  return out;
}

/** The dataset as MATLAB shows it. */
function arrayOf(client: Hdf5Client, member: Hdf5Member, note: MatlabNote | undefined): Hdf5Member {
  const { description, numbers } = member;
  const name = dotted(description.name ?? '');
  const kind = note?.class ?? '';
  const refuse = (dtype: string, unusable: string): Hdf5Member => ({
    description: { ...description, name, dtype, unusable },
  });
  if (note?.empty) return refuse(kind, 'it is empty. A representation needs rows and columns.');
  if (kind === 'cell') {
    const shape = [...description.shape].reverse();
    const total = shape.reduce((product, length) => product * length, 1);
    if (shape.length !== 2 || !shape.includes(1) || !Number.isSafeInteger(total))
      return refuse('cell', `it is a cell array. Only one row or column of texts is read: ${CELLS}`);
    return {
      description: {
        ...{ name, shape: [total], dtype: 'cell', bytes: 8 * total },
        unusable: `it is a cell array. Where every cell is a text use it as labels, otherwise ${CELLS}`,
      },
      texts: (options, what) => cellTexts(client, description, total, options, what),
    };
  }
  if (kind !== '' && !numeric.test(kind))
    return refuse(kind, `it is an object (${kind}). Save its numbers as an array.`);
  if (!numbers) return { ...member, description: { ...description, name } };
  const shape = [...description.shape].reverse();
  const reversed = { ...numbers, reversed: true };
  if (kind === 'char') {
    const [rows = 0, width = 0] = shape;
    const unusable = 'it holds text. Use it as labels, or save numbers.';
    return {
      description: { ...description, name, shape: [rows], dtype: `str${width}`, unusable },
      async texts(options, what) {
        const { data } = await readNumbers(client, reversed, { ...options, limit: options.limit / 8 }, what);
        const codes = Buffer.from(Uint16Array.from(data).buffer);
        return Array.from({ length: rows }, (_, i) =>
          unfilled(codes.toString('utf16le', 2 * i * width, 2 * (i + 1) * width)),
        );
      },
    };
  }
  const bool = kind === 'logical' && numbers.dtype.name === 'uint8' ? numericDtype('bool') : undefined;
  const dtype = bool ?? numbers.dtype;
  return {
    description: { ...description, name, shape, dtype: dtype.name },
    numbers: { ...reversed, dtype },
  };
}
