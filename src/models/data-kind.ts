import { resolve } from 'node:path';
import { openData } from '../data/file';
import type { Signal } from '../data/source';
import { isPlainText } from '../data/texts';
import type { ModelData } from '../protocol/result';
import { mediaOf } from './media-files';
import type { GraphValue } from './onnx-read';
import type { DataKind } from './preparation';

/** The inputs that a text becomes, by the names that models have them under. */
export const tokenInputs: readonly string[] = ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids'];

/** Whether data for this input of a model, or for any where none is said, may be text. */
export function takesText(inputs: readonly GraphValue[], input: string | undefined): boolean {
  const named = inputs.some(({ name }) => name === 'input_ids');
  return named && (input === undefined || tokenInputs.includes(input));
}

/**
 * What the data for a model is: images and sounds by their endings; text where the model takes tokens and the file is plain
 * text, or the column that is named, or any where none is named, holds text; otherwise numbers.
 * @throws UserError where the file cannot be read.
 */
export async function kindOf(
  { path, tensor, input }: ModelData,
  inputs: readonly GraphValue[],
  base: string,
  signal: Signal,
): Promise<DataKind> {
  const full = resolve(base, path);
  const media = mediaOf(full);
  if (media) return media;
  const fits = takesText(inputs, input);
  if (isPlainText(full)) return fits ? 'text' : 'numbers';
  const file = await openData(full, { signal });
  try {
    const { columns, tensors } = file.describe();
    if (columns) {
      const named = columns.filter(({ name }) => tensor === undefined || name === tensor);
      // A column that is named and is text is meant as text, whether or not the model has a use for it.
      return named.some(({ type }) => type === 'text') && (fits || tensor !== undefined) ? 'text' : 'numbers';
    }
    const chosen = tensors.filter(({ name }) => tensor === undefined || name === tensor);
    return fits && chosen.length === 1 && chosen[0]?.unusable !== undefined ? 'text' : 'numbers';
  } finally {
    await file.close();
  }
}
