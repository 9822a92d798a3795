import type { Matrix } from '../../../linalg/matrix';
import { UserError } from '../../../protocol/errors';
import type { Context, Representation } from '../../method';
import { lacking } from '../../shared/warnings';

/** One layer of an encoder: what it makes of the rows, and of their partners where the task is about pairs. */
export interface Layer {
  readonly name: string;
  readonly matrix: Matrix;
  readonly other?: { readonly name: string; readonly matrix: Matrix };
}

export interface Sides {
  readonly layers: readonly Layer[];
  /** Position among the rows in use of the first of each pair; of the row itself where there are none. */
  readonly rows: Int32Array;
  readonly steps: readonly string[];
  readonly warnings: readonly string[];
}

/** Each input is a layer, in the order from the input of the network on. */
export function single(inputs: readonly Representation[], { rows }: Pick<Context, 'rows'>): Sides {
  return { layers: inputs, rows: rows.index.map((_, i) => i), steps: [], warnings: [] };
}

/**
 * The first half of the inputs are the layers of one side, the second half the same layers of the other side: row i of one
 * belongs to row i of the other.
 * @throws UserError where the halves do not fit together.
 */
export function halves(inputs: readonly Representation[], task: string, context: Pick<Context, 'rows'>): Sides {
  const half = inputs.length / 2;
  if (!Number.isInteger(half))
    throw new UserError(
      `The task ${task} pairs the rows of two sides: give the layers of one side and then the same layers of the other, in the ` +
        `same order. ${inputs.length} ${inputs.length === 1 ? 'input was' : 'inputs were'} given, which have no two halves. Where both of a pair ` +
        'are rows of one input, set pairs to rows.',
    );
  const layers = inputs.slice(0, half).map(({ name, matrix }, i): Layer => {
    const other = inputs[half + i] as Representation;
    if (other.matrix.columns !== matrix.columns)
      throw new UserError(
        `${name} has ${matrix.columns} units and its other side, ${other.name}, has ${other.matrix.columns}: cosines need as many. ` +
          'Give the layers of one side and then the same layers of the other, in the same order.',
      );
    return { name, matrix, other };
  });
  const sides = single(layers, context);
  return {
    ...sides,
    layers,
    steps: [`pairs: each row of ${names(layers[0], 0)} and the same row of ${names(layers[0], 1)}`],
  };
}

/** Rows 0 and 1 of the file are a pair, 2 and 3, and so on. @throws UserError where no pair is left. */
export function adjacentRows(inputs: readonly Representation[], { rows: { index } }: Pick<Context, 'rows'>): Sides {
  const placeOf = new Map(Array.from(index, (row, place) => [row, place]));
  const pairs = Array.from(index.keys()).filter((place) => {
    const row = index[place] as number;
    return row % 2 === 0 && placeOf.has(row + 1);
  });
  const left = index.length - 2 * pairs.length;
  if (pairs.length === 0)
    throw new UserError('No row is left with its partner: rows 0 and 1 of the file are a pair, 2 and 3, and so on.');
  const partners = pairs.map((place) => placeOf.get((index[place] as number) + 1) as number);
  return {
    layers: inputs.map(({ name, matrix }) => ({
      ...{ name, matrix: matrix.takeRows(pairs) },
      other: { name: `${name} partners`, matrix: matrix.takeRows(partners) },
    })),
    rows: Int32Array.from(pairs),
    steps: ['pairs: rows 0 and 1, 2 and 3, and so on'],
    warnings: left === 0 ? [] : [lacking(left, 'row', 'partner')],
  };
}

function names(layer: Layer | undefined, side: 0 | 1): string {
  return (side === 0 ? layer?.name : layer?.other?.name) ?? '';
}
