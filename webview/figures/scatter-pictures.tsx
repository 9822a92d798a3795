import type { ComponentChild } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Picture } from '../gallery';
import { type Field, useRowFacts } from './row-facts';

/** Characters of a text where a row is pointed at. */
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

export function paint(canvas: HTMLCanvasElement | null, { rgba, width, height }: Picture): void {
  canvas?.getContext('2d')?.putImageData(new ImageData(rgba, width, height), 0, 0);
}
