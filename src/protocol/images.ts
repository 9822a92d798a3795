/** One step from a picture to what a network takes; a list of them is data, shown, edited and kept with a result. */
export type ImageStep =
  /** To RGB or to grey (Rec. 601: 0.299 R + 0.587 G + 0.114 B); transparency is dropped. */
  | { readonly op: 'channels'; readonly to: 'rgb' | 'grey' }
  /** To this size; pixels become what the filter makes of their surroundings. */
  | {
      readonly op: 'resize';
      readonly width: number;
      readonly height: number;
      readonly filter: 'bilinear' | 'bicubic' | 'box' | 'nearest';
    }
  | {
      readonly op: 'resize-shortest';
      readonly side: number;
      readonly filter: 'bilinear' | 'bicubic' | 'box' | 'nearest';
    }
  /** The middle; a picture that is smaller is surrounded by zeros. */
  | { readonly op: 'centre-crop'; readonly width: number; readonly height: number }
  /** Times a factor: 1/255 brings pixels to 0 to 1. */
  | { readonly op: 'rescale'; readonly factor: number }
  /** (value - mean) / std, one of each for every channel. */
  | { readonly op: 'normalise'; readonly mean: readonly number[]; readonly std: readonly number[] }
  /** 1 - value: dark strokes on white become bright on black. After `rescale`. */
  | { readonly op: 'invert' }
  | { readonly op: 'layout'; readonly to: 'nchw' | 'nhwc' };
