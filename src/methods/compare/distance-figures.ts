import { condensed } from '../../linalg/points';
import type { Figure } from '../../protocol/figures';
import type { Context, Representation } from '../method';
import { drawnInputs } from '../shared/drawn';
import { type PairList, pairList } from './pair-list';
import { rdmFigures } from './rdm-figures';

/** The distances of both spaces beside each other, of at most 1,000 rows. */
export async function distanceFigures(x: Representation, y: Representation, context: Context): Promise<Figure[]> {
  const drawn = drawnInputs([x, y], context);
  const lists: PairList[] = [];
  for (const { matrix } of drawn.inputs)
    lists.push(pairList(await condensed(matrix, 'euclidean', { signal: context.signal }), matrix.rows));
  const figures = rdmFigures(
    drawn.inputs as [Representation, Representation],
    lists as [PairList, PairList],
    false,
    drawn.context,
  );
  return figures.map((figure) => ({ ...figure, caption: `${figure.caption ?? ''}${drawn.note}` }));
}
