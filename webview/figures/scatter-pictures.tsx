import type { ComponentChild } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Scatter } from '../../src/protocol/figures';
import type { Picture } from '../gallery';
import type { Look } from './looks';
import { type Field, useRowFacts } from './row-facts';
import type { ScatterLayout, ScatterPlace } from './scatter-layout';
import { isSeen } from './scatter-points';

/** More points in sight than this have no pictures drawn at them. */
const FEW = 120;
/** Pixels of a picture on the figure, and characters of a text where a row is pointed at. */
const SIDE = 26;
const TEXT = 200;
/** Milliseconds for which rows have to stay the same before anything is asked for them. */
const REST = 120;

type Shown = ReadonlyMap<number, Picture | string>;

interface Pictures {
  readonly shown: Shown;
  /** Has to be somewhere on the page: it does the looking up. */
  readonly element: ComponentChild;
}

/** What shows these rows, as it comes. */
export function usePictures(rows: readonly number[]): Pictures {
  const { Pictures } = useRowFacts();
  const [shown, setShown] = useState<Shown>(new Map());
  const [asked, setAsked] = useState<readonly number[]>([]);
  useEffect(() => {
    if (!Pictures || rows.length === 0) return;
    const rest = setTimeout(() => setAsked(rows), REST);
    return () => clearTimeout(rest);
  }, [rows, Pictures]);
  const onShown = useCallback((found: Shown) => setShown(found), []);
  return { shown, element: Pictures && asked.length > 0 ? <Pictures rows={asked} onShown={onShown} /> : null };
}

/** What a table says of this row, once it has been pointed at for a moment. */
export function useFields(row: number | null): { readonly fields: readonly Field[]; readonly element: ComponentChild } {
  const { Fields } = useRowFacts();
  const [asked, setAsked] = useState<number | null>(null);
  const [fields, setFields] = useState<readonly Field[]>([]);
  useEffect(() => {
    if (!Fields || row === null) return;
    const rest = setTimeout(() => {
      // Not those of the row before.
      setFields([]);
      setAsked(row);
    }, REST);
    return () => clearTimeout(rest);
  }, [row, Fields]);
  const element = Fields && asked !== null ? <Fields row={asked} onFields={setFields} /> : null;
  return { fields: row !== null && row === asked ? fields : [], element };
}

/** The picture or the text of a row. */
export function RowPicture({ item }: { item: Picture | string | undefined }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const picture = typeof item === 'object' ? item : null;
  useLayoutEffect(() => {
    if (picture) paint(canvas.current, picture);
  }, [picture]);
  if (picture) return <canvas class="row-picture" ref={canvas} width={picture.width} height={picture.height} />;
  return item === undefined ? null : <div class="row-text">{cut(item as string)}</div>;
}

function cut(text: string): string {
  return text.length > TEXT ? `${text.slice(0, TEXT)}…` : text;
}

function paint(canvas: HTMLCanvasElement | null, { rgba, width, height }: Picture): void {
  canvas?.getContext('2d')?.putImageData(new ImageData(rgba, width, height), 0, 0);
}

const addresses = new WeakMap<Picture, string>();

function addressOf(picture: Picture): string {
  const known = addresses.get(picture);
  if (known !== undefined) return known;
  const canvas = document.createElement('canvas');
  canvas.width = picture.width;
  canvas.height = picture.height;
  paint(canvas, picture);
  const address = canvas.toDataURL();
  addresses.set(picture, address);
  return address;
}

export interface Thumbnails {
  /** Whether the page may know pictures of rows. */
  readonly known: boolean;
  readonly wanted: boolean;
  readonly drawn: ComponentChild;
  readonly element: ComponentChild;
  /** Why there are none, where they are wanted. */
  readonly said: string | null;
  setWanted(wanted: boolean): void;
}

/** Pictures of the rows at their points, framed in the points' colours, where few enough are in sight. */
export function useThumbnails(
  figure: Scatter,
  layout: ScatterLayout,
  has: (point: number) => boolean,
  look: (point: number) => Look,
): Thumbnails {
  const { Pictures } = useRowFacts();
  const [wanted, setWanted] = useState(false);
  const points = useMemo(() => (wanted ? inSight(layout.panels, has) : []), [wanted, layout, has]);
  const few = points.length <= FEW;
  const rows = useMemo(() => (few ? points.map((point) => figure.rows[point] as number) : []), [few, points, figure]);
  const { shown, element } = usePictures(rows);
  const drawn = few && points.length > 0 && (
    <g>
      {layout.panels.map((place, i) => (
        <g key={`${i} ${place.panel.title}`}>
          {points.map((point, k) => {
            const item = shown.get(rows[k] as number);
            if (typeof item !== 'object' || !isSeen(place, point)) return null;
            const size = { width: SIDE, height: (SIDE * item.height) / item.width };
            const at = {
              x: place.x.at(place.panel.xs[point] ?? 0) - size.width / 2,
              y: place.y.at(place.panel.ys[point] ?? 0) - size.height / 2,
            };
            return (
              <g key={point}>
                <image href={addressOf(item)} {...at} {...size} class="pixels" />
                <rect {...at} {...size} fill="none" stroke={look(point).colour} stroke-width={1.5} />
              </g>
            );
          })}
        </g>
      ))}
    </g>
  );
  const said = !few
    ? `Pictures are drawn where ${FEW} points or fewer are in sight: zoom in, or hide classes.`
    : rows.some((row) => typeof shown.get(row) === 'object')
      ? null
      : 'No pictures of these rows have been found yet.';
  return { known: Pictures !== null, wanted, drawn, element, said: wanted ? said : null, setWanted };
}

/** Points that some panel shows: all of them, or one more than are drawn. */
function inSight(panels: readonly ScatterPlace[], has: (point: number) => boolean): number[] {
  const found: number[] = [];
  const count = panels[0]?.panel.xs.length ?? 0;
  for (let i = 0; i < count && found.length <= FEW; i++)
    if (has(i) && panels.some((place) => isSeen(place, i))) found.push(i);
  return found;
}
