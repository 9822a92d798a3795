import { ink, label, tag, textWidth } from './markup';
import { type DrawnScale, scaleColour } from './palettes';
import { fixed, linearTicks, withEnds } from './ticks';
import { spreadNames, type ValueScale } from './value-scale';

/** A scale of colours; where values do not lie on it evenly, how they do. */
export type SpreadScale = DrawnScale & { readonly spread?: ValueScale };

const WIDTH = 12;
const STOPS = 32;
/** Of text, from one to the next. */
const LINE = 11;

/** A vertical legend of a colour scale, its upper left corner at (x, y); `id` names its gradient within the figure. */
export function colourBar(scale: SpreadScale, x: number, y: number, height: number, id: string): string {
  const [low, high] = scale.domain;
  const stops = Array.from({ length: STOPS + 1 }, (_, i) => {
    const colour = scaleColour({ kind: scale.kind, domain: [0, 1] }, i / STOPS, 'light');
    return tag('stop', { offset: `${(100 * i) / STOPS}%`, 'stop-color': colour });
  });
  const gradient = tag('linearGradient', { id, x1: 0, y1: 1, x2: 0, y2: 0 }, stops.join(''));
  const share = scale.spread?.share ?? ((value: number) => (value - low) / (high - low || 1));
  const at = (value: number) => y + height * (1 - share(value));
  const parts = [
    tag('defs', {}, gradient),
    tag('rect', { x, y, width: WIDTH, height, fill: `url(#${id})` }),
    label(x, y - 8, nameOf(scale), { fill: ink.soft }),
  ];
  const { chance } = scale;
  const shown = chance !== undefined && chance >= Math.min(low, high) && chance <= Math.max(low, high);
  // Beside the number of an end, not over it.
  const level = Math.max(y + LINE, Math.min(y + height - LINE, at(chance ?? low)));
  for (const { value, text } of withEnds(
    scale.domain,
    ticksOf(scale),
    (a, b) => Math.abs(at(a.value) - at(b.value)) >= LINE,
  )) {
    // The chance level says its own number.
    if (shown && Math.abs(level - at(value)) < LINE) continue;
    parts.push(tag('line', { x1: x + WIDTH, x2: x + WIDTH + 3, y1: at(value), y2: at(value), stroke: ink.axis }));
    parts.push(label(x + WIDTH + 6, at(value) + 3.5, text, { size: 10, fill: ink.soft }));
  }
  if (shown) {
    parts.push(
      tag('line', {
        x1: x - 3,
        x2: x + WIDTH + 3,
        y1: at(chance),
        y2: at(chance),
        stroke: ink.text,
        'stroke-width': 1.5,
      }),
    );
    parts.push(label(x + WIDTH + 6, level + 3.5, chanceText(chance), { size: 10 }));
  }
  return parts.join('\n');
}

/** Pixels that the legend takes in width. */
export function colourBarWidth(scale: SpreadScale): number {
  const ticks = withEnds(scale.domain, ticksOf(scale), () => true).map(({ text }) => textWidth(text, 10));
  const chance = scale.chance === undefined ? 0 : textWidth(chanceText(scale.chance), 10);
  return Math.max(textWidth(nameOf(scale)), WIDTH + 8 + Math.max(chance, ...ticks));
}

function nameOf({ label, spread }: SpreadScale): string {
  return spread ? `${label}, ${spreadNames[spread.spread]}` : label;
}

function ticksOf({ domain, spread }: SpreadScale) {
  return spread?.ticks(4) ?? linearTicks(domain, 4);
}

function chanceText(chance: number): string {
  return `chance ${fixed(chance, 3)}`;
}
