import { useMemo } from 'preact/hooks';
import type { Scatter } from '../../src/protocol/figures';
import type { ScatterLayout } from './scatter-layout';
import { isSeen } from './scatter-points';
import { circle } from './shapes';
import type { FigureTheme } from './theme';

interface NearProps {
  readonly figure: Scatter;
  readonly layout: ScatterLayout;
  /** The row that others are near to. */
  readonly row: number | null;
  /** Rows that are near to it: one list for each panel, or one for all. */
  readonly near: readonly (readonly number[])[] | undefined;
  readonly theme: FigureTheme;
}

/** Lines from a row to those that are near to it in the space of each panel, and rings around these. */
export function Near({ figure, layout, row, near, theme }: NearProps) {
  const places = useMemo(() => {
    const wanted = new Set(near?.flat());
    if (row !== null) wanted.add(row);
    const found = new Map<number, number>();
    if (near && near.length > 0) for (const [i, one] of figure.rows.entries()) if (wanted.has(one)) found.set(one, i);
    return found;
  }, [figure.rows, near, row]);
  const from = row === null ? undefined : places.get(row);
  if (from === undefined || !near || near.length === 0) return null;
  const r = layout.radius + 3;
  return (
    <g>
      {layout.panels.map((place, panel) => {
        const { xs, ys } = place.panel;
        const at = (i: number) => [place.x.at(xs[i] ?? 0), place.y.at(ys[i] ?? 0)] as const;
        const seen = (i: number) => isSeen(place, i);
        const own = near[Math.floor((panel * near.length) / layout.panels.length)] ?? [];
        const points = own.flatMap((one) => places.get(one) ?? []).filter(seen);
        const [x, y] = at(from);
        const lines = seen(from) ? points.map((i) => `M${x} ${y}L${at(i).join(' ')}`) : [];
        const rings = points.map((i) => circle(...at(i), r));
        return (
          <g key={`${panel} ${place.panel.title}`} fill="none">
            <path d={lines.join('')} stroke={theme.background} stroke-width={3} stroke-opacity={0.7} />
            <path d={lines.join('')} stroke={theme.focus} stroke-width={1.2} />
            <path d={rings.join('')} stroke={theme.background} stroke-width={3.5} />
            <path d={rings.join('')} stroke={theme.focus} stroke-width={1.8} />
          </g>
        );
      })}
    </g>
  );
}
