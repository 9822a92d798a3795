import { numbered, shortNames } from '../protocol/names';

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

/**
 * Each of them cut to `most` characters, different ones differently: where their beginnings are alike, without what all begin and end
 * with; where that is not enough, in the middle, so that both ends are seen; then by numbers.
 */
export function shortened(names: readonly string[], most: number): string[] {
  const different = [...new Set(names)];
  const begun = different.map((name) => begin(name, most));
  const cut = new Set(begun).size === different.length ? begun : toldApart(shortNames(different), most);
  const short = new Map(different.map((name, i) => [name, cut[i] as string]));
  return names.map((name) => short.get(name) as string);
}

function toldApart(names: readonly string[], most: number): string[] {
  const begun = names.map((name) => begin(name, most));
  const seen = new Map<string, number>();
  for (const text of begun) seen.set(text, (seen.get(text) ?? 0) + 1);
  const cut = begun.map((text, i) => (seen.get(text) === 1 ? text : bothEnds(names[i] as string, most)));
  return numbered(cut, (text, count) => {
    const number = ` (${count})`;
    return `${begin(text, most - number.length)}${number}`;
  });
}

function begin(content: string, most: number): string {
  const characters = [...content];
  return characters.length <= most ? content : `${characters.slice(0, most - 1).join('')}…`;
}

function bothEnds(content: string, most: number): string {
  const characters = [...content];
  if (characters.length <= most) return content;
  const end = Math.floor((most - 1) / 2);
  const first = characters.slice(0, most - 1 - end).join('');
  return `${first.trimEnd()}…${characters.slice(-end).join('').trimStart()}`;
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
