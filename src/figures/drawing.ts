/** What is drawn of a figure, its upper left corner at the origin, in pixels. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly body: string;
}
