type Point = readonly [x: number, y: number];

/** The outline of a band, in pixels, without what is above or below the picture. */
export function bandWithin(outline: readonly Point[], top: number, bottom: number): readonly Point[] {
  return cutAt(cutAt(outline, top, 1), bottom, -1);
}

/** A polygon without what is beyond a height (Sutherland, Hodgman 1974). @param side 1 where larger heights stay, -1 smaller */
function cutAt(outline: readonly Point[], height: number, side: 1 | -1): readonly Point[] {
  const within = ([, y]: Point) => side * (y - height) >= 0;
  return outline.flatMap((point, i) => {
    const next = outline[(i + 1) % outline.length] as Point;
    const kept = within(point) ? [point] : [];
    if (within(point) === within(next)) return kept;
    const share = (height - point[1]) / (next[1] - point[1]);
    return [...kept, [point[0] + share * (next[0] - point[0]), height] as const];
  });
}
