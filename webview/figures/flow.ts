import { size, textWidth } from './text';

export interface Flow {
  readonly places: readonly { readonly left: number; readonly top: number }[];
  readonly bottom: number;
}

const leading = 18;

/** Puts the names of a legend in lines, as many in a line as fit, each with room for its mark. */
export function flow(names: readonly string[], left: number, top: number, width: number): Flow {
  const places: { left: number; top: number }[] = [];
  let x = left;
  let y = top + leading / 2;
  for (const name of names) {
    const wide = textWidth(name, size.axis) + 28;
    if (x + wide > width + 12 && x > left) {
      x = left;
      y += leading;
    }
    places.push({ left: x, top: y });
    x += wide;
  }
  return { places, bottom: names.length > 0 ? y + leading / 2 + 4 : top };
}
