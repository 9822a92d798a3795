import type { Ground } from '../../src/figures/palettes';
import type { ScatterPanel } from '../../src/protocol/figures';

/** How each point looks: red, green and blue from 0 to 255, then its shape and marks as cloud-raster.ts has them. */
export type Looks = Uint8Array;

/** Radius of each point where they are not alike: 255 is the largest. */
export type Sizes = Uint8Array;

/** A panel on the canvas, in pixels of the page, and the part of the data that it shows. */
export interface CloudPlace {
  readonly panel: ScatterPanel;
  readonly left: number;
  readonly top: number;
  readonly side: number;
  readonly down: number;
  readonly domain: Domain;
  /** Extent of the data, whatever is shown of it. */
  readonly whole: Domain;
  /** How much larger than at first the data are shown. */
  readonly zoom: number;
}

export interface Domain {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

export interface CloudStyle {
  /** Of a point, in pixels of the page, before it grows with the view. */
  readonly radius: number;
  /** Null: points are alike, as they always are in a density. */
  readonly sizes: Sizes | null;
  /** One in so many points is drawn. */
  readonly every: number;
  /** Whether some points are selected: the others recede then. */
  readonly selected: boolean;
  /** Shading by the number of points over a pixel, with their own colours or with those of a scale. */
  readonly density: 'own' | 'scale' | null;
  /** What the points lie on: the shades of a density keep apart from it. */
  readonly ground: Ground;
  /** The colour of the ground, as CSS has it. */
  readonly background: string;
  /** Pixels of the canvas for one of the page. */
  readonly ratio: number;
}

export interface CloudDrawn {
  readonly milliseconds: number;
  /** Most points over a pixel; 0 where that was not asked for or is not known. */
  readonly peak: number;
  readonly by: 'graphics' | 'plain';
}

/**
 * Draws the points of panels; null, with nothing drawn, where it cannot. While only a part of the points is drawn, the density
 * keeps the scale of the last whole picture.
 */
export type DrawCloud = (
  canvas: HTMLCanvasElement,
  places: readonly CloudPlace[],
  looks: Looks,
  style: CloudStyle,
) => CloudDrawn | null;
