/** What is drawn of a figure, its upper left corner at the origin, in pixels. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly body: string;
  /** A sentence for the caption on how it is drawn. */
  readonly note?: string;
}
