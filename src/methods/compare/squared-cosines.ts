import type { Line } from '../../protocol/figures';
import { digits6 } from '../shared/image';

interface Description {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  /** What a square is: "squared cosine". */
  readonly of: string;
}

/** The squares of singular values of a product of orthonormal (or shrunk) bases, direction by direction; above 1 by rounding only. */
export function squaredCosines(cosines: Float64Array, { id, title, caption, of }: Description): Line {
  return {
    ...{ id, kind: 'line', title, caption },
    x: { label: 'direction' },
    y: { label: of, domain: [0, 1] },
    series: [
      {
        name: of,
        x: Array.from(cosines, (_, k) => k + 1),
        y: Array.from(cosines, (cosine) => digits6(Math.min(1, cosine * cosine))),
      },
    ],
  };
}
