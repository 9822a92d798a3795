import type { Figure } from '../protocol/figures';
import type { Drawing } from './drawing';
import { drawHeatmap } from './heatmap';
import { drawLine } from './line';
import { ink, label, lines, tag, xml } from './markup';
import { drawScatter } from './scatter';
import { drawTree } from './tree';

const MARGIN = 20;
const TITLE = 15;
const CAPTION = 11;

/** The figure as an SVG document for white paper: title, drawing, caption; text is text. */
export function figureToSvg(figure: Figure): string {
  const drawing = draw(figure);
  const width = Math.max(drawing.width, 320);
  const title = lines(figure.title, width, TITLE).map((line, i) =>
    label(0, i * 19, line, { size: TITLE, weight: 600 }),
  );
  const caption = lines([figure.caption, drawing.note].filter(Boolean).join(' '), width, CAPTION);
  const top = MARGIN + TITLE;
  const bodyTop = top + (title.length - 1) * 19 + 16;
  const captionTop = bodyTop + drawing.height + 18;
  const height = captionTop + caption.length * 15 + MARGIN - (caption.length > 0 ? 11 : 18);
  const at = (y: number, content: string) => tag('g', { transform: `translate(${MARGIN} ${y})` }, content);
  const page = { width: Math.ceil(width + 2 * MARGIN), height: Math.ceil(height) };
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    ...page,
    viewBox: `0 0 ${page.width} ${page.height}`,
    'font-family': "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif",
  };
  const parts = [
    tag('title', {}, xml(figure.title)),
    tag('rect', { ...page, fill: '#ffffff' }),
    at(top, title.join('\n')),
    at(bodyTop, drawing.body),
    at(captionTop, caption.map((line, i) => label(0, i * 15, line, { size: CAPTION, fill: ink.soft })).join('\n')),
  ];
  return `<?xml version="1.0" encoding="UTF-8"?>\n${tag('svg', attributes, `\n${parts.join('\n')}\n`)}\n`;
}

function draw(figure: Figure): Drawing {
  switch (figure.kind) {
    case 'heatmap':
      return drawHeatmap(figure);
    case 'scatter':
      return drawScatter(figure);
    case 'line':
      return drawLine(figure);
    case 'tree':
      return drawTree(figure);
  }
}
