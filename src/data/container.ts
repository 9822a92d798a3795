import type { TensorDescription } from '../protocol/engine';
import { UserError } from '../protocol/errors';
import { byNumber, dims, some } from '../protocol/words';
import { type Layout, readArray } from './array';
import { readPlane } from './plane';
import type { FileSource, Signal } from './source';
import { readStrings } from './strings';
import { hasStrips, readStrip } from './strip';
import type { DataFile } from './tensor';

/** A tensor of a container: where it lies, or why it cannot be read at all. */
export type Member = { readonly description: TensorDescription } & (
  | { readonly layout: Layout; readonly error?: never }
  | { readonly layout?: never; readonly error: UserError }
);

/** Describes an array in the words of the protocol. */
export function describeArray(name: string | null, { shape, dtype, source, offset }: Layout): TensorDescription {
  const bytes = shape.reduce((product, length) => product * length, dtype.itemsize) || source.size - offset;
  return { name, shape, dtype: dtype.name, bytes, ...(dtype.unusable ? { unusable: dtype.unusable } : {}) };
}

/**
 * The data file of a format whose tensors are arrays at known places: .npy, .npz, .safetensors.
 * @param prepare called before a whole tensor is read.
 */
export function containerFile(
  source: FileSource,
  format: string,
  members: readonly Member[],
  prepare?: (member: Member, signal?: Signal) => Promise<void>,
): DataFile {
  const open = async (name: string | null, whole: boolean, signal?: Signal): Promise<[Layout, string]> => {
    const member = findMember(source, members, name);
    if (member.error) throw member.error;
    if (whole) await prepare?.(member, signal);
    return [member.layout, label(source, member.description.name)];
  };
  return {
    describe: () => ({
      path: source.path,
      format,
      bytes: source.size,
      tensors: members.map(({ description }) => description),
    }),
    async read(name, options) {
      const [layout, what] = await open(name, options.rows === undefined, options.signal);
      if (options.columns !== undefined)
        throw new UserError(`${what}: only tables have named columns; '${options.columns}' cannot choose any here.`);
      return { ...(await readArray(layout, options, what)), dtype: layout.dtype.name, notes: [] };
    },
    async plane(name, slice, window, options) {
      const [layout, what] = await open(name, false);
      return readPlane(layout, slice, window, options, what);
    },
    strip(name, part, options) {
      const { layout, description } = findMember(source, members, name);
      return layout && hasStrips(layout)
        ? readStrip(layout, part, options, label(source, description.name))
        : undefined;
    },
    async readColumn(name, options) {
      const [layout, what] = await open(name, true, options.signal);
      const { shape, dtype } = layout;
      const long = shape.filter((length) => length !== 1).length;
      if (shape.length === 0 || long > 1)
        throw new UserError(`${what} holds ${dims(shape)} values. Labels and names need one value per row: a vector.`);
      const title = name ?? source.name.replace(/\.[^.]*$/, '');
      if (dtype.text) return { name: title, values: await readStrings(layout, options, what) };
      return { name: title, values: Float64Array.from((await readArray(layout, options, what)).data) };
    },
    close: () => source.close(),
  };
}

/**
 * The member of a name; without one, the only one there is.
 * @throws UserError with the names that there are.
 */
export function findMember<M extends { readonly description: TensorDescription }>(
  source: FileSource,
  members: readonly M[],
  name: string | null,
): M {
  const member = members.find(({ description }) => description.name === name);
  if (member) return member;
  const names = members.map(({ description }) => description.name).filter((known) => known !== null);
  if (name === null && members.length === 1 && members[0]) return members[0];
  const held = names.length > 0 ? `it holds ${some(names.sort(byNumber))}` : 'it holds one array without a name';
  throw new UserError(
    members.length === 0
      ? `${source.name}: it holds no tensor.`
      : `${source.name}: ${name === null ? 'a tensor has to be chosen' : `there is no tensor '${name}'`}; ${held}.`,
  );
}

/** "acts.npz: tensor 'layer1'", or the file alone where its array has no name. */
export function label(source: FileSource, tensor: string | null): string {
  return tensor === null ? source.name : `${source.name}: tensor '${tensor}'`;
}
