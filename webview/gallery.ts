import { useEffect, useState } from 'preact/hooks';
import type { AnalysisRequest } from '../src/protocol/analysis';
import type { FileDescription } from '../src/protocol/engine';
import { messageOf } from '../src/protocol/errors';
import { imageEndings } from '../src/protocol/formats';
import { type Pictures, picturesOf } from '../src/protocol/gallery';
import type { LabelSpec } from '../src/protocol/result';
import type { HostApi } from '../src/protocol/webview';
import type { WindowRequest, WindowValues } from '../src/protocol/window';
import { usePage, usePageState } from './context';

/** What shows a row: its picture, in a tensor or a file of its own, or its text, which may name one. */
export type Gallery =
  | { readonly kind: 'pictures'; readonly spec: LabelSpec; readonly dtype: string; readonly pictures: Pictures }
  | { readonly kind: 'files'; readonly spec: LabelSpec }
  | { readonly kind: 'texts'; readonly spec: LabelSpec; readonly column: number };

/** What a file shows of rows, as the spec asks for it; null where it shows nothing. */
export function galleryOf(spec: LabelSpec, { tensors, columns, images }: FileDescription): Gallery | null {
  if (images !== undefined) return { kind: 'files', spec: { path: spec.path } };
  // Texts that a model was run on are named as its tensor.
  const text = spec.column ?? (columns && spec.tensor);
  if (text !== undefined) {
    const column = columns?.findIndex(({ name }) => name === text) ?? -1;
    return column >= 0 ? { kind: 'texts', spec: { path: spec.path, column: text }, column } : null;
  }
  if (columns) return null;
  const tensor =
    spec.tensor === undefined && tensors.length === 1
      ? tensors[0]
      : tensors.find(({ name }) => name === (spec.tensor ?? null));
  const pictures = tensor && picturesOf(tensor.shape);
  if (!tensor || !pictures) return null;
  const { tensor: _, ...rest } = spec;
  return {
    kind: 'pictures',
    spec: tensor.name === null ? rest : { ...rest, tensor: tensor.name },
    ...{ dtype: tensor.dtype, pictures },
  };
}

/** Where pictures of the rows may be, without being asked for: what models were run on, and the inputs themselves. */
export function candidatesOf({ inputs, gallery }: AnalysisRequest): LabelSpec[] {
  if (gallery) return [gallery];
  const data = inputs.flatMap(({ model }) => model?.data ?? []);
  const all = [...data, ...inputs.filter(({ model, query, raw }) => !model && !query && !raw)].map(
    ({ path, tensor }): LabelSpec => ({ path, ...(tensor !== undefined && { tensor }) }),
  );
  return [...new Map(all.map((spec) => [JSON.stringify(spec), spec])).values()];
}

/** The gallery of the page: the one that was chosen, or pictures that are found; undefined until that is known. */
export function useGallery(): { readonly gallery: Gallery | null | undefined; readonly problem: string | null } {
  const { request } = usePageState();
  const { host } = usePage();
  const [found, setFound] = useState<{ gallery: Gallery | null | undefined; problem: string | null }>({
    ...{ gallery: undefined, problem: null },
  });
  const asked = JSON.stringify(candidatesOf(request));
  useEffect(() => {
    let wanted = true;
    const look = async () => {
      const files = new Map<string, Promise<FileDescription>>();
      for (const spec of JSON.parse(asked) as LabelSpec[]) {
        const file = files.get(spec.path) ?? host.describe({ path: spec.path });
        files.set(spec.path, file);
        // Where nothing was chosen, what shows no rows is none of the person's worry.
        const described = request.gallery ? await file : await file.catch(() => null);
        const gallery = described && galleryOf(spec, described);
        if (gallery) return gallery;
      }
      return null;
    };
    look().then(
      (gallery) => wanted && setFound({ gallery, problem: null }),
      (error: unknown) => wanted && setFound({ gallery: null, problem: messageOf(error) }),
    );
    return () => {
      wanted = false;
    };
  }, [asked, host]);
  return found;
}

/** The windows of values that a row's picture is made of, one for each channel; of a text the one cell. */
export function windowsOf(gallery: Exclude<Gallery, { kind: 'files' }>, row: number): WindowRequest[] {
  const { path, tensor = null } = gallery.spec;
  if (gallery.kind === 'texts') {
    const columns = [gallery.column, gallery.column + 1] as const;
    return [{ path, tensor: null, slice: { rows: 0, columns: 1, at: [0, 0] }, rows: [row, row + 1], columns }];
  }
  const { height, width, channels, axis } = gallery.pictures;
  return Array.from({ length: channels }, (_, channel) => {
    const at = axis === 1 ? [row, channel, 0, 0] : axis === 3 ? [row, 0, 0, channel] : [row, 0, 0];
    const rows = axis === 1 ? 2 : 1;
    return { path, tensor, slice: { rows, columns: rows + 1, at }, rows: [0, height], columns: [0, width] };
  });
}

/** A picture to draw; `stretched` where its values are no known range, and it goes from its darkest to its brightest. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
  readonly stretched: boolean;
}

/** Bytes are 0 to 255, fractions 0 to 1; what lies outside of these is stretched. Values that are no number are dark. */
export function pictureOf(
  { pictures: { width, height, channels }, dtype }: Extract<Gallery, { kind: 'pictures' }>,
  parts: readonly WindowValues[],
): Picture {
  const values = parts.map((part) => part.values.map((value) => (typeof value === 'number' ? value : Number(value))));
  const finite = values.flat().filter(Number.isFinite);
  const [least, most] = finite.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [0, 0]);
  const known = dtype === 'uint8' ? 255 : least >= 0 && most <= 1 ? 1 : null;
  const [low, high] = known === null ? [least, most > least ? most : least + 1] : [0, known];
  const rgba = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < width * height; i++) {
    for (let channel = 0; channel < 4; channel++) {
      const value = values[channels === 1 && channel < 3 ? 0 : channel]?.[i];
      const level = value === undefined ? (channel === 3 ? 1 : 0) : (value - low) / (high - low);
      rgba[4 * i + channel] = Number.isFinite(level) ? 255 * level : 0;
    }
  }
  return { width, height, rgba, stretched: known === null };
}

type Item = Picture | string;

/** Pictures and texts that were fetched, by the gallery and the row; those not asked for longest make room for others. */
const fetched = new Map<string, Item>();
/** Of them all, and the bytes of their pictures. */
const most = 1000;
const mostBytes = 64_000_000;
let bytes = 0;

const bytesOf = (item: Item | undefined) => (typeof item === 'object' ? item.rgba.length : 0);

function keep(key: string, item: Item): void {
  forget(key);
  fetched.set(key, item);
  bytes += bytesOf(item);
  for (const oldest of fetched.keys()) {
    if (oldest === key || (fetched.size <= most && bytes <= mostBytes)) return;
    forget(oldest);
  }
}

function forget(key: string): void {
  bytes -= bytesOf(fetched.get(key));
  fetched.delete(key);
}

const coming = new Map<string, Promise<Item | null>>();

/** Fetches an item and keeps it; two lists that ask for the same wait for the same. Null where it cannot be read. */
export function fetchOnce(key: string, fetch: () => Promise<Item | null>): Promise<Item | null> {
  const running = coming.get(key);
  if (running) return running;
  const started = fetch()
    .catch(() => null)
    .then((item) => {
      if (item !== null) keep(key, item);
      coming.delete(key);
      return item;
    });
  coming.set(key, started);
  return started;
}

/** Milliseconds between two times that what has come is shown: not for each of hundreds. */
const TOGETHER = 80;

/** What shows each of these rows, as it comes. Rows that the gallery does not have, or that cannot be read, show nothing. */
export function useShown(gallery: Gallery | null | undefined, rows: readonly number[]): ReadonlyMap<number, Item> {
  const { host } = usePage();
  const [shown, setShown] = useState<ReadonlyMap<number, Item>>(new Map());
  const asked = JSON.stringify([gallery?.spec, [...new Set(rows)].sort((a, b) => a - b)]);
  useEffect(() => {
    let wanted = true;
    const found = new Map<number, Item>();
    const missing: number[] = [];
    const keyOf = (row: number) => JSON.stringify([gallery?.spec, row]);
    if (gallery) {
      const [, distinct] = JSON.parse(asked) as [LabelSpec, number[]];
      for (const row of distinct) {
        const item = fetched.get(keyOf(row));
        if (item !== undefined) {
          found.set(row, item);
          keep(keyOf(row), item);
        } else if (gallery.kind !== 'pictures' || row < gallery.pictures.rows) missing.push(row);
      }
    }
    setShown(new Map(found));
    let last = 0;
    const show = async (from: Gallery) => {
      // One after the other: what is large is never there more than once.
      for (const [i, row] of missing.entries()) {
        const key = keyOf(row);
        const item = fetched.get(key) ?? (await fetchOnce(key, () => shownBy(host, from, row)));
        if (!wanted) return;
        if (item !== null) found.set(row, item);
        const now = performance.now();
        if (i < missing.length - 1 && now - last < TOGETHER) continue;
        last = now;
        setShown(new Map(found));
      }
    };
    if (gallery) void show(gallery);
    return () => {
      wanted = false;
    };
  }, [asked, gallery, host]);
  return shown;
}

async function shownBy(host: HostApi, gallery: Gallery, row: number): Promise<Picture | string | null> {
  if (gallery.kind === 'files') return pictureFile(host, gallery.spec, row);
  const parts = await Promise.all(windowsOf(gallery, row).map((window) => host.window(window)));
  if (gallery.kind === 'pictures') return pictureOf(gallery, parts);
  const text = String(parts[0]?.values[0] ?? '');
  const named = imageEndings.some((ending) => text.trim().toLowerCase().endsWith(ending));
  return (named && (await pictureFile(host, gallery.spec, row).catch(() => null))) || text;
}

/** The longer side of a picture that is made of a file, in pixels. */
const side = 96;

/** The image of a row, made small. Chromium decodes it, in the process of the page. */
async function pictureFile(host: HostApi, spec: LabelSpec, row: number): Promise<Picture | null> {
  const [file] = await host.pictures({ spec, rows: [row] });
  if (!file) return null;
  const bytes = Uint8Array.from(atob(file), (character) => character.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes]));
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((size) => Math.max(1, Math.round(size * scale))) as [
    number,
    number,
  ];
  const canvas = new OffscreenCanvas(width, height).getContext('2d');
  if (!canvas) return null;
  canvas.imageSmoothingQuality = 'high';
  canvas.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const { data: rgba } = canvas.getImageData(0, 0, width, height);
  return { width, height, rgba, stretched: false };
}
