import type { WindowCell } from '../../src/protocol/window';

/** In the place of a dtype: numbers that a table holds as text, where whole ones stand without decimals. */
export const decimal = 'decimal';

export type NumberFormat = 'auto' | 'scientific' | 'full';

/** A cell as it is shown: its text, and what kind of thing it is. */
export interface Shown {
  readonly text: string;
  readonly kind: 'number' | 'odd' | 'text';
}

const odd: Readonly<Record<string, string>> = { NaN: 'NaN', Infinity: '∞', '-Infinity': '−∞', '-0': '−0' };

/** @param numeric whether the column holds numbers: else every cell is the text that it is. */
export function shown(cell: WindowCell, dtype: string, numeric: boolean, format: NumberFormat): Shown {
  if (typeof cell === 'string') {
    const text = numeric ? odd[cell] : undefined;
    return text === undefined ? { text: cell, kind: 'text' } : { text, kind: cell === '-0' ? 'number' : 'odd' };
  }
  return { text: numberText(cell, dtype, format).replaceAll('-', '−'), kind: 'number' };
}

function numberText(value: number, dtype: string, format: NumberFormat): string {
  const plain = dtype === decimal && format === 'auto' && Number.isInteger(value);
  if (format === 'full' || plain || isWhole(dtype)) return exact(value, dtype);
  if (format === 'scientific') return value.toExponential(4);
  const size = Math.abs(value);
  if (size === 0) return '0';
  return size >= 1e-3 && size < 1e5 ? value.toFixed(4) : value.toExponential(2);
}

/** Every digit that tells the stored number from its neighbours, and no more. */
export function exact(value: number, dtype: string): string {
  if (dtype === 'float64' || dtype === decimal || isWhole(dtype)) return String(value);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

function isWhole(dtype: string): boolean {
  return /^(u?int\d+|bool)$/.test(dtype);
}
