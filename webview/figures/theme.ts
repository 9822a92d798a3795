import { useEffect, useState } from 'preact/hooks';
import type { Ground } from '../../src/figures/palettes';

/** The colours of a figure's frame. They are written into the SVG, so that an exported file is complete. */
export interface FigureTheme {
  readonly ground: Ground;
  readonly background: string;
  readonly text: string;
  readonly muted: string;
  /** Opacity of grid lines drawn in `text`. */
  readonly grid: number;
  /** Chance levels and other reference marks. */
  readonly mark: string;
  /** What the page is about at the moment. */
  readonly focus: string;
  /** Cells without a value, #rrggbb. */
  readonly missing: string;
  readonly font: string;
}

/** For export: looks right on white paper and in a vector editor. */
export const paper: FigureTheme = {
  ground: 'light',
  background: '#ffffff',
  text: '#1a1a1a',
  muted: '#555555',
  grid: 0.15,
  mark: '#b34700',
  focus: '#0b5cad',
  missing: '#ececec',
  font: 'Helvetica, Arial, sans-serif',
};

/** From the editor's colour tokens. */
function readTheme(): FigureTheme {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string, otherwise: string) => style.getPropertyValue(`--vscode-${name}`).trim() || otherwise;
  const { classList } = document.body;
  const contrast = classList.contains('vscode-high-contrast');
  const light = classList.contains('vscode-light') || classList.contains('vscode-high-contrast-light');
  const text = token('foreground', light ? '#3b3b3b' : '#cccccc');
  return {
    ground: light ? 'light' : 'dark',
    background: token('editor-background', light ? '#ffffff' : '#1f1f1f'),
    text,
    muted: contrast ? text : token('descriptionForeground', text),
    grid: contrast ? 0.25 : 0.13,
    mark: light ? '#b34700' : '#ffa94d',
    focus: token('focusBorder', text),
    missing: light ? '#ececec' : '#3a3a3a',
    font: token('font-family', 'sans-serif'),
  };
}

/** The theme of the moment; the editor changes classes and tokens in place. */
export function useTheme(): FigureTheme {
  const [theme, setTheme] = useState(readTheme);
  useEffect(() => {
    const observer = new MutationObserver(() => setTheme(readTheme()));
    observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
    return () => observer.disconnect();
  }, []);
  return theme;
}
