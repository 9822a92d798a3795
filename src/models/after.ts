import type { Signal } from '../data/source';
import type { Real } from '../linalg/matrix';
import { count } from '../protocol/words';
import { applyDense, type Dense, readDense } from './dense';
import { normaliseRows } from './pooling';
import type { Prepared } from './preparation';

/** What becomes of the rows of a layer once its tokens are pooled. */
export type After = Dense | 'unit-length';

/** Done to layers: to what the model gives for its tokens, and to every other. */
export interface Afterwards {
  readonly given: readonly After[];
  readonly others: readonly After[];
}

/** @throws UserError where a module of the folder cannot be used. */
export async function openAfter(
  { after, text }: Pick<Prepared, 'after' | 'text'>,
  options: { readonly limit: number; readonly signal: Signal },
): Promise<Afterwards> {
  const given: After[] = [];
  for (const module of after) {
    given.push(module === 'unit-length' ? module : await readDense(module.folder, module.inner, options));
  }
  return { given, others: text['unit-length'] === true ? ['unit-length'] : [] };
}

/** Applies them in order to rows of `width` units. The rows may be changed in place. */
export function applyAfter(all: readonly After[], data: Real, width: number): Real {
  let [rows, wide] = [data, width];
  for (const one of all) {
    if (one === 'unit-length') normaliseRows(rows, wide);
    else if (one.inputs === wide) {
      rows = applyDense(one, rows);
      wide = one.outputs;
    }
  }
  return rows;
}

/** The same in words. */
export function afterSteps(all: readonly After[], width: number): string[] {
  let wide = width;
  return all.map((one) => {
    if (one === 'unit-length') return 'rows divided by their Euclidean length';
    const { name, inputs, outputs, activation } = one;
    if (inputs !== wide) return `${name} not applied: it takes ${count(inputs)} units, and there are ${count(wide)}`;
    wide = outputs;
    return `${name} applied: ${count(inputs)} to ${count(outputs)} units, ${activation}`;
  });
}
