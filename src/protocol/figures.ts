/**
 * A figure is data: what to draw, never how. The webview has one renderer per `kind` and knows no method.
 * Numbers may be null where there is nothing to draw; NaN and infinities never appear.
 */
export type Figure = Heatmap | Scatter | Line | Tree;

interface FigureBase {
  /** Unique within its result, kebab-case; names exported files. */
  readonly id: string;
  readonly title: string;
  /** One or two sentences under the figure: how to read it, and whatever was sampled or pooled to draw it. */
  readonly caption?: string;
}

export interface Axis {
  readonly label: string;
  /** Names of the positions along the axis, where it is categorical. */
  readonly ticks?: readonly string[];
}

/** Matrices drawn as coloured cells, all panels on one colour scale. */
export interface Heatmap extends FigureBase {
  readonly kind: 'heatmap';
  readonly panels: readonly HeatmapPanel[];
  readonly scale: ColourScale;
}

export interface HeatmapPanel {
  readonly title: string;
  readonly rows: Axis;
  readonly columns: Axis;
  readonly shape: readonly [number, number];
  /** Row-major, `shape[0] * shape[1]` long. */
  readonly values: readonly (number | null)[];
  /** Cells with a frame, and why. */
  readonly marks?: readonly { readonly row: number; readonly column: number; readonly label: string }[];
}

export interface ColourScale {
  readonly label: string;
  /** `sequential` for 0 to 1, `diverging` for correlations, centred on the middle of the domain. */
  readonly kind: 'sequential' | 'diverging';
  readonly domain: readonly [number, number];
  /** Marked on the legend. */
  readonly chance?: number;
  /** Of the numbers in the cells, where two are too few. */
  readonly decimals?: number;
}

/** Points of one or more spaces. Panels show the same rows in the same order, so hover and selection are linked. */
export interface Scatter extends FigureBase {
  readonly kind: 'scatter';
  readonly panels: readonly ScatterPanel[];
  /** Row index in the input of each point. */
  readonly rows: readonly number[];
  /** Name of each point, if rows have names (words, file names). */
  readonly names?: readonly string[];
  readonly labels?: PointLabels;
}

export interface ScatterPanel {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly xs: readonly number[];
  readonly ys: readonly number[];
  /** The panel whose axes these are too, whatever they are called here: seen at its scale, and zoomed with it. */
  readonly on?: number;
  /** The points are of the unit disc, which is drawn instead of axes, with circles of these radii about its centre. */
  readonly disc?: readonly number[];
}

/** Class or number of each point of a scatter, drawn as its colour. */
export type PointLabels =
  | {
      readonly kind: 'category';
      readonly name: string;
      readonly categories: readonly string[];
      readonly index: readonly number[];
    }
  | { readonly kind: 'number'; readonly name: string; readonly values: readonly (number | null)[] };

export interface Line extends FigureBase {
  readonly kind: 'line';
  readonly x: Axis & { readonly log?: boolean };
  readonly y: Axis & { readonly domain?: readonly [number, number]; readonly log?: boolean };
  readonly series: readonly LineSeries[];
  /** Horizontal rules, such as the chance level. */
  readonly references?: readonly { readonly y: number; readonly label: string }[];
}

export interface LineSeries {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
  /** A band around the line, where there are repeats. */
  readonly low?: readonly number[];
  readonly high?: readonly number[];
  readonly dashed?: boolean;
  /** The name of the line that it belongs to, such as its level of chance, and whose colour it takes. */
  readonly of?: string;
  /** A histogram: each y is the height of a bar about its x, as wide as the places are apart. */
  readonly bars?: boolean;
}

/** A hierarchy of clusters: leaves that merge two by two, at growing heights. */
export interface Tree extends FigureBase {
  readonly kind: 'tree';
  readonly leaves: readonly string[];
  /** The leaves from the first place to the last: an order in which no two branches cross. */
  readonly order: readonly number[];
  /** Clusters 0 to n - 1 are the leaves, cluster n + k is what merge k makes of two earlier ones. */
  readonly merges: readonly { readonly left: number; readonly right: number; readonly height: number }[];
  readonly height: Axis;
}
