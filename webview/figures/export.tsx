import { type ComponentChild, render } from 'preact';
import { lines } from '../../src/figures/markup';
import { Sheet } from './plot';
import { Label, size } from './text';
import { type FigureTheme, paper } from './theme';

const margin = 16;
const scale = 2;

/** Something drawn at a width that it chooses. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  draw(theme: FigureTheme): ComponentChild;
}

/** A drawing of the page as an SVG file: white ground, dark text that stays text, the title and the caption in it. */
export function svgOf(drawing: Drawing, title: string, caption: string | undefined): string {
  const written = lines(caption ?? '', drawing.width, size.axis);
  const width = drawing.width + 2 * margin;
  const top = margin + 28;
  const bottom = top + drawing.height + 8;
  const height = bottom + written.length * 15 + margin;
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
      {written.map((line, i) => (
        <Label key={`${i} ${line}`} x={margin} y={bottom + i * 15} theme={paper} size={size.axis}>
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
