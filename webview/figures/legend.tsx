import { type DrawnScale, scaleColour } from '../../src/figures/palettes';
import type { Tick } from '../../src/figures/ticks';
import { spreadNames, type ValueScale } from '../../src/figures/value-scale';
import { type Scale, scaleOver } from './scale';
import { fitted, Label, size, textWidth } from './text';
import type { FigureTheme } from './theme';

export const scaleLegendHeight = 34;
const barHeight = 8;
/** Of the bar. */
const shortest = 60;
const beside = 12;

/** With two numbers or more: one does not tell how far the colours reach. */
export function colourAxis(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const [few, some, more] = [2, 4, 8].map((count) => scaleOver(domain, range, count)) as [Scale, Scale, Scale];
  return [few, some].find(({ ticks }) => ticks.length > 1) ?? more;
}

/** The first number, and of the others each that does not touch the one before it. */
export function apart(ticks: readonly Tick[], at: (value: number) => number): readonly Tick[] {
  const half = ({ text }: Tick) => textWidth(text, size.tick) / 2;
  const kept: Tick[] = [];
  for (const tick of ticks) {
    const last = kept.at(-1);
    if (!last || at(tick.value) - half(tick) >= at(last.value) + half(last) + 4) kept.push(tick);
  }
  return kept;
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
    : colourAxis(scale.domain, [left, left + length]);
  const bars = 60;
  const chance = scale.chance;
  const near = (tick: number) => chance !== undefined && Math.abs(axis.at(tick) - axis.at(chance)) < 26;
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
      {apart(axis.ticks, axis.at)
        .filter(({ value }) => !near(value))
        .map(({ value, text }) => (
          <Label key={text} x={axis.at(value)} y={y + 18} theme={theme} size={size.tick} anchor="middle">
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
      {chance !== undefined && (
        <g>
          <path d={`M${axis.at(chance)} ${y - 2}v${barHeight + 4}`} stroke={theme.mark} stroke-width={2} />
          <Label x={axis.at(chance)} y={y + 18} theme={theme} size={size.tick} anchor="middle" fill={theme.mark}>
            chance
          </Label>
        </g>
      )}
    </g>
  );
}
