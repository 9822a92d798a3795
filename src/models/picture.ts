/** Pixels as bytes, row by row, channels last: grey; grey and alpha; red, green, blue; or these and alpha. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  readonly data: Uint8Array;
}
