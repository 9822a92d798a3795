import type { Scatter } from '../../src/protocol/figures';
import { number } from '../format';
import type { Pointing, Step } from './plot';
import { PointIndex } from './point-index';
import { labelCell, nameOf, type RowColumn } from './row-facts';
import { neighbour, type ScatterLayout, type ScatterPlace } from './scatter-layout';
import { isSeen } from './scatter-points';

/** Pixels from which a point is found. */
const REACH = 12;
/** Values of a row that are shown where it is pointed at. */
const TOLD = 6;

export interface Spot {
  readonly panel: number;
  readonly point: number;
}

const directions: Partial<Record<Step, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The points of a scatter as what can be pointed at. `indices` keeps the index of each panel, whatever its view. */
export function pointingAt(
  figure: Scatter,
  { panels }: ScatterLayout,
  indices: Map<number, PointIndex>,
  shown: (point: number) => boolean,
  columns: readonly RowColumn[],
): Pointing<Spot> {
  const count = figure.rows.length;
  const indexOf = (panel: number, { panel: { xs, ys }, whole }: ScatterPlace) => {
    const index = indices.get(panel) ?? new PointIndex(xs, ys, whole);
    indices.set(panel, index);
    return index;
  };
  const from = (start: number, step: number): Spot | null => {
    for (let point = start; point >= 0 && point < count; point += step) if (shown(point)) return { panel: 0, point };
    return null;
  };
  return {
    pick: (x, y) => {
      for (const [panel, place] of panels.entries()) {
        const { left, top, side, down, domain } = place;
        if (x < left - REACH || x > left + side + REACH || y < top - REACH || y > top + down + REACH) continue;
        const across = (domain.x[1] - domain.x[0]) / side;
        const upwards = (domain.y[1] - domain.y[0]) / down;
        const at = [domain.x[0] + (x - left) * across, domain.y[0] + (top + down - y) * upwards] as const;
        const has = (point: number) => shown(point) && isSeen(place, point);
        const point = indexOf(panel, place).nearest(...at, REACH * across, REACH * upwards, has);
        if (point !== null) return { panel, point };
      }
      return null;
    },
    step: (spot, key) => {
      const direction = directions[key];
      if (!spot || key === 'Home') return from(0, 1);
      if (!direction) return from(count - 1, -1);
      const place = panels[spot.panel];
      const point = place ? neighbour(place, spot.point, direction, shown) : null;
      return point === null ? null : { panel: spot.panel, point };
    },
    at: ({ panel, point }) => {
      const place = panels[panel];
      return { x: place?.x.at(place.panel.xs[point] ?? 0) ?? 0, y: place?.y.at(place.panel.ys[point] ?? 0) ?? 0 };
    },
    describe: ({ point }) => [nameOf(figure, point), ...labelOf(figure, point)],
    more: ({ point }) => toldOf(figure, point, columns),
  };
}

function labelOf({ labels }: Scatter, point: number): string[] {
  if (!labels) return [];
  const cell = labelCell(labels, point);
  return [`${labels.name}: ${typeof cell === 'string' ? cell : labels.kind === 'number' ? number(cell) : 'none'}`];
}

/** What the page knows of the row besides. */
function toldOf({ rows, labels }: Scatter, point: number, columns: readonly RowColumn[]): string[] {
  const row = rows[point] ?? -1;
  return columns
    .filter(({ name }) => name !== labels?.name)
    .map(({ name, at }) => [name, at(row)] as const)
    .filter(([, cell]) => cell !== null)
    .slice(0, TOLD)
    .map(([name, cell]) => `${name}: ${typeof cell === 'number' ? number(cell) : cell}`);
}
