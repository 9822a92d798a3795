import { centreColumns } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { UserError } from '../../protocol/errors';
import { plural } from '../../protocol/words';
import { principalPlane } from '../describe/overview-figures';
import type { Context, Outcome } from '../method';
import { principalAxes } from '../shared/pca';

/** What was made of raw data, in float32. */
export function embedded(name: string, matrix: Matrix): Pick<Outcome, 'representations'> {
  return {
    representations: [{ name, matrix: new Matrix(Float32Array.from(matrix.data), matrix.rows, matrix.columns) }],
  };
}

/** Rows in the principal plane of what was made. */
export async function planeOf(name: string, matrix: Matrix, context: Context): Promise<Pick<Outcome, 'figures'>> {
  const centred = centreColumns(matrix);
  const principal = await principalAxes(centred, 2, context);
  if (principal.squares.length === 0) return { figures: [] };
  return { figures: [await principalPlane(name, centred, principal, '', context)] };
}

/** @throws UserError where there are fewer than two rows to tell apart. */
export function needsRows(rows: number, noun: string): void {
  if (rows >= 2) return;
  const found = `There ${rows === 1 ? 'is' : 'are'} ${plural(rows, noun)}`;
  throw new UserError(`${found}; two or more are needed to be told apart.`);
}
