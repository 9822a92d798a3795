import type { Tree } from '../protocol/figures';
import { branchesOf } from './branches';
import type { Drawing } from './drawing';
import { ink, label, round, shortened, tag, textWidth } from './markup';
import { linearTicks, scaleTo } from './ticks';

const WIDTH = 380;
/** From leaf to leaf, in pixels. */
const LEAF = 17;
const MOST = 28;

/** Leaves below each other at the left, merges to the right of them, an axis of heights below. */
export function drawTree(figure: Tree): Drawing {
  const { leaves, order, height } = figure;
  const branches = branchesOf(figure);
  const most = Math.max(...branches.map(({ to }) => to.height), 0) || 1;
  const short = shortened(leaves, MOST);
  const names = order.map((leaf) => short[leaf] ?? '');
  const left = Math.max(...names.map((name) => textWidth(name)), 0) + 12;
  const atX = scaleTo([0, most], [0, WIDTH]);
  const atY = (place: number) => LEAF * (place + 0.5);
  const bottom = LEAF * leaves.length + 4;
  const parts = linearTicks([0, most]).flatMap(({ value, text }) => [
    tag('line', { x1: atX(value), x2: atX(value), y1: 0, y2: bottom, stroke: ink.grid }),
    label(atX(value), bottom + 14, text, { size: 10, anchor: 'middle', fill: ink.soft }),
  ]);
  parts.push(...names.map((name, i) => label(-8, atY(i) + 3.5, name, { anchor: 'end' })));
  const path = branches.map(({ from: [a, b], to }) => {
    const [x, ya, yb] = [round(atX(to.height)), round(atY(a.at)), round(atY(b.at))];
    return `M${round(atX(a.height))} ${ya}H${x}V${yb}H${round(atX(b.height))}`;
  });
  parts.push(tag('path', { d: path.join(''), fill: 'none', stroke: ink.text, 'stroke-width': 1.4 }));
  parts.push(label(WIDTH / 2, bottom + 32, height.label, { anchor: 'middle' }));
  const body = tag('g', { transform: `translate(${round(left)} 4)` }, parts.join('\n'));
  return { width: left + WIDTH + 14, height: bottom + 42, body };
}
