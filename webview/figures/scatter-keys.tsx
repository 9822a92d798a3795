import type { ComponentChild } from 'preact';
import { categoryColour } from '../../src/figures/palettes';
import { valueScale } from '../../src/figures/value-scale';
import type { Spread } from '../../src/protocol/analysis';
import type { Scatter } from '../../src/protocol/figures';
import { count, plural } from '../format';
import { DensityScale } from './density-legend';
import { ScaleLegend, scaleLegendHeight } from './legend';
import { NONE, numberScale } from './looks';
import type { PointSizes } from './point-sizes';
import { shapeAt, shapeOf } from './shapes';
import { SizeScale, sizeLegendHeight } from './size-legend';
import { fitted, Label, size, textWidth } from './text';
import type { FigureTheme } from './theme';

/** Categories that are written; the others are counted. */
const LISTED = 60;
const LINE = 16;
const LEFT = 48;
const WIDEST = 180;

/** What the colours and shades of a scatter stand for, as a part of a drawing. */
export interface Keys {
  heightIn(width: number): number;
  draw(width: number, theme: FigureTheme): ComponentChild;
}

interface Key {
  readonly text: string;
  /** Of a category; null: without a label. Absent: a text alone. */
  readonly category?: number | null;
}

/** @param hidden categories that are not drawn, and so not listed */
export function legendOf(
  { labels }: Scatter,
  hidden: ReadonlySet<number>,
  density: { readonly peak: number; readonly own: boolean } | null,
  sized?: { readonly sizes: PointSizes; readonly radius: number },
  spread: Spread = 'even',
): Keys {
  const circles = sized ? sizeLegendHeight(sized.sizes, sized.radius) : 0;
  const shades = circles + (density ? scaleLegendHeight : 0);
  const keys = labels?.kind === 'category' ? keysOf(labels, hidden) : [];
  const numbers = labels?.kind === 'number' ? labels : null;
  const missing = numbers?.values.reduce((sum: number, value) => sum + (value === null ? 1 : 0), 0) ?? 0;
  const bar = numbers ? scaleLegendHeight : 0;
  const none: Key[] =
    numbers && missing > 0 ? [{ text: `${plural(missing, 'row')} without ${numbers.name}`, category: null }] : [];
  return {
    heightIn: (width) => shades + bar + LINE * (flowed([...keys, ...none], width).at(-1)?.line ?? 0),
    draw: (width, theme) => (
      <g>
        {sized && <SizeScale {...sized} x={LEFT} y={4} width={width - LEFT} theme={theme} />}
        {density && <DensityScale {...density} x={LEFT} y={circles + 4} theme={theme} />}
        {numbers && (
          <ScaleLegend
            scale={numberScale(numbers)}
            {...(spread !== 'even' && { spread: valueScale(numbers.values, spread) })}
            x={LEFT}
            y={shades + 4}
            width={width - LEFT}
            theme={theme}
          />
        )}
        {flowed([...keys, ...none], width).map(({ text, category, x, line }, i) => {
          const y = shades + bar + LINE * (line - 0.5);
          return (
            <g key={`${i} ${text}`}>
              {category !== undefined && (
                <path
                  d={(category === null ? shapeAt(0) : shapeOf(category))(x + 5, y, 4)}
                  fill={category === null ? NONE : categoryColour(category, theme.ground)}
                />
              )}
              <Label
                x={category === undefined ? x : x + 13}
                y={y}
                theme={theme}
                {...(category !== undefined && { fill: theme.text })}
              >
                {text}
              </Label>
            </g>
          );
        })}
      </g>
    ),
  };
}

function keysOf(
  labels: Extract<NonNullable<Scatter['labels']>, { kind: 'category' }>,
  hidden: ReadonlySet<number>,
): Key[] {
  const drawn = [...labels.categories.keys()].filter((i) => !hidden.has(i));
  const rest = drawn.length - LISTED;
  return [
    { text: labels.name },
    ...drawn.slice(0, LISTED).map((category) => ({ text: labels.categories[category] ?? '', category })),
    ...(labels.index.includes(-1) ? [{ text: 'none', category: null }] : []),
    ...(rest > 0 ? [{ text: `and ${count(rest)} more` }] : []),
  ];
}

/** Keys one after the other, in lines of a width; lines are counted from 1. */
function flowed(keys: readonly Key[], width: number): (Key & { readonly x: number; readonly line: number })[] {
  let [x, line] = [LEFT, 1];
  return keys.map((key) => {
    const text = fitted(key.text, WIDEST, size.axis);
    const wide = textWidth(text, size.axis) + (key.category === undefined ? 0 : 13) + 14;
    if (x > LEFT && x + wide > width) [x, line] = [LEFT, line + 1];
    const placed = { ...key, text, x, line };
    x += wide;
    return placed;
  });
}
