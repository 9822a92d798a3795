/** A place in a picture, in pixels; one that is not finite is a gap in a line. */
type Point = readonly [x: number, y: number];

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A level that is ruled across a picture: its height, and how wide its name is. */
export interface Rule {
  readonly at: number;
  readonly width: number;
}

/** Where the name of a rule is written: the middle of its letters, and which end of it stands at x. */
export interface RuleName {
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'end';
}

/** Half the height of a name, and how far its middle is from its rule, in pixels. */
const HALF = 6;
const AWAY = 8;
/** As bad as so many pixels of a line behind it: a name behind it, or the edge of the picture. */
const WORSE = 1000;

/** Names at either end of their rules, above or below them, where the fewest lines are behind them and no other name is. */
export function placeRuleNames(rules: readonly Rule[], lines: readonly (readonly Point[])[], frame: Box): RuleName[] {
  const ruled = rules.map(({ at }): Point[] => [
    [frame.left, at],
    [frame.right, at],
  ]);
  const all = [...lines, ...ruled];
  const taken: Box[] = [];
  const faults = (box: Box) =>
    all.reduce((sum, line) => sum + lengthWithin(line, box), 0) +
    WORSE * taken.filter((other) => meet(other, box)).length +
    (box.top < frame.top - HALF || box.bottom > frame.bottom ? WORSE : 0);
  return rules.map(({ at, width }) => {
    const places = (['end', 'start'] as const).flatMap((anchor) =>
      [at - AWAY, at + AWAY].map((y) => {
        const left = anchor === 'end' ? frame.right - width : frame.left;
        const box = { left, right: left + width, top: y - HALF, bottom: y + HALF };
        return { x: anchor === 'end' ? frame.right : frame.left, y, anchor, box, faults: faults(box) };
      }),
    );
    const { box, x, y, anchor } = places.reduce((best, place) => (place.faults < best.faults ? place : best));
    taken.push(box);
    return { x, y, anchor };
  });
}

function meet(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function lengthWithin(line: readonly Point[], { left, right, top, bottom }: Box): number {
  let sum = 0;
  for (let i = 1; i < line.length; i++) {
    const [[x, y], [nextX, nextY]] = [line[i - 1] as Point, line[i] as Point];
    const [from, to] = common(shareWithin(x, nextX, left, right), shareWithin(y, nextY, top, bottom));
    if (to > from) sum += (to - from) * Math.hypot(nextX - x, nextY - y);
  }
  return sum;
}

/** From which to which share of the way from a to b is between two bounds; nothing of one that is not finite. */
function shareWithin(a: number, b: number, low: number, high: number): readonly [number, number] {
  if (a === b) return a >= low && a <= high ? [0, 1] : [0, 0];
  const [first, second] = [(low - a) / (b - a), (high - a) / (b - a)];
  return [Math.max(0, Math.min(first, second)), Math.min(1, Math.max(first, second))];
}

function common(a: readonly [number, number], b: readonly [number, number]): readonly [number, number] {
  return [Math.max(a[0], b[0]), Math.min(a[1], b[1])];
}
