import { type ComponentChild, render } from 'preact';
import type { Figure } from '../../src/protocol/figures';
import { HeatmapDrawing, layoutHeatmap } from './heatmap';
import { LineDrawing } from './line';
import { layoutLine } from './line-layout';
import { Sheet } from './plot';
import { ScatterDrawing } from './scatter';
import { layoutScatter } from './scatter-layout';
import { Label, size, textWidth } from './text';
import { type FigureTheme, paper } from './theme';

const margin = 16;
const scale = 2;

/** Something drawn at a width that it chooses. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  draw(theme: FigureTheme): ComponentChild;
}

/** The figure as the page draws it, at a width for a journal's column: 320 pixels a panel. */
export function drawingOf(figure: Figure): Drawing {
  if (figure.kind === 'line') {
    const layout = layoutLine(figure, 480);
    return { ...layout, draw: (theme) => <LineDrawing figure={figure} layout={layout} theme={theme} /> };
  }
  const width = Math.min(figure.panels.length, 3) * 340;
  if (figure.kind === 'heatmap') {
    const layout = layoutHeatmap(figure, width);
    return { ...layout, draw: (theme) => <HeatmapDrawing figure={figure} layout={layout} theme={theme} /> };
  }
  const layout = layoutScatter(figure, width);
  return { ...layout, draw: (theme) => <ScatterDrawing figure={figure} layout={layout} theme={theme} /> };
}

/** A whole SVG file: white ground, dark text that stays text, the title and the caption in it. */
export function svgOf(drawing: Drawing, title: string, caption: string | undefined): string {
  const lines = wrapped(caption ?? '', drawing.width);
  const width = drawing.width + 2 * margin;
  const top = margin + 28;
  const bottom = top + drawing.height + 8;
  const height = bottom + lines.length * 15 + margin;
  const box = document.createElement('div');
  render(
    <Sheet width={width} height={height} theme={paper}>
      <title>{title}</title>
      {caption && <desc>{caption}</desc>}
      <rect width={width} height={height} fill={paper.background} />
      <Label x={margin} y={margin + 7} theme={paper} size={14} fill={paper.text} strong>
        {title}
      </Label>
      <g transform={`translate(${margin} ${top})`}>{drawing.draw(paper)}</g>
      {lines.map((line, i) => (
        <Label key={line} x={margin} y={bottom + i * 15} theme={paper} size={size.axis}>
          {line}
        </Label>
      ))}
    </Sheet>,
    box,
  );
  const svg = box.querySelector('svg');
  svg?.removeAttribute('aria-hidden');
  const text = svg ? new XMLSerializer().serializeToString(svg) : '';
  render(null, box);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`;
}

/** The same picture in pixels, two for each of the screen's, as a PNG file. */
export async function pngOf(svg: string): Promise<Uint8Array> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.naturalWidth * scale;
    canvas.height = image.naturalHeight * scale;
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (!blob) throw new Error('The figure is too large for a PNG.');
    return new Uint8Array(await blob.arrayBuffer());
  } finally {
    URL.revokeObjectURL(url);
  }
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').filter(Boolean)) {
    const last = lines.at(-1);
    const longer = `${last} ${word}`;
    if (last !== undefined && textWidth(longer, size.axis) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
