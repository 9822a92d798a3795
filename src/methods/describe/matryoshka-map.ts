import { z } from 'zod';
import { UserError } from '../../protocol/errors';
import type { Chance } from '../../protocol/result';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { constantColumns, zeroRows } from '../shared/warnings';
import { type Choice, choose, scoreCells, widthsOf } from './matryoshka/grid';
import { compareOrders } from './matryoshka/orders';
import { cellTable, layerTable, map, ordersLine } from './matryoshka/output';
import { intervals } from './matryoshka/resample';
import { taskOf } from './matryoshka/scorer';
import { adjacentRows, halves, type Layer, type Sides, single } from './matryoshka/sides';
import { advice } from './matryoshka/words';

const parameters = z.object({
  task: z.enum(['cka', 'neighbours', 'retrieval', 'similarity', 'classes']).default('cka').meta({
    title: 'Task',
    description:
      'What a prefix has to be good for. cka: likeness to the last layer in full, linear CKA. neighbours: the nearest rows of the last layer in full. retrieval: finding the partner of each row, mean reciprocal rank. similarity: cosines of pairs in the order of their scores (the labels), Spearman’s correlation. classes: the class of each row (the labels) by its nearest neighbours.',
  }),
  pairs: z.enum(['inputs', 'rows']).default('inputs').meta({
    title: 'Pairs',
    description:
      'For retrieval and similarity. inputs: the first half of the inputs are the layers of one side, the second half the same layers of the other, and row i belongs to row i. rows: rows 0 and 1 of each input are a pair, 2 and 3, and so on; the score of a pair is that of its first row.',
  }),
  dimensions: z.array(z.int().min(1)).max(256).default([]).meta({
    title: 'Dimensions',
    description:
      'How many of the first columns are kept, such as 16, 64, 256. None: powers of two from 4, or from 1 where no layer has 16 units. The width of each layer is always among them, and tried on every layer that is as wide.',
  }),
  tolerance: z.number().min(0).max(100).default(5).meta({
    title: 'Tolerance (%)',
    description: 'The cheapest cell within so many per cent of the best is recommended.',
  }),
  cost: z.enum(['product', 'dimensions', 'layers']).default('product').meta({
    title: 'What is cheap',
    description:
      'product: layers times dimensions. dimensions: few dimensions first (storage, search). layers: few layers first (time of the encoder).',
  }),
  neighbours: z.int().min(1).max(1000).default(10).meta({
    title: 'Neighbours',
    description: 'How many nearest rows, for the tasks neighbours and classes.',
  }),
  orders: z.int().min(0).max(50).default(5).meta({
    title: 'Random orders',
    description:
      'The last layer is also scored with its columns in so many random orders, and along its principal axes. 0: not.',
  }),
  bootstrap: z.int().min(0).max(10_000).default(200).meta({
    title: 'Bootstrap draws',
    description:
      'Draws of the rows, with replacement, for intervals; of tasks whose score is a mean over rows. 0: none.',
  }),
  temperature: z.number().positive().max(100).default(1).meta({
    title: 'Temperature',
    description:
      'T of the softmax in the divergence of each layer from the last: 1, or 0.3 as sentence-transformers has it.',
  }),
});

export const matryoshkaMap = defineMethod({
  id: 'matryoshka-map',
  kind: 'describe',
  title: 'Matryoshka map',
  summary:
    'Scores every layer of an encoder at every number of leading dimensions on a task, and recommends the cheapest that is good enough.',
  blindTo:
    'blind to other tasks than the one chosen and to other data, to columns behind the first, and to how fast the layers really are',
  takes: 'many',
  least: 1,
  exports: true,
  labels: 'optional',
  parameters,
  values: [
    { key: 'recommended', title: 'Score of the recommended cell', range: [null, 1] },
    { key: 'best', title: 'Best score', range: [null, 1] },
    { key: 'full', title: 'Score of the last layer in full', range: [null, 1] },
    { key: 'layer', title: 'Recommended layer, from 1', range: [1, null] },
    { key: 'dimensions', title: 'Recommended dimensions', range: [1, null] },
    { key: 'cost', title: 'Cost, as share of the last layer in full', range: [0, null] },
  ],
  invariances: ['scaling'],
  symmetric: false,
  cost: 'O(n² Σd) for the sum Σd of all widths of all layers (cka: O(np²) for each layer)',
  formula:
    'q(l, d) = score of H_l[:, :d], rows scaled to unit length after the cut (cka: as they are, columns centred); neighbours: mean share of the k nearest that are the same; retrieval: mean of 1 / place, the middle one of rows that tie; classes: leaving the row out, of as many votes the nearer; recommended: the least l·d, of equal ones that of fewer dimensions, with q ≥ max q - tolerance |max q|',
  tex: String.raw`(\hat l, \hat d) = \operatorname*{arg\,min}_{l,d} \; l\,d \quad\text{with}\quad q\big(H_l[:, 1..d]\big) \ge (1-\tau)\max_{l',d'} q\big(H_{l'}[:, 1..d']\big)`,
  citation:
    'Li, Li, Li, Xie, Li (2024). 2D Matryoshka Sentence Embeddings. arXiv:2402.14776; Zhuang, Wang, Zheng, Koopman, Zuccon (2024). Starbucks: Improved Training for 2D Matryoshka Embeddings. arXiv:2410.13230',
  async run(given, chosen, context) {
    const inputs = given as Representation[];
    const sides = sidesOf(inputs, chosen.task, chosen.pairs, context);
    const { layers } = sides;
    reserve(layers, context);
    const task = await taskOf(chosen.task, sides, chosen.neighbours, context);
    const widths = widthsOf(layers, chosen.dimensions);
    const withOrders = chosen.orders > 0;
    const cells = await scoreCells(layers, widths, task.scorer, context, withOrders ? 0.7 : 0.9);
    const choice = choose(cells, chosen.tolerance / 100, chosen.cost);
    const last = layers.at(-1) as Layer;
    const own = cells.filter(({ layer }) => layer === layers.length - 1);
    const orders =
      choice && withOrders && own.length > 1
        ? await compareOrders(
            last,
            layers.length - 1,
            own.map(({ width }) => width),
            own.map(({ score }) => score.value),
            chosen.orders,
            task.scorer,
            context,
          )
        : undefined;
    context.progress(0.9, 'Intervals');
    const by = { tolerance: chosen.tolerance / 100, cost: chosen.cost, draws: chosen.bootstrap };
    const found = choice && intervals(cells, choice, by, context);
    const facts = { layers, widths, cells, choice, orders, task, tolerance: chosen.tolerance };
    return {
      values: valuesOf(choice),
      ...(task.chance && { chance: levels(task.chance, cells.length) }),
      ...(found && { intervals: found }),
      tables: { cells: cellTable(facts), layers: layerTable(facts, chosen.temperature) },
      figures: [map(facts), ...(orders ? [ordersLine(orders, facts)] : [])],
      ...(choice && { representations: exported(layers, choice, chosen.pairs === 'inputs') }),
      steps: [...sides.steps, ...task.steps, 'computed in float64'],
      ...(choice && { reading: advice(facts, choice, found?.best) }),
      warnings: [
        ...sides.warnings,
        ...(task.warning ? [task.warning] : []),
        ...layers.flatMap(chosen.task === 'cka' ? constantColumns : zeroRows),
        ...(choice ? [] : [`There is no score: ${task.missing}. The values are left empty.`]),
        ...unusedWidths(chosen.dimensions, layers),
      ],
    } satisfies Outcome;
  },
  room: (inputs) => inputs.reduce((sum, { rows, columns }) => sum + 24 * rows * columns, 0),
});

function sidesOf(inputs: readonly Representation[], task: string, pairs: 'inputs' | 'rows', context: Context): Sides {
  if (task !== 'retrieval' && task !== 'similarity') return single(inputs, context);
  const sides = pairs === 'rows' ? adjacentRows(inputs, context) : halves(inputs, task, context);
  if (sides.rows.length < 3)
    throw new UserError(
      `The task ${task} needs 3 pairs or more; there ${sides.rows.length === 1 ? 'is' : 'are'} ${sides.rows.length}.`,
    );
  return sides;
}

function reserve(layers: readonly Layer[], context: Context): void {
  const largest = Math.max(...layers.map(({ matrix }) => matrix.data.length));
  context.reserve(8 * 6 * largest, 'prefixes of the layers in float64');
}

/** The level is of one cell; that of the best of many is not known. */
function levels(chance: Chance, cells: number): Record<string, Chance> {
  const one = {
    ...chance,
    how: `${chance.how} Of one cell chosen beforehand: the best of ${cells} is higher by chance.`,
  };
  const found = cells > 1 ? one : chance;
  return { recommended: found, best: found, full: chance };
}

function valuesOf(choice: Choice | undefined) {
  const { chosen, best, full } = choice ?? {};
  const known = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : null);
  return {
    recommended: known(chosen?.score.value),
    best: known(best?.score.value),
    full: known(full?.score.value),
    layer: chosen ? chosen.layer + 1 : null,
    dimensions: chosen?.width ?? null,
    cost: chosen?.cost ?? null,
  };
}

/** The recommended cell: of pairs in two inputs, both sides. */
function exported(layers: readonly Layer[], { chosen: { layer, width } }: Choice, both: boolean): Representation[] {
  const { name, matrix, other } = layers[layer] as Layer;
  const sides = both && other ? [{ name, matrix }, other] : [{ name, matrix }];
  return sides.map((side) => ({
    name: `${side.name} first ${width}`,
    matrix: side.matrix.columnBand(0, width),
  }));
}

function unusedWidths(given: readonly number[], layers: readonly Layer[]): string[] {
  const widest = Math.max(...layers.map(({ matrix }) => matrix.columns));
  const over = given.filter((width) => width > widest);
  return over.length === 0 ? [] : [`No layer has as many as ${over.join(', ')} units: passed over.`];
}
