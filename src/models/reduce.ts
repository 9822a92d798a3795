import { averageInto } from '../data/representation';
import { type Real, reals } from '../linalg/matrix';
import { UserError } from '../protocol/errors';
import type { LayerReduction } from '../protocol/result';
import { count, dims } from '../protocol/words';

/** What a layer made of some rows. */
export interface Activations {
  readonly shape: readonly number[];
  readonly data: Real;
}

/** Which tokens of each row count: not 0. */
export type Mask = Activations;

/** Whether the second axis is one of tokens, the last one of units. */
const hasTokens = (shape: readonly number[], unitsLast: boolean) => unitsLast && shape.length === 3;

/** What a reduction does to a layer, in words; undefined where it does nothing. */
export function stepOf(
  how: LayerReduction,
  shape: readonly number[],
  unitsLast: boolean,
  masked: boolean,
): string | undefined {
  if (shape.length < 3) return undefined;
  if (how === 'flatten') return 'axes after the first flattened';
  if (how === 'first' || how === 'last') return `the ${how} ${masked ? 'unmasked ' : ''}token taken`;
  const over = hasTokens(shape, unitsLast) ? (masked ? 'unmasked tokens' : 'tokens') : 'the axes after the second';
  return `${how === 'mean' ? 'mean' : 'maximum'} over ${over}`;
}

/**
 * (n, ...) -> (n, units), row-major.
 * @param firstRow of the data, for messages.
 * @throws UserError where there is no token to take, or a mask leaves none.
 */
export function reduceRows(
  { shape, data }: Activations,
  how: LayerReduction,
  unitsLast: boolean,
  mask: Mask | undefined,
  firstRow: number,
): Real {
  const [rows = 0, second = 1, ...rest] = shape;
  if (shape.length < 3 || how === 'flatten') return data;
  const tokens = hasTokens(shape, unitsLast);
  const masked = mask?.shape[0] === rows && mask.shape[1] === second && mask.shape.length === 2 ? mask.data : undefined;
  if (how === 'first' || how === 'last') {
    if (!tokens)
      throw new UserError(
        `has no tokens in samples x ${dims(shape.slice(1))}, where samples x tokens x units would be needed. Choose mean, max or flatten`,
      );
    const width = rest[0] as number;
    const out = like(data, rows * width);
    for (let row = 0; row < rows; row++) {
      const token = endToken(how, masked, row, second, firstRow);
      const at = (row * second + token) * width;
      out.set(data.subarray(at, at + width), row * width);
    }
    return out;
  }
  if (tokens) return overTokens(data, [rows, second, rest[0] as number], how, masked, firstRow);
  const places = rest.reduce((product, length) => product * length, 1);
  const out = like(data, rows * second);
  if (how === 'mean') averageInto(out, 0, data, places);
  else
    for (let k = 0; k < out.length; k++) {
      let most = Number.NEGATIVE_INFINITY;
      for (let i = k * places; i < (k + 1) * places; i++) most = larger(most, data[i] as number);
      out[k] = most;
    }
  return out;
}

/** NaN wins, as in NumPy. */
const larger = (a: number, b: number) => (b > a || Number.isNaN(b) ? b : a);

function overTokens(
  data: Real,
  [rows, tokens, width]: readonly [number, number, number],
  how: 'mean' | 'max',
  mask: Real | undefined,
  firstRow: number,
): Real {
  const out = like(data, rows * width);
  const sums = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    sums.fill(how === 'mean' ? 0 : Number.NEGATIVE_INFINITY);
    let counted = 0;
    for (let token = 0; token < tokens; token++) {
      if (mask && mask[row * tokens + token] === 0) continue;
      counted++;
      const at = (row * tokens + token) * width;
      for (let j = 0; j < width; j++) {
        const [value, sum] = [data[at + j] as number, sums[j] as number];
        sums[j] = how === 'mean' ? sum + value : larger(sum, value);
      }
    }
    if (counted === 0) throw noToken(firstRow + row);
    for (let j = 0; j < width; j++) out[row * width + j] = (sums[j] as number) / (how === 'mean' ? counted : 1);
  }
  return out;
}

/** Padding may stand on either side. */
function endToken(
  how: 'first' | 'last',
  mask: Real | undefined,
  row: number,
  tokens: number,
  firstRow: number,
): number {
  if (!mask) return how === 'first' ? 0 : tokens - 1;
  const own = mask.subarray(row * tokens, (row + 1) * tokens);
  const token = how === 'first' ? own.findIndex((value) => value !== 0) : own.findLastIndex((value) => value !== 0);
  if (token >= 0) return token;
  throw noToken(firstRow + row);
}

function noToken(row: number): UserError {
  return new UserError(`has no token left in row ${count(row)}, by the attention mask. Leave the row out`);
}

function like(data: Real, length: number): Real {
  return reals(length, data instanceof Float64Array);
}
