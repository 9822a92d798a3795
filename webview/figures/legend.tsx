import { type DrawnScale, scaleColour } from '../../src/figures/palettes';
import { type Tick, withEnds } from '../../src/figures/ticks';
import { spreadNames, type ValueScale } from '../../src/figures/value-scale';
import { scaleOver } from './scale';
import { fitted, Label, size, textWidth } from './text';
import type { FigureTheme } from './theme';

export const scaleLegendHeight = 34;
const barHeight = 8;
/** Of the bar. */
const shortest = 60;
const beside = 12;

/** A number, or the word for chance, under the bar: where its middle is. */
interface Mark extends Tick {
  readonly at: number;
}

/**
 * What stands under the bar, within the picture that ends at `right`: the numbers of both ends, chance beside that which it would
 * touch, and other numbers where there is room.
 */
export function marksOf(
  domain: readonly [number, number],
  ticks: readonly Tick[],
  at: (value: number) => number,
  right: number,
  chance?: number,
): { readonly numbers: readonly Mark[]; readonly chance?: Mark } {
  const half = (text: string) => textWidth(text, size.tick) / 2;
  const room = (a: string, b: string) => half(a) + half(b) + 4;
  const clear = (a: Tick, b: Tick) => Math.abs(at(a.value) - at(b.value)) >= room(a.text, b.text);
  const numbers = withEnds(domain, ticks, clear).map((tick) => ({
    ...tick,
    at: Math.min(at(tick.value), right - half(tick.text)),
  }));
  const [first, last] = [numbers[0], numbers.at(-1)];
  if (chance === undefined || !first || !last) return { numbers };
  const text = 'chance';
  const [least, most] = [first.at + room(first.text, text), last.at - room(last.text, text)];
  const mark = { value: chance, text, at: Math.max(least, Math.min(most, at(chance))) };
  const kept = numbers.filter(
    (one) => one === first || one === last || Math.abs(one.at - mark.at) >= room(one.text, text),
  );
  return { numbers: kept, chance: mark };
}

/** Where the name and the bar begin, and how long it is; left of `x` where a name of some length leaves the bar no room. */
export function legendPlaces(label: string, x: number, width: number) {
  const bar = shortest + 2 * beside;
  const from = Math.max(0, Math.min(x, x + width - textWidth(label, size.axis) - bar));
  const name = fitted(label, x + width - from - bar, size.axis);
  const left = from + textWidth(name, size.axis) + beside;
  return { from, name, left, length: Math.min(180, x + width - left - beside) };
}

interface ScaleLegendProps {
  readonly scale: DrawnScale;
  /** The colours in the other order: of a distance, where less is more alike. */
  readonly reversed?: boolean;
  /** Values within it are what chance gives: a bracket under the bar. */
  readonly band?: readonly [number, number] | null;
  /** Where values lie on the bar, if not evenly: said behind the name. */
  readonly spread?: ValueScale | undefined;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly theme: FigureTheme;
}

/** What the colours of a heatmap or of points stand for: its whole scale, the ends, the chance level. */
export function ScaleLegend({ scale, reversed = false, band = null, spread, x, y, width, theme }: ScaleLegendProps) {
  const label = spread ? `${scale.label}, ${spreadNames[spread.spread]}` : scale.label;
  const { from, name, left, length } = legendPlaces(label, x, width);
  const [low, high] = scale.domain;
  const axis = spread
    ? { at: (value: number) => left + length * spread.share(value), ticks: spread.ticks(4) }
    : scaleOver(scale.domain, [left, left + length], 2);
  const bars = 60;
  const marks = marksOf(scale.domain, axis.ticks, axis.at, x + width, scale.chance);
  return (
    <g>
      <Label x={from} y={y + barHeight / 2} theme={theme}>
        {name}
      </Label>
      <g shape-rendering="crispEdges">
        {Array.from({ length: bars }, (_, i) => {
          const share = reversed ? 1 - (i + 0.5) / bars : (i + 0.5) / bars;
          const fill = scaleColour({ kind: scale.kind, domain: [0, 1] }, share, theme.ground);
          const start = left + (length * i) / bars;
          return <rect key={i} x={start} y={y} width={length / bars + 0.5} height={barHeight} fill={fill} />;
        })}
      </g>
      {marks.numbers.map(({ value, text, at }) => (
        <Label key={value} x={at} y={y + 18} theme={theme} size={size.tick} anchor="middle">
          {text}
        </Label>
      ))}
      {band && (
        <path
          d={`M${axis.at(Math.max(low, band[0]))} ${y + barHeight - 1}v4H${axis.at(Math.min(high, band[1]))}v-4`}
          stroke={theme.mark}
          stroke-width={1.5}
          fill="none"
        />
      )}
      {marks.chance && (
        <g>
          <path d={`M${axis.at(marks.chance.value)} ${y - 2}v${barHeight + 4}`} stroke={theme.mark} stroke-width={2} />
          <Label x={marks.chance.at} y={y + 18} theme={theme} size={size.tick} anchor="middle" fill={theme.mark}>
            {marks.chance.text}
          </Label>
        </g>
      )}
    </g>
  );
}
