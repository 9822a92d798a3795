import type { TensorDescription } from '../protocol/engine';
import { UserError } from '../protocol/errors';
import { count, dims } from '../protocol/words';
import { elements, type Layout } from './array';
import { label, type Member } from './container';
import { isNumpyArray, numpyLayout } from './numpy-pickle';
import { PickledCall } from './pickle-values';
import type { ByteSource, FileSource } from './source';
import { spanOf } from './strided';
import { classOf, type Found } from './torch-names';
import type { TorchStorage } from './torch-storage';
import type { TorchView } from './torch-tensors';

/** Where the bytes of a storage lie. */
export interface StorageBytes {
  readonly source: ByteSource;
  readonly offset: number;
  readonly size: number;
  readonly bigEndian: boolean;
}

const again = 'Save it again, or copy it anew.';

/** What was found as members of the file; what cannot be read is described with the reason. */
export function torchMember(
  file: FileSource,
  { name, content }: Found,
  locate: (storage: TorchStorage, where: string) => StorageBytes,
): Member {
  const where = label(file, name);
  const refused = (why: string, known: Partial<TensorDescription> = {}): Member => ({
    error: new UserError(`${where} cannot be read: ${why}`),
    description: { name, shape: [], dtype: 'unknown', bytes: 0, ...known, unusable: why },
  });
  try {
    if ('refused' in content) return refused(content.refused, { dtype: content.dtype, shape: content.shape });
    if (!(content instanceof PickledCall)) return placed(name, layoutOf(content, locate, where));
    if (!isNumpyArray(content))
      return refused(`it is an object of class ${classOf(content)}, which is not opened. Save its tensors.`, {
        dtype: 'object',
      });
    const layout = numpyLayout(content, where);
    return layout
      ? placed(name, layout)
      : refused('it is an array of Python objects, or damaged. Save np.asarray(x, dtype=np.float32).', {
          dtype: 'object',
        });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const unusable = error.message.slice(where.length).replace(/^[:\s]+/, '');
    return { error, description: { name, shape: [], dtype: 'unknown', bytes: 0, unusable, damaged: true } };
  }
}

function placed(name: string | null, layout: Layout): Member {
  const { shape, dtype } = layout;
  const bytes = shape.reduce((product, length) => product * length, dtype.itemsize);
  const { unusable } = dtype;
  return { layout, description: { name, shape, dtype: dtype.name, bytes, ...(unusable && { unusable }) } };
}

function layoutOf(
  { storage, dtype, offset, shape, strides }: TorchView,
  locate: (storage: TorchStorage, where: string) => StorageBytes,
  where: string,
): Layout {
  const { itemsize } = dtype;
  const total = elements(shape, itemsize, where);
  const bytes = locate(storage, where);
  const unit = storage.dtype.itemsize;
  if (bytes.size !== storage.whole * unit)
    throw new UserError(
      `${where}: its storage '${storage.key}' should hold ${count(storage.whole)} ${storage.dtype.name} values ` +
        `(${count(storage.whole * unit)} bytes); the file has ${count(bytes.size)}. ${again}`,
    );
  const room = Math.floor((storage.length * unit) / itemsize);
  const last = total === 0 ? 0 : offset + spanOf(shape, strides);
  if (!(last <= room))
    throw new UserError(
      `${where} has shape ${dims(shape)}, strides ${dims(strides)} and begins at value ${count(offset)} of a storage that ` +
        `has ${count(room)}: it would end outside. ${again}`,
    );
  const first = bytes.offset + (total === 0 ? 0 : storage.start * unit + offset * itemsize);
  return {
    ...{ source: bytes.source, offset: first, shape, dtype: dtype.dtype },
    ...{ fortran: false, bigEndian: bytes.bigEndian && itemsize > 1 },
    ...order(shape, strides),
  };
}

/** Axes of one index do not count: their strides can be anything. */
function order(
  shape: readonly number[],
  strides: readonly number[],
): Pick<Layout, 'strides'> & Partial<Pick<Layout, 'fortran'>> {
  if (shape.includes(0)) return {};
  const dense = (axes: readonly number[]) => {
    let next = 1;
    return axes.every((axis) => {
      const length = shape[axis] as number;
      const right = length === 1 || strides[axis] === next;
      next *= length;
      return right;
    });
  };
  const axes = [...shape.keys()];
  if (dense(axes.toReversed())) return {};
  return dense(axes) ? { fortran: true } : { strides };
}
