import type { Heatmap, HeatmapPanel } from '../protocol/figures';
import { cellDecimals } from './cell-decimals';
import { colourBar, colourBarWidth } from './colour-bar';
import type { Drawing } from './drawing';
import { ink, label, shortened, tag, textWidth } from './markup';
import { namePlaces } from './name-places';
import { inkOn, scaleColour } from './palettes';
import { pixels } from './pixels';
import { fixed } from './ticks';

/** Pixels: the sides of a panel and of a cell. */
const LARGEST = 380;
const SMALLEST = 200;
const CELL = 40;
/** Above this many cells a panel is one image instead of rectangles. */
const IMAGE = 4096;
const TICK = 10;
const GAP = 36;

interface Layout {
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly left: number;
  readonly bottom: number;
  readonly rowNames: readonly string[];
  readonly columnNames: readonly string[];
  readonly rowStep: number;
  readonly columnStep: number;
  readonly upright: boolean;
}

/** Panels side by side, one legend for all. */
export function drawHeatmap(figure: Heatmap): Drawing {
  const parts: string[] = [];
  let x = 0;
  let height = 0;
  let tallest = 0;
  for (const panel of figure.panels) {
    const layout = layoutOf(panel);
    const plot = layout.cellHeight * panel.shape[0];
    x += layout.left;
    parts.push(tag('g', { transform: `translate(${x} 24)` }, drawPanel(figure, panel, layout)));
    x += Math.max(layout.cellWidth * panel.shape[1], textWidth(panel.title, 12)) + GAP;
    tallest = Math.max(tallest, plot);
    height = Math.max(height, 24 + plot + layout.bottom);
  }
  parts.push(colourBar(figure.scale, x - GAP / 2, 24, Math.min(tallest, 220), `scale-${figure.id}`));
  return { width: x - GAP / 2 + colourBarWidth(figure.scale), height, body: parts.join('\n') };
}

function layoutOf({ shape, rows, columns }: HeatmapPanel): Layout {
  const [n, m] = shape;
  const most = Math.max(n, m, 1);
  const side = Math.min(LARGEST, Math.max(SMALLEST, most * CELL));
  const cellHeight = Math.min(CELL, side / most);
  // Few columns beside many rows would be a thread.
  const cellWidth = Math.min(CELL, Math.max(cellHeight, 60 / Math.max(m, 1)));
  const rowStep = Math.max(1, Math.ceil((TICK + 2) / cellHeight));
  const [rowNames, columnNames] = [rows, columns].map(({ ticks = [] }) => shortened(ticks, 24)) as [string[], string[]];
  const longest = (names: readonly string[]) => Math.max(0, ...names.map((name) => textWidth(name, TICK)));
  const wide = longest(columnNames);
  const upright = wide > cellWidth * Math.max(1, Math.ceil(30 / cellWidth)) - 4;
  const columnStep = Math.max(1, Math.ceil((upright ? TICK + 2 : wide + 6) / cellWidth));
  const below = columns.ticks ? (upright ? wide + 10 : TICK + 8) : 4;
  return {
    ...{ cellWidth, cellHeight, rowNames, columnNames, rowStep, columnStep, upright },
    left: longest(rowNames) + (rows.ticks ? 8 : 2) + (rows.label === '' ? 0 : 18),
    bottom: below + (columns.label === '' ? 4 : 20),
  };
}

function drawPanel(figure: Heatmap, panel: HeatmapPanel, layout: Layout): string {
  const [n, m] = panel.shape;
  const { cellWidth, cellHeight, left, bottom, rowNames, columnNames, rowStep, columnStep, upright } = layout;
  const [width, height] = [cellWidth * m, cellHeight * n];
  const parts = [
    label(0, -8, panel.title, { size: 12 }),
    n * m > IMAGE ? image(figure, panel, width, height) : cells(figure, panel, layout),
    ...frames(panel, layout),
  ];
  for (const { at, text } of namePlaces(panel.rows.ticks ?? [], rowStep, rowNames)) {
    const y = (at + 0.5) * cellHeight + 3.5;
    parts.push(label(-6, y, text, { size: TICK, anchor: 'end', fill: ink.soft }));
  }
  for (const { at, text } of namePlaces(panel.columns.ticks ?? [], columnStep, columnNames)) {
    const x = (at + 0.5) * cellWidth;
    const style = { size: TICK, fill: ink.soft };
    if (upright) parts.push(label(x + 3.5, height + 6, text, { ...style, anchor: 'end', rotate: -90 }));
    else parts.push(label(x, height + TICK + 4, text, { ...style, anchor: 'middle' }));
  }
  parts.push(label(10 - left, height / 2, panel.rows.label, { anchor: 'middle', rotate: -90 }));
  parts.push(label(width / 2, height + bottom - 4, panel.columns.label, { anchor: 'middle' }));
  return parts.join('\n');
}

function cells({ scale }: Heatmap, panel: HeatmapPanel, { cellWidth, cellHeight }: Layout): string {
  const { shape, values } = panel;
  const [n, m] = shape;
  const written = (value: number, digits: number) => fixed(value, Math.abs(value) < 10 ? digits : 0);
  const fits = (text: string) => textWidth(text, TICK) < cellWidth;
  const decimals = cellDecimals(scale, panel, (digits) =>
    values.every((value) => value === null || fits(written(value, digits))),
  );
  const gap = cellWidth >= 12 ? 1 : 0;
  const parts: string[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      const value = values[i * m + j] ?? null;
      const fill = value === null ? ink.missing : scaleColour(scale, value, 'light');
      const [x, y] = [j * cellWidth, i * cellHeight];
      parts.push(tag('rect', { x, y, width: cellWidth - gap, height: cellHeight - gap, fill }));
      if (cellWidth < 28 || cellHeight < 16 || value === null) continue;
      const style = { size: TICK, anchor: 'middle', fill: inkOn(fill) } as const;
      const text = written(value, decimals);
      if (fits(text)) parts.push(label(x + cellWidth / 2, y + cellHeight / 2 + 3.5, text, style));
    }
  }
  return tag('g', { 'shape-rendering': gap === 0 ? 'crispEdges' : undefined }, parts.join('\n'));
}

/** Two lines, light and dark: seen on every colour. */
function frames({ marks = [] }: HeatmapPanel, { cellWidth, cellHeight }: Layout): string[] {
  return marks.flatMap(({ row, column }) => {
    const line = (inset: number, stroke: string, width: number) =>
      tag('rect', {
        ...{ x: column * cellWidth + inset, y: row * cellHeight + inset, fill: 'none', stroke, 'stroke-width': width },
        ...{ width: cellWidth - 1 - 2 * inset, height: cellHeight - 1 - 2 * inset },
      });
    return [line(1.5, '#ffffff', 1), line(0, ink.text, 2)];
  });
}

function image({ scale }: Heatmap, { shape, values }: HeatmapPanel, width: number, height: number): string {
  const [n, m] = shape;
  const href = pixels(m, n, (i) => {
    const value = values[i] ?? null;
    return value === null ? ink.missing : scaleColour(scale, value, 'light');
  });
  const attributes = { width, height, preserveAspectRatio: 'none', 'image-rendering': 'optimizeSpeed', href };
  return tag('image', attributes);
}
