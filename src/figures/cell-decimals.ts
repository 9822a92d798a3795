import type { Heatmap, HeatmapPanel } from '../protocol/figures';

/**
 * Decimals of the numbers in the cells of a panel: as the scale has them, or two; three or four where with fewer most cells, the
 * diagonal of a square left out, would have the number of an end of the scale that they are not at: 1.00 for 0.996.
 * @param fits whether numbers of so many decimals fit in the cells
 */
export function cellDecimals(
  { decimals, domain }: Heatmap['scale'],
  { shape: [n, m], values }: HeatmapPanel,
  fits: (decimals: number) => boolean,
): number {
  const more = decimals === undefined ? [3, 4].filter(fits) : [];
  if (more.length === 0) return decimals ?? 2;
  const found = values.filter((value, k): value is number => value !== null && !(n === m && k % (n + 1) === 0));
  const hidden = (digits: number) =>
    found.filter((value) => domain.some((end) => value !== end && Number(value.toFixed(digits)) === end)).length;
  return [2, ...more].find((digits) => 2 * hidden(digits) <= found.length) ?? 2;
}
