import { z } from 'zod';
import { normaliseRows } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { UserError } from '../../protocol/errors';
import { plural } from '../../protocol/words';
import type { Context } from '../method';
import { fromSet } from './anchor-set';
import { largest, stratified } from './by-label';
import { farthestPoints } from './farthest';
import { kmeansRows } from './kmeans';
import { briefRows, parseRows } from './rows';

/** The parameters by which every method that uses anchors chooses them. */
export const anchorParameters = {
  anchors: z.int().min(1).max(10_000).default(300).meta({
    title: 'Anchors',
    description: 'How many rows serve as anchors: at most all of them. Not used where the anchor rows are given.',
  }),
  'anchor-selection': z
    .enum(['uniform', 'rows', 'farthest', 'kmeans', 'stratified', 'top', 'file'])
    .default('uniform')
    .meta({
      title: 'Anchor selection',
      description:
        'uniform: drawn at random; rows: those given as anchor rows; farthest: each next anchor is the row farthest from the anchors so far, from a random start; kmeans: the row nearest to each centre of k-means (both on rows of unit length, in the first representation); stratified: drawn at random from the categories of the labels, or of an anchor column, in turn; top: the rows with the largest numbers there, such as frequencies; file: those of an anchor set.',
    }),
  'anchor-rows': z.string().max(200_000).default('').meta({
    title: 'Anchor rows',
    description:
      'Row numbers of the file and Python slices, separated by commas: 0,4,8 or 0:3300:11. Used where the anchor selection is rows.',
  }),
  'anchor-column-file': z.string().max(4000).default('').meta({
    title: 'Anchor column file',
    description:
      'Path of a table or vector with a value for each row of the first representation, which stratified and top go by. Empty: the labels.',
  }),
  'anchor-column': z.string().max(1000).default('').meta({
    title: 'Anchor column',
    description: 'Its column in that file, or its vector where there are several.',
  }),
  'anchor-pool': z.int().min(0).max(100_000_000).default(0).meta({
    title: 'Anchor pool',
    description:
      'Where the anchor selection is top: anchors are drawn at random among so many rows with the largest numbers; 0: the very largest are taken.',
  }),
  'anchor-file': z.string().max(4000).default('').meta({
    title: 'Anchor file',
    description:
      'Path of an anchor set, NAME.anchors.json. Its anchors are found by identifier where it and the rows have any, otherwise by row. Used where the anchor selection is file.',
  }),
} as const;

export interface AnchorChoice {
  readonly anchors: number;
  readonly 'anchor-selection': 'uniform' | 'rows' | 'farthest' | 'kmeans' | 'stratified' | 'top' | 'file';
  readonly 'anchor-rows': string;
  readonly 'anchor-column-file': string;
  readonly 'anchor-pool': number;
  readonly 'anchor-file': string;
}

type Surroundings = Pick<Context, 'random' | 'rows' | 'signal' | 'progress' | 'anchorSet'>;

export interface Anchors {
  /** Positions of the anchors among the rows in use, in the order chosen. */
  readonly rows: Int32Array;
  /** A few words for the result's `steps`. */
  readonly step: string;
  readonly warnings: readonly string[];
}

/**
 * Chooses anchors among the rows of a representation (n x d): Moschella et al. 2023, "Relative representations enable
 * zero-shot latent space communication", section 3 and appendix.
 * @throws UserError where the anchor rows cannot be read or are not in use
 */
export async function chooseAnchors(matrix: Matrix, choice: AnchorChoice, context: Surroundings): Promise<Anchors> {
  const selection = choice['anchor-selection'];
  const given = choice['anchor-rows'].trim();
  if (selection === 'rows') {
    if (given === '') {
      throw new UserError('The anchor selection is rows, but no anchor rows are given. Write them, such as 0:3300:11.');
    }
    const { rows, left } = parseRows(given, context.rows.index);
    const warnings = left === 0 ? [] : [`${left} of the rows named as anchors are not in use and were passed over.`];
    return { rows, step: `${rows.length} anchors: rows ${briefRows(given)}`, warnings };
  }
  if (selection === 'file') return fromSet(context);
  const warnings = unused(choice);
  const found = await selected(matrix, choice, context);
  if (choice.anchors >= matrix.rows && found.rows.length === matrix.rows)
    warnings.push(`${choice.anchors} anchors were asked for of ${matrix.rows} rows: every row is an anchor.`);
  else if (found.rows.length < Math.min(choice.anchors, matrix.rows))
    warnings.push(`${choice.anchors} anchors were asked for; ${found.rows.length} rows can be one.`);
  return { ...found, warnings };
}

/** What was given for another selection than the one by which anchors are drawn. */
function unused(choice: AnchorChoice): string[] {
  const selection = choice['anchor-selection'];
  const told = (given: boolean, what: string, ...takenBy: AnchorChoice['anchor-selection'][]) =>
    !given || takenBy.includes(selection)
      ? []
      : [`The anchor ${what} not used: the anchor selection is ${selection}. Set it to ${takenBy.join(' or ')}.`];
  const rows = choice['anchor-rows'].trim();
  const file = choice['anchor-file'].trim();
  const column = choice['anchor-column-file'].trim();
  const pool = choice['anchor-pool'];
  return [
    ...told(rows !== '', `rows "${briefRows(rows)}" were`, 'rows'),
    ...told(file !== '', `file "${file}" was`, 'file'),
    ...told(column !== '', `column file "${column}" was`, 'top', 'stratified'),
    ...told(pool > 0, `pool of ${plural(pool, 'row')} was`, 'top'),
  ];
}

async function selected(
  matrix: Matrix,
  choice: AnchorChoice,
  context: Surroundings,
): Promise<Pick<Anchors, 'rows' | 'step'>> {
  const { random, signal } = context;
  const selection = choice['anchor-selection'];
  const count = Math.min(choice.anchors, matrix.rows);
  if (selection === 'uniform') {
    return { rows: random.sample(matrix.rows, count), step: `${plural(count, 'anchor')} drawn at random` };
  }
  if (selection === 'stratified') return stratified(count, context);
  if (selection === 'top') return largest(count, choice['anchor-pool'], context);
  context.progress(null, 'Choosing anchors');
  const unit = normaliseRows(matrix).matrix;
  if (selection === 'farthest') {
    const rows = farthestPoints(unit, count, random.integer(matrix.rows), signal);
    return { rows, step: `${count} anchors by farthest-point sampling on rows of unit length` };
  }
  const rows = await kmeansRows(unit, count, random, signal);
  return {
    rows,
    step: `${count} anchors: the rows nearest to the centres of k-means on rows of unit length`,
  };
}
