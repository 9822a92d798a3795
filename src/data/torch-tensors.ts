import { entryOf, type Pickled, PickledCall, PickledDict, PickledName, PickledTuple } from './pickle-values';
import { isSize, type TorchDtype, type TorchStorage, torchDtype, torchStorage } from './torch-storage';

/** A tensor as a view of a storage; lengths in elements. */
export interface TorchView {
  readonly storage: TorchStorage;
  readonly dtype: TorchDtype;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

export interface Refused {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** A sentence. */
  readonly refused: string;
}

const damaged = 'its description is damaged. Save it again, or copy it anew.';

/** What cannot be read, and how to save it so that it can. */
const others: Readonly<Record<string, readonly [dtype: string, why: string]>> = {
  _rebuild_qtensor: ['quantized', 'it is quantized. Save x.dequantize().'],
  _rebuild_sparse_tensor: ['sparse', 'it is sparse. Save x.to_dense().'],
  _rebuild_sparse_csr_tensor: ['sparse', 'it is sparse. Save x.to_dense().'],
  _rebuild_nested_tensor: ['nested', 'it holds rows of different lengths. Save x.to_padded_tensor(0.0).'],
  _rebuild_meta_tensor_no_storage: ['meta', 'it has a shape and no values (it lies on the device "meta").'],
  _rebuild_wrapper_subclass: ['wrapped', 'it is of a class of its own. Save a plain tensor.'],
};

/**
 * The tensor that a call of PyTorch's own functions would make (torch._utils, torch._tensor).
 * @returns undefined where the call makes something else.
 */
export function torchTensor(value: Pickled | undefined): TorchView | Refused | undefined {
  const storage = torchStorage(value);
  if (storage) return { storage, dtype: storage.dtype, offset: 0, shape: [storage.length], strides: [1] };
  if (!(value instanceof PickledCall) || !(value.callee instanceof PickledName)) return undefined;
  const { callee, args } = value;
  if (callee.module !== 'torch._utils' && callee.module !== 'torch._tensor') return undefined;
  switch (callee.name) {
    case '_rebuild_tensor':
      return viewOf(args);
    case '_rebuild_tensor_v2':
      return isNegated(args[6]) ?? viewOf(args);
    case '_rebuild_tensor_v3':
      return isNegated(args[7]) ?? viewOf(args, args[6] instanceof PickledName ? args[6] : undefined);
    case '_rebuild_parameter':
    case '_rebuild_parameter_with_state':
      return depth(value) > 8 ? broken() : (torchTensor(args[0]) ?? broken());
    case '_rebuild_from_type':
    case '_rebuild_from_type_v2': {
      const [func = null, , inner] = args;
      if (!(inner instanceof PickledTuple) || depth(value) > 8) return broken();
      return torchTensor(new PickledCall(func, inner.items)) ?? broken();
    }
    default: {
      const [dtype, refused] = Object.hasOwn(others, callee.name) ? (others[callee.name] ?? []) : [];
      return dtype && refused ? { dtype, refused, shape: sizesOf(args[2]) ?? [] } : undefined;
    }
  }
}

/** How many calls stand in one another as first arguments: a hostile pickle can make them a circle. */
function depth(call: PickledCall): number {
  let inner: Pickled | undefined = call;
  let steps = 0;
  for (; inner instanceof PickledCall && steps <= 8; steps++) inner = inner.args[0];
  return steps;
}

function broken(): Refused {
  return { dtype: 'unknown', shape: [], refused: damaged };
}

/** Views that PyTorch negates or conjugates when they are read carry a mark, not the values. */
function isNegated(metadata: Pickled | undefined): Refused | undefined {
  if (!(metadata instanceof PickledDict)) return undefined;
  const marked = ['neg', 'conj'].some((mark) => entryOf(metadata, mark) === true);
  return marked
    ? { dtype: 'unknown', shape: [], refused: 'its values are to be negated. Save x.resolve_neg().' }
    : undefined;
}

function viewOf([base, offset, size, stride]: readonly Pickled[], type?: PickledName): TorchView | Refused {
  const storage = torchStorage(base);
  const shape = sizesOf(size);
  const strides = sizesOf(stride);
  if (!storage || !isSize(offset) || !shape || strides?.length !== shape.length) return broken();
  return { storage, dtype: type ? torchDtype(type.name) : storage.dtype, offset, shape, strides };
}

/** A tuple of sizes, which may be within a torch.Size. */
function sizesOf(value: Pickled | undefined): readonly number[] | undefined {
  const inner = value instanceof PickledCall && String(value.callee) === 'torch.Size' ? value.args[0] : value;
  return inner instanceof PickledTuple && inner.items.every(isSize) ? (inner.items as number[]) : undefined;
}
