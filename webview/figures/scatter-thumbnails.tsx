import type { ComponentChild } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { drawingOrder } from '../../src/figures/drawing-order';
import type { Scatter } from '../../src/protocol/figures';
import { count } from '../format';
import type { Picture } from '../gallery';
import { Apart } from './apart';
import type { Look } from './looks';
import { useRowFacts } from './row-facts';
import type { ScatterLayout, ScatterPlace } from './scatter-layout';
import { paint, usePictures } from './scatter-pictures';
import { isSeen } from './scatter-points';

/** Of more points in sight than this only those have pictures that do not overlap, and of each panel so many at most. */
const FEW = 120;
const MOST = 300;
/** Pixels of the longer side of a picture on the figure, with a little room around it where they do not overlap. */
const SIDE = 26;
const ROOM = 4;
/** Milliseconds for which the view has to stay before other points get pictures. */
const REST = 150;

export interface Thumbnails {
  /** Whether the page may know pictures of rows. */
  readonly known: boolean;
  readonly wanted: boolean;
  readonly drawn: ComponentChild;
  readonly element: ComponentChild;
  /** How many points have one, or why there are none, where they are wanted. */
  readonly said: string | null;
  setWanted(wanted: boolean): void;
}

/** Points of a panel that get pictures, of those that are in sight. */
interface Chosen {
  readonly points: readonly number[];
  readonly inSight: number;
}

/** Pictures of the rows at their points, framed in the points' colours: at all that are in sight, or where they do not overlap. */
export function useThumbnails(
  figure: Scatter,
  layout: ScatterLayout,
  has: (point: number) => boolean,
  look: (point: number) => Look,
  selection: ReadonlySet<number>,
): Thumbnails {
  const { Pictures } = useRowFacts();
  const [wanted, setWanted] = useState(false);
  const still = useRest(layout);
  const chosen = useMemo(() => {
    const first = (point: number) => selection.has(figure.rows[point] as number);
    return wanted ? still.panels.map((place) => withPictures(place, has, first)) : [];
  }, [wanted, still, has, selection, figure.rows]);
  const rows = useMemo(() => {
    const points = new Set(chosen.flatMap(({ points }) => points));
    return [...points].map((point) => figure.rows[point] as number);
  }, [chosen, figure.rows]);
  const { shown, element } = usePictures(rows);
  const drawn = chosen.length > 0 && (
    <g>
      {layout.panels.map((place, i) => (
        <g key={`${i} ${place.panel.title}`}>
          {chosen[i]?.points.map((point) => {
            const item = shown.get(figure.rows[point] as number);
            if (typeof item !== 'object' || !isSeen(place, point)) return null;
            return <Thumbnail key={point} {...{ place, point }} picture={item} colour={look(point).colour} />;
          })}
        </g>
      ))}
    </g>
  );
  const found = rows.some((row) => typeof shown.get(row) === 'object');
  const said = found || rows.length === 0 ? thinnedText(chosen) : 'No pictures of these rows have been found yet.';
  return { known: Pictures !== null, wanted, drawn, element, said: wanted ? said : null, setWanted };
}

interface ThumbnailProps {
  readonly place: ScatterPlace;
  readonly point: number;
  readonly picture: Picture;
  readonly colour: string;
}

function Thumbnail({ place, point, picture, colour }: ThumbnailProps) {
  const scale = SIDE / Math.max(picture.width, picture.height);
  const size = { width: scale * picture.width, height: scale * picture.height };
  const at = {
    x: place.x.at(place.panel.xs[point] ?? 0) - size.width / 2,
    y: place.y.at(place.panel.ys[point] ?? 0) - size.height / 2,
  };
  return (
    <g>
      <image href={addressOf(picture)} {...at} {...size} class="pixels" />
      <rect {...at} {...size} fill="none" stroke={colour} stroke-width={1.5} />
    </g>
  );
}

/** All points of a panel that are in sight, or of many those whose pictures do not overlap: selected ones first, then any, always the same. */
export function withPictures(
  place: ScatterPlace,
  has: (point: number) => boolean,
  first: (point: number) => boolean,
): Chosen {
  const { xs, ys } = place.panel;
  const seen: number[] = [];
  const selected: number[] = [];
  for (const point of drawingOrder(xs.length))
    if (has(point) && isSeen(place, point)) (first(point) ? selected : seen).push(point);
  const inSight = selected.length + seen.length;
  if (inSight <= FEW) return { points: [...selected, ...seen], inSight };
  const apart = new Apart(SIDE + ROOM);
  const points: number[] = [];
  for (const list of [selected, seen])
    for (const point of list) {
      if (points.length >= MOST) break;
      if (apart.take(place.x.at(xs[point] as number), place.y.at(ys[point] as number))) points.push(point);
    }
  return { points, inSight };
}

function thinnedText(chosen: readonly Chosen[]): string | null {
  if (chosen.every(({ points, inSight }) => points.length === inSight)) return null;
  const parts = chosen.map(({ points, inSight }) => `${count(points.length)} of ${count(inSight)}`);
  return `Pictures at ${[...new Set(parts)].join(' and ')} points in sight, where they do not overlap: zoom in for the others.`;
}

/** The layout once it has stayed the same for a moment. */
function useRest(layout: ScatterLayout): ScatterLayout {
  const [still, setStill] = useState(layout);
  useEffect(() => {
    const rest = setTimeout(() => setStill(layout), REST);
    return () => clearTimeout(rest);
  }, [layout]);
  return still;
}

const addresses = new WeakMap<Picture, string>();

/** A picture as an image of the figure, no larger than is seen on a fine screen. */
function addressOf(picture: Picture): string {
  const known = addresses.get(picture);
  if (known !== undefined) return known;
  const { width, height } = picture;
  const whole = document.createElement('canvas');
  Object.assign(whole, { width, height });
  paint(whole, picture);
  const scale = Math.min(1, (3 * SIDE) / Math.max(width, height));
  const small = document.createElement('canvas');
  Object.assign(small, { width: Math.ceil(width * scale), height: Math.ceil(height * scale) });
  const ink = small.getContext('2d');
  if (ink) ink.imageSmoothingQuality = 'high';
  ink?.drawImage(whole, 0, 0, small.width, small.height);
  const address = small.toDataURL();
  addresses.set(picture, address);
  return address;
}
