import { HIDDEN, SELECTED } from '../../src/figures/cloud-raster';
import { categoryColour, channels, type DrawnScale, scaleColour, shapeIndex } from '../../src/figures/palettes';
import { extent } from '../../src/figures/ticks';
import { valueScale } from '../../src/figures/value-scale';
import type { Spread } from '../../src/protocol/analysis';
import type { PointLabels, Scatter } from '../../src/protocol/figures';
import type { Looks } from './cloud';
import type { FigureTheme } from './theme';

/** Points without a label: 3:1 or more against either ground. */
export const NONE = '#8a8a8a';

export interface Look {
  /** #rrggbb */
  readonly colour: string;
  /** As `shapeIndex` counts them. */
  readonly shape: number;
}

export type NumberLabels = Extract<PointLabels, { kind: 'number' }>;

/** How each point of a scatter looks in this theme. */
export function lookOf({ labels }: Scatter, theme: FigureTheme, spread: Spread = 'even'): (point: number) => Look {
  const plain = { colour: categoryColour(0, theme.ground), shape: 0 };
  const none = { colour: NONE, shape: 0 };
  if (!labels) return () => plain;
  if (labels.kind === 'category') {
    const looks = labels.categories.map((_, i) => ({ colour: categoryColour(i, theme.ground), shape: shapeIndex(i) }));
    return (point) => looks[labels.index[point] ?? -1] ?? none;
  }
  // As many colours as are told apart, so that points of one colour are one path.
  const looks = Array.from({ length: 256 }, (_, i) => {
    return { colour: scaleColour({ kind: 'points', domain: [0, 1] }, i / 255, theme.ground), shape: 0 };
  });
  const { share } = valueScale(labels.values, spread);
  return (point) => {
    const value = labels.values[point] ?? null;
    return (value === null ? undefined : looks[Math.round(255 * share(value))]) ?? none;
  };
}

export function numberScale({ name, values }: NumberLabels): DrawnScale {
  return { label: name, kind: 'points', domain: extent([values]) };
}

/** Whether a point is among the categories that are shown. */
export function shownOf({ labels }: Scatter, hidden: ReadonlySet<number>): (point: number) => boolean {
  if (hidden.size === 0 || labels?.kind !== 'category') return () => true;
  return (point) => !hidden.has(labels.index[point] ?? -1);
}

/** The same as bytes. Looks that are one object are looked at once. */
export function looksOf(count: number, look: (point: number) => Look, shown: (point: number) => boolean): Looks {
  const words = new Uint32Array(count);
  const looks = new Uint8Array(words.buffer);
  const known = new Map<Look, number>();
  const bytes = new Uint8Array(4);
  const word = new Uint32Array(bytes.buffer);
  for (let i = 0; i < count; i++) {
    const own = look(i);
    let value = known.get(own);
    if (value === undefined) {
      bytes.set([...channels(own.colour), own.shape]);
      value = word[0] as number;
      known.set(own, value);
    }
    words[i] = value;
    if (!shown(i)) looks[4 * i + 3] = HIDDEN;
  }
  return looks;
}

/** The same looks with the points of the selected rows marked, and whether there is one. Hidden points stay hidden. */
export function markedLooks(
  looks: Looks,
  rows: readonly number[],
  selection: ReadonlySet<number>,
): { readonly looks: Looks; readonly selected: boolean } {
  if (selection.size === 0) return { looks, selected: false };
  const marked = looks.slice();
  let selected = false;
  for (let i = 0; i < rows.length; i++) {
    if (marked[4 * i + 3] === HIDDEN || !selection.has(rows[i] as number)) continue;
    marked[4 * i + 3] = (marked[4 * i + 3] as number) | SELECTED;
    selected = true;
  }
  return { looks: selected ? marked : looks, selected };
}
