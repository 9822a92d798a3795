import { firstSlice, sliceText } from '../../src/protocol/slice';
import { tensorOf, type ViewState } from './store';

/** Reads what is shown in Python, where that is plain; undefined where it is not. */
export function pythonSnippet(state: ViewState): string | undefined {
  const { file, choice } = state;
  const tensor = tensorOf(state);
  if (!tensor) return undefined;
  const path = JSON.stringify(file.path);
  const name = JSON.stringify(choice.tensor);
  const cut = tensor.shape.length > 2 ? sliceText(choice.slice ?? firstSlice(tensor.shape)) : '';
  const lines: Record<string, readonly string[]> = {
    npy: ['import numpy as np', `x = np.load(${path}, mmap_mode="r")${cut}`],
    npz: ['import numpy as np', `x = np.load(${path})[${name}]${cut}`],
    safetensors: ['from safetensors.numpy import load_file', `x = load_file(${path})[${name}]${cut}`],
  };
  const found = lines[file.format];
  return found && `${found.join('\n')}\n`;
}
