import { shortNames } from '../protocol/names';

/** Colours of lines and text on white paper. */
export const ink = { text: '#1a1a1a', soft: '#555555', grid: '#e4e4e4', axis: '#8a8a8a', missing: '#ececec' } as const;

type Value = string | number | undefined;

/** An SVG element; numbers are rounded to hundredths of a pixel. */
export function tag(name: string, attributes: Readonly<Record<string, Value>>, content = ''): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${xml(typeof value === 'number' ? round(value) : String(value))}"`)
    .join('');
  return content === '' ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

/** For the `d` of a path and the points of a polygon. */
export function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}

export interface TextStyle {
  readonly size?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly fill?: string;
  readonly weight?: number;
  /** Degrees, about the point where the text is put. */
  readonly rotate?: number;
}

/** Text that stays text, its baseline at y. */
export function label(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { size = 11, anchor, fill = ink.text, weight, rotate } = style;
  const attributes = {
    ...{ x, y, fill, 'font-size': size, 'text-anchor': anchor, 'font-weight': weight },
    transform: rotate === undefined ? undefined : `rotate(${rotate} ${round(x)} ${round(y)})`,
  };
  return content === '' ? '' : tag('text', attributes, xml(content));
}

/** Width of a text in pixels, about: no font can be measured here. */
export function textWidth(content: string, size = 11): number {
  return [...content].length * size * 0.56;
}

/** Cut to `most` characters. */
export function shorten(content: string, most: number): string {
  const characters = [...content];
  return characters.length <= most ? content : `${characters.slice(0, most - 1).join('')}…`;
}

/** Each of them shortened; where different ones would come out alike, without what all begin and end with. */
export function shortened(names: readonly string[], most: number): string[] {
  const cut = (list: readonly string[]) => list.map((name) => shorten(name, most));
  const plain = cut(names);
  return new Set(plain).size === new Set(names).size ? plain : cut(shortNames(names));
}

/** Lines of at most `width` pixels; a word that is longer is broken, so that it fits in wide letters too. */
export function lines(content: string, width: number, size = 11): string[] {
  const out: string[] = [];
  const most = Math.max(1, Math.floor(width / (0.65 * size)));
  for (const word of content.split(/\s+/).filter((part) => part !== '')) {
    const last = out.at(-1);
    const pieces = textWidth(word, size) <= width ? [word] : (word.match(new RegExp(`.{1,${most}}`, 'gu')) ?? []);
    const [first, ...rest] = pieces;
    if (last !== undefined && textWidth(`${last} ${first}`, size) <= width) out[out.length - 1] = `${last} ${first}`;
    else out.push(first ?? '');
    out.push(...rest);
  }
  return out;
}

/** Characters that XML does not have are left out; those that mean something to it are written as entities. */
export function xml(content: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return content
    .replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, ' ')
    .replace(/[&<>"]/g, (character: string) => entities[character] ?? '');
}
