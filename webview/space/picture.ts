import type { Sketch } from '../../src/protocol/engine';
import type { PointLabels, Scatter, ScatterPanel } from '../../src/protocol/figures';
import type { InputSpec, Result } from '../../src/protocol/result';
import { count, number, plural } from '../format';
import { aligned, type Places } from './procrustes';

/** The picture of a projection; undefined while there is none. */
export function mapOf(result: Result | undefined): Scatter | undefined {
  return result?.figures.find((figure): figure is Scatter => figure.kind === 'scatter' && figure.id === 'map');
}

/** A map that is being made, as far as it has come. */
export function sketched({ rows, places, of }: Sketch, title: string): Scatter {
  const panel = { title: '', x: { label: '' }, y: { label: '' }, xs: places[0] ?? [], ys: places[1] ?? [] };
  const some = rows.length < of ? ` ${count(rows.length)} of ${count(of)} rows, evenly spaced.` : '';
  return {
    ...{ id: 'map', kind: 'scatter', title, panels: [panel], rows },
    caption: `As far as it has come.${some}`,
  };
}

/** Which row of the second space belongs to which of the first, by their numbers in the files. */
export interface Link {
  toFirst(row: number): number | undefined;
  toSecond(row: number): number | undefined;
}

/** By identifier where rows have any, which then are their names; by position otherwise. */
export function linkOf([a, b]: readonly InputSpec[], first: Scatter | undefined, second: Scatter | undefined): Link {
  if (a?.ids && b?.ids && first?.names && second?.names) {
    const [there, back] = [rowsByName(first), rowsByName(second)];
    const namesOf = (figure: Scatter) => new Map(figure.rows.map((row, i) => [row, figure.names?.[i] ?? '']));
    const [own, others] = [namesOf(first), namesOf(second)];
    return {
      toFirst: (row) => there.get(others.get(row) ?? ''),
      toSecond: (row) => back.get(own.get(row) ?? ''),
    };
  }
  const shift = (b?.rows?.[0] ?? 0) - (a?.rows?.[0] ?? 0);
  return { toFirst: (row) => row - shift, toSecond: (row) => row + shift };
}

function rowsByName({ rows, names }: Scatter): ReadonlyMap<string, number> {
  return new Map(rows.map((row, i) => [names?.[i] ?? '', row]));
}

export interface Picture {
  readonly figure: Scatter;
  /** Of the two spaces: the places of the same rows, on the axes of the first; absent where they are not aligned. */
  readonly moved?: { readonly first: Places; readonly second: Places };
  readonly notes: readonly string[];
}

/** The map of one space. */
export function pictureOfOne(first: Scatter, name: string): Picture {
  const panels = first.panels.map((panel) => ({ ...panel, title: first.panels.length > 1 ? panel.title : name }));
  return { figure: { ...first, panels }, notes: [] };
}

/** Two maps side by side with the rows that both show, the second brought to the first or left as it is. */
export function pictureOfTwo(
  first: Scatter,
  second: Scatter,
  names: readonly [string, string],
  link: Link,
  align: boolean,
): Picture {
  const [mine, theirs] = pairsOf(first, second, link);
  const panelsOf = ({ panels }: Scatter, chosen: readonly number[]) =>
    panels.map((panel) => ({ ...panel, xs: taken(panel.xs, chosen), ys: taken(panel.ys, chosen) }));
  const [left, right] = [panelsOf(first, mine), panelsOf(second, theirs)];
  const [still, moving] = [axesOf(left), axesOf(right)];
  const found = align ? aligned(moving, still) : null;
  const notes = [
    ...missing(first, mine.length, names[0], names[1]),
    ...missing(second, theirs.length, names[1], names[0]),
    found
      ? `The second map is shifted, turned, mirrored and scaled to lie as near the first as it can (Procrustes): ${number(found.residual)} of the squared distances are left.`
      : align
        ? 'The maps cannot be aligned: one of them lies on a line. Each is as it came.'
        : 'The maps are not aligned: each is as it came, and directions in one mean nothing in the other.',
  ];
  const titled = (panels: readonly ScatterPanel[], name: string) =>
    panels.map((panel) => ({
      ...panel,
      title: name,
      x: { ...panel.x, label: found ? panel.x.label : `${panel.x.label}, ${name}` },
      y: { ...panel.y, label: found ? panel.y.label : `${panel.y.label}, ${name}` },
    }));
  const placed = found ? withAxes(right, found.places, names[0]) : right;
  const { names: rowNames, labels: _, ...rest } = first;
  const caption = captionOf([first, second], names);
  return {
    figure: {
      ...rest,
      ...(caption && { caption }),
      panels: [...titled(left, names[0]), ...titled(placed, names[1])],
      rows: taken(first.rows, mine),
      ...(rowNames && { names: mine.map((i) => rowNames[i] ?? '') }),
    },
    ...(found && { moved: { first: still, second: found.places } }),
    notes,
  };
}

/** Places of the rows that both maps show, in the order of the first; of maps of the same rows without looking any up. */
function pairsOf(first: Scatter, second: Scatter, link: Link): readonly [readonly number[], readonly number[]] {
  const { rows } = first;
  if (rows.length === second.rows.length && second.rows.every((row, i) => link.toFirst(row) === rows[i])) {
    const all = Array.from(rows, (_, i) => i);
    return [all, all];
  }
  const places = new Map(second.rows.map((row, i) => [link.toFirst(row), i]));
  const mine = [...rows.keys()].filter((i) => places.has(rows[i]));
  return [mine, mine.map((i) => places.get(rows[i]) as number)];
}

function missing({ rows }: Scatter, used: number, name: string, other: string): string[] {
  const left = rows.length - used;
  return left > 0
    ? [`${plural(left, 'row')} of ${name} (of ${count(rows.length)}) not drawn: not on the map of ${other}.`]
    : [];
}

function taken(list: readonly number[], chosen: readonly number[]): readonly number[] {
  return chosen.length === list.length && chosen.every((place, i) => place === i)
    ? list
    : chosen.map((place) => list[place] as number);
}

/** Three panels show the three pairs of three axes. */
function axesOf(panels: readonly ScatterPanel[]): Places {
  const [first, second] = panels;
  if (!first) return [];
  return second ? [first.xs, first.ys, second.ys] : [first.xs, first.ys];
}

/** Panels whose points now lie on the axes of `other`: what their own were called, and their share of the variance, is of these no more. */
function withAxes(panels: readonly ScatterPanel[], axes: Places, other: string): ScatterPanel[] {
  const pairs =
    panels.length > 1
      ? [
          [0, 1],
          [0, 2],
          [1, 2],
        ]
      : [[0, 1]];
  const named = (axis: number) => ({ label: `axis ${axis + 1} of ${other}` });
  return panels.map((panel, i) => {
    const [x = 0, y = 1] = pairs[i] ?? [];
    return { ...panel, x: named(x), y: named(y), xs: axes[x] ?? panel.xs, ys: axes[y] ?? panel.ys, on: i };
  });
}

/** What is said of both maps, once; of what is said of one, whose it is. */
function captionOf(figures: readonly Pick<Scatter, 'caption'>[], names: readonly string[]): string {
  const said = figures.map(({ caption = '' }) => caption.split(/(?<=\.)\s+/).filter(Boolean));
  const both = said[0]?.filter((sentence) => said[1]?.includes(sentence)) ?? [];
  const own = said.flatMap((sentences, side) => {
    const left = sentences.filter((sentence) => !both.includes(sentence)).join(' ');
    return left ? [`${names[side]}: ${left}`] : [];
  });
  return [...both, ...own].join(' ');
}

/** A class or a number for rows by their number. */
export type RowColour =
  | {
      readonly kind: 'category';
      readonly name: string;
      readonly categories: readonly string[];
      at(row: number): number | null;
    }
  | { readonly kind: 'number'; readonly name: string; at(row: number): number | null };

/** More classes than can be told apart. */
const MOST = 60;

/** The colours of the points of a figure; a sentence where there are none. */
export function labelsOf(colour: RowColour, rows: readonly number[]): PointLabels | string {
  if (colour.kind === 'number') return { kind: 'number', name: colour.name, values: rows.map((row) => colour.at(row)) };
  const { name, categories } = colour;
  if (categories.length > MOST)
    return `${name} has ${count(categories.length)} different values, too many to be told apart by colour: choose another column, or group them by SQL.`;
  return { kind: 'category', name, categories, index: rows.map((row) => colour.at(row) ?? -1) };
}

/** What is said of a row beside its name. */
export function colourText(colour: RowColour | undefined, row: number): string {
  const value = colour?.at(row) ?? null;
  if (!colour || value === null || value < 0) return '';
  return colour.kind === 'category' ? (colour.categories[value] ?? '') : number(value);
}
