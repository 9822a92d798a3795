import { type Dtype, numericDtype } from './dtype';
import { type Pickled, PickledName, PickledReference, PickledTuple } from './pickle-values';

/** A storage of PyTorch, as a pickle refers to it: what tensors are views of. */
export interface TorchStorage {
  readonly key: string;
  /** Of its own; without a type it is bytes. */
  readonly dtype: TorchDtype;
  /** Elements of that dtype. */
  readonly length: number;
  /** Elements of the storage with that key: more where this one is a part of it. */
  readonly whole: number;
  /** Where it is itself a part of the storage with that key (before PyTorch 0.4): its first element. */
  readonly start: number;
}

export interface TorchDtype extends Pick<Dtype, 'name' | 'itemsize'> {
  readonly dtype: Dtype;
}

const storages: Readonly<Record<string, string>> = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
  ComplexFloatStorage: 'complex64',
  ComplexDoubleStorage: 'complex128',
  QInt8Storage: 'qint8',
  QUInt8Storage: 'quint8',
  QInt32Storage: 'qint32',
  QUInt4x2Storage: 'quint4x2',
  QUInt2x4Storage: 'quint2x4',
  UntypedStorage: 'uint8',
  _UntypedStorage: 'uint8',
};

/** Where the dtypes of PyTorch have other names than those of NumPy: none that can be read. */
const complex = 'it holds complex numbers. Save x.real and x.imag, or x.abs().';
const quantized = 'it is quantized. Save x.dequantize().';
const unreadable: Readonly<Record<string, readonly [itemsize: number, why: string]>> = {
  complex32: [4, complex],
  complex64: [8, complex],
  complex128: [16, complex],
  qint8: [1, quantized],
  quint8: [1, quantized],
  qint32: [4, quantized],
  quint4x2: [1, quantized],
  quint2x4: [1, quantized],
};

/** By PyTorch's name without "torch."; one that is unknown has no size. */
export function torchDtype(name: string): TorchDtype {
  const known = numericDtype(name);
  const [itemsize = 1, why = `its values are of type ${name}, which is not read. Save x.float().`] =
    unreadable[name] ?? [];
  const dtype = known ?? { name, itemsize, unusable: why };
  return { name, itemsize: dtype.itemsize, dtype };
}

/** The storage that a pickle refers to; undefined where it refers to anything else, or is damaged. */
export function torchStorage(value: Pickled | undefined): TorchStorage | undefined {
  if (!(value instanceof PickledReference) || !(value.id instanceof PickledTuple)) return undefined;
  const [what, type, key, , length, view] = value.id.items;
  if (what !== 'storage' || !(type instanceof PickledName) || !isSize(length)) return undefined;
  const name = Object.hasOwn(storages, type.name) ? storages[type.name] : undefined;
  if (!/^torch(\.cuda|\.storage)?$/.test(type.module) || name === undefined) return undefined;
  if (typeof key !== 'string' && typeof key !== 'number') return undefined;
  const whole = { key: String(key), dtype: torchDtype(name), length, whole: length, start: 0 };
  if (!(view instanceof PickledTuple)) return whole;
  const [, start, part] = view.items;
  return isSize(start) && isSize(part) && start + part <= length ? { ...whole, start, length: part } : undefined;
}

export function isSize(value: Pickled | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
