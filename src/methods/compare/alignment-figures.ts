import type { Figure } from '../../protocol/figures';
import { digits6 } from '../shared/image';

/** Directions drawn. */
const SHOWN = 200;

/** How many aligned directions the likeness rests on. */
export function directions(parts: Float64Array): Figure {
  let cosine = 0;
  const y = Array.from(parts.subarray(0, SHOWN), (part) => {
    cosine += part;
    return digits6(cosine);
  });
  return {
    id: 'aligned-directions',
    kind: 'line',
    title: 'Likeness by aligned directions',
    caption:
      'The cosine of the angle, added up over the pairs of directions that the rotation brings together, the strongest first.',
    x: { label: 'pairs of directions' },
    y: { label: 'cosine of the angle', domain: [0, 1] },
    series: [{ name: 'sum so far', x: y.map((_, k) => k + 1), y }],
  };
}
