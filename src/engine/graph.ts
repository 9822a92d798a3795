import { readRepresentation } from '../data/representation';
import { approximateNeighbours } from '../linalg/approximate-neighbours';
import { UserError } from '../protocol/errors';
import { contextOf } from './context';
import type { Desk, Graph, GraphTask } from './task';

/**
 * The nearest rows of every row of an input, nearly all of them: the search of maps and clusters, to be looked at.
 * @throws UserError where fewer than two rows are finite, or the bound for memory is too low; Cancelled
 */
export async function graph({ request, base, memory }: GraphTask, desk: Desk): Promise<Graph> {
  const { inputs, neighbours, metric } = request;
  const { matrix } = await readRepresentation(inputs[0], base, { limit: memory });
  const finite = Int32Array.from({ length: matrix.rows }, (_, i) => i).filter((i) =>
    matrix.row(i).every(Number.isFinite),
  );
  const whole = finite.length === matrix.rows;
  const x = whole ? matrix : matrix.takeRows(finite);
  if (x.rows < 2) throw new UserError('Fewer than two rows are finite: there are no neighbours to search for.');
  const held = matrix.data.byteLength + (whole ? 0 : x.data.byteLength);
  const { random, signal, progress, reserve } = contextOf(desk, 0, { index: finite }, held, memory);
  const k = Math.min(neighbours, x.rows - 1);
  const found = await approximateNeighbours(x, k, metric, {
    ...{ signal, reserve, random, progress },
  });
  const { indices, recall, asked } = found;
  return { indices, k, recall, asked, of: matrix.rows, ...(!whole && { finite }) };
}
