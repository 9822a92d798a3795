import type { ComponentChild } from 'preact';
import { type Box, Raster } from '../../src/figures/cloud-raster';
import { png } from '../../src/figures/pixels';
import type { Spread } from '../../src/protocol/analysis';
import type { Scatter } from '../../src/protocol/figures';
import { count, plural } from '../format';
import type { CloudStyle } from './cloud';
import { drawDensity, drawPoints } from './cloud-plain';
import { grown } from './cloud-points';
import type { Drawing } from './export';
import { lookOf, looksOf, markedLooks } from './looks';
import { legendOf } from './scatter-keys';
import type { ScatterLayout } from './scatter-layout';
import { Frames, isSeen, Paths, Picked, SolidFrame } from './scatter-points';
import { pointsIn } from './scatter-selection';
import type { Solid, Turn } from './solid';
import type { FigureTheme } from './theme';

/** More points than this are an image in an exported file, of so many of its pixels for one of the page, and so many at most. */
const MANY = 5000;
const FINE = 3;
const WIDEST = 2000;

/** A figure as it is seen, to be drawn again on paper, and what has to be said of it there. */
export interface Seen {
  readonly drawing: Drawing;
  readonly notes: readonly string[];
}

export interface ScatterView {
  /** In its colours, as it is turned. */
  readonly figure: Scatter;
  /** Of its colours, where they are numbers. */
  readonly spread?: Spread;
  readonly layout: ScatterLayout;
  readonly turn: Turn | null;
  readonly solids: readonly Solid[] | null;
  readonly shown: (point: number) => boolean;
  /** Categories that the legend has switched off. */
  readonly hidden: ReadonlySet<number>;
  readonly selection: ReadonlySet<number>;
  /** Points are drawn on a canvas, where they grow with the view. */
  readonly many: boolean;
  readonly density: CloudStyle['density'];
  /** Most points over a pixel. */
  readonly peak: number;
  /** Names, lines to what is near, rings and pictures, over the points. */
  overlay(theme: FigureTheme): ComponentChild;
}

/** What is on the screen of a scatter, with its legend: the part that is in sight, its shades, its names. */
export function seenScatter(view: ScatterView): Seen {
  const { figure, layout, turn, solids, shown } = view;
  const total = figure.rows.length;
  const kept = places(total).filter(shown);
  const inSight = kept.filter((point) => layout.panels.some((place) => isSeen(place, point)));
  const image = view.density !== null || (view.many && inSight.length * layout.panels.length > MANY);
  const fine = Math.min(FINE, WIDEST / Math.max(...layout.panels.map(({ side, down }) => Math.max(side, down))));
  const sizes = view.density ? undefined : layout.sizes;
  const legend = legendOf(
    figure,
    view.hidden,
    view.density && { peak: view.peak, own: view.density === 'own' },
    sizes && { sizes, radius: seenRadius(layout, view.many) },
    view.spread,
  );
  const height = layout.height + legend.heightIn(layout.width);
  const frame = (theme: FigureTheme) =>
    turn && solids ? <SolidFrame {...{ layout, theme, turn, solids }} /> : <Frames {...{ layout, theme }} />;
  const draw = (theme: FigureTheme) => (
    <g>
      {frame(theme)}
      {image ? imagesOf(view, theme, fine) : pathsOf(view, theme, inSight)}
      {view.overlay(theme)}
      <g transform={`translate(0 ${layout.height})`}>{legend.draw(layout.width, theme)}</g>
    </g>
  );
  const enlarged = layout.panels.some(({ zoom }) => zoom > 1);
  const notes = [
    ...(turn ? ['Three dimensions, seen from a side in parallel projection; the farthest point is at 1.'] : []),
    ...(enlarged ? [`A part: ${count(inSight.length)} of ${plural(kept.length, 'point')} are in sight.`] : []),
    ...(kept.length < total ? [`Shown: ${count(kept.length)} of ${count(total)} points.`] : []),
    ...(view.density
      ? [
          `Shaded by the number of points over a pixel, up to ${count(Math.round(view.peak))}${view.density === 'own' ? ', in the mean of their colours' : ''}.`,
        ]
      : []),
    ...(sizes ? [sizes.said] : []),
    ...(image ? [`The points are an image, ${Number(fine.toFixed(1))} pixels for each of the figure's.`] : []),
  ];
  return { drawing: { width: layout.width, height, draw }, notes };
}

/** Of points that are alike, as it is drawn: where they are many it grows with the view. */
export function seenRadius({ radius, panels }: ScatterLayout, many: boolean): number {
  return many ? grown(radius, panels[0]?.zoom ?? 1) : radius;
}

function places(total: number): number[] {
  return Array.from({ length: total }, (_, point) => point);
}

function pathsOf(
  { figure, spread, layout, selection, many }: ScatterView,
  theme: FigureTheme,
  inSight: readonly number[],
) {
  const known = new Set(inSight);
  const picked = [...pointsIn(figure.rows, selection)].filter((point) => known.has(point));
  return (
    <g>
      <Paths
        {...{ layout }}
        look={lookOf(figure, theme, spread)}
        shown={(point) => known.has(point)}
        count={figure.rows.length}
        {...(many && { radiusIn: ({ zoom }) => grown(layout.radius, zoom) })}
      />
      <Picked layout={layout} points={picked} theme={theme} />
    </g>
  );
}

function imagesOf(view: ScatterView, theme: FigureTheme, fine: number) {
  const { figure, layout, shown, selection, density, peak } = view;
  const all = looksOf(figure.rows.length, lookOf(figure, theme, view.spread), shown);
  const { looks, selected } = markedLooks(all, figure.rows, selection);
  const sizes = layout.sizes?.bytes ?? null;
  const style = { radius: layout.radius, sizes, every: 1, selected, density, ratio: fine };
  const on = { ...style, ground: theme.ground, background: theme.background };
  return layout.panels.map((place, i) => {
    const { left, top, side, down } = place;
    const [across, along] = [Math.round(side * fine), Math.round(down * fine)];
    const box: Box = [0, 0, across, along];
    const raster = new Raster(across, along);
    if (density) drawDensity(raster, [box], [place], looks, on, peak);
    else drawPoints(raster, [box], [place], looks, on);
    const href = png(across, along, new Uint8Array(raster.take(box).buffer), 4);
    return <image key={`${i} ${place.panel.title}`} x={left} y={top} width={side} height={down} href={href} />;
  });
}
