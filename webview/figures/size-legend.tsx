import type { Tick } from '../../src/figures/ticks';
import { spreadNames } from '../../src/figures/value-scale';
import { number, plural } from '../format';
import type { PointSizes } from './point-sizes';
import { type SpreadChoice, SpreadPicker } from './spread';
import { fitted, Label, size, textWidth } from './text';
import type { FigureTheme } from './theme';

const GAP = 16;
/** Circles of which the next is not so many times as large in radius are not told apart. */
const APART = 1.3;
const MOST = 5;

interface SizeProps {
  readonly sizes: PointSizes;
  /** Of points that are alike, in pixels. */
  readonly radius: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly theme: FigureTheme;
}

/** Values to draw as circles, from the least to the greatest: far enough apart to look different. */
export function sizeMarks({ scale, factorOf }: PointSizes): readonly Tick[] {
  const [low, high] = scale.domain;
  const round = scale.spread === 'even' && low >= 0 && high > 0;
  const found: Tick[] = [];
  for (const tick of round ? roundBelow(high) : [...scale.ticks(8)].reverse()) {
    const before = found.at(-1);
    const far = before === undefined || factorOf(before.value) > APART * factorOf(tick.value);
    if (far && found.length < MOST) found.push(tick);
  }
  return found.reverse();
}

/** 1, 2 and 5 times powers of ten, from the greatest that is not above a value: what a long tail has at its ends. */
function roundBelow(high: number): Tick[] {
  const top = Math.floor(Math.log10(high));
  const values = [0, 1, 2].flatMap((down) => [5, 2, 1].map((times) => Number(`${times}e${top - down}`)));
  return values.filter((value) => value <= high).map((value) => ({ value, text: number(value) }));
}

export function sizeLegendHeight(sizes: PointSizes, radius: number): number {
  const largest = Math.max(...sizeMarks(sizes).map(({ value }) => radius * sizes.factorOf(value)));
  return Math.ceil(Math.max(16, 2 * largest)) + 10;
}

/** Circles of a few values, as large as points of them are. */
export function SizeScale({ sizes, radius, x, y, width, theme }: SizeProps) {
  const middle = y + (sizeLegendHeight(sizes, radius) - 10) / 2;
  const { spread } = sizes.scale;
  const name = fitted(spread === 'even' ? sizes.name : `${sizes.name}, ${spreadNames[spread]}`, width * 0.5, size.axis);
  let at = x + textWidth(name, size.axis) + GAP;
  return (
    <g>
      <Label x={x} y={middle} theme={theme}>
        {name}
      </Label>
      {sizeMarks(sizes).map(({ value, text }) => {
        const r = radius * sizes.factorOf(value);
        const left = at;
        at += 2 * r + 4 + textWidth(text, size.tick) + GAP;
        if (at - GAP > x + width) return null;
        return (
          <g key={text}>
            <circle
              cx={left + r}
              cy={middle}
              r={r}
              fill={theme.muted}
              fill-opacity={0.55}
              stroke={theme.text}
              stroke-width={0.5}
            />
            <Label x={left + 2 * r + 4} y={middle} theme={theme} size={size.tick}>
              {text}
            </Label>
          </g>
        );
      })}
    </g>
  );
}

interface SizeLegendProps extends Omit<SizeProps, 'x' | 'y'> {
  readonly shaded: boolean;
  readonly choice: SpreadChoice;
}

/** What the sizes of points stand for; while density is shaded, that they are not drawn. */
export function SizeLegend({ shaded, choice, ...props }: SizeLegendProps) {
  const { sizes, radius, width, theme } = props;
  if (shaded) return <p class="caption">Shades of density leave out the sizes by {sizes.name}.</p>;
  const height = sizeLegendHeight(sizes, radius);
  const marks = sizeMarks(sizes);
  return (
    <>
      <svg
        class="scale sizes"
        role="img"
        aria-label={`Sizes by ${sizes.name}: ${plural(marks.length, 'circle')} for ${marks.map(({ text }) => text).join(', ')}`}
        {...{ width, height }}
        font-family={theme.font}
      >
        <SizeScale {...props} x={48} y={4} width={width - 48} />
      </svg>
      <SpreadPicker of="sizes" choice={choice} />
      <p class="caption">{sizes.said}</p>
    </>
  );
}
