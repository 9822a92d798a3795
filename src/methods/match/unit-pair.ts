import { z } from 'zod';
import { Matrix } from '../../linalg/matrix';
import { pearson, spearman } from '../../linalg/ranks';
import { UserError } from '../../protocol/errors';
import type { Scatter } from '../../protocol/figures';
import type { Cell, Table } from '../../protocol/result';
import { type Context, defineMethod, type Outcome, type Representation, type RowStream } from '../method';
import { readInBlocks } from '../shared/gather';
import { digits6 } from '../shared/image';
import { drawnRows, pointsOf } from '../shared/points';
import { inWords } from '../shared/reading';
import { fewRows } from '../shared/warnings';
import { amongEquals, Extremes, type Listed } from './extremes';
import { requireRows } from './shuffled';
import { inBlocks } from './unit-sums';

/** Rows of a block of what is larger than memory. */
const TALLEST = 8192;

const unit = (side: string) =>
  z
    .int()
    .min(0)
    .default(0)
    .meta({ title: `Unit of the ${side}`, description: `Its column in the ${side}, from 0.` });

const parameters = z.object({
  unit: unit('first'),
  partner: unit('second'),
  samples: z.int().min(1).max(200).default(8).meta({
    title: 'Rows listed',
    description: 'On which each unit is largest, and as many on which it is smallest.',
  }),
});
type Choice = z.output<typeof parameters>;

export const unitPair = defineMethod({
  id: 'unit-pair',
  kind: 'match',
  title: 'Two units side by side',
  summary:
    'Shows a unit of either representation: the rows on which each is largest and smallest, and both against each other.',
  blindTo: 'blind to every other unit',
  takes: 'pair',
  labels: 'optional',
  alone: true,
  parameters,
  values: [
    { key: 'correlation', title: 'Correlation', range: [-1, 1], better: 'higher' },
    { key: 'rank', title: 'Rank correlation', range: [-1, 1], better: 'higher' },
  ],
  invariances: ['scaling', 'translation', 'column-scaling'],
  symmetric: ({ unit, partner }) => unit === partner,
  cost: 'O(n log n)',
  formula: 'correlation = Pearson’s r of two columns, rank = Spearman’s',
  tex: 'r(x_i, y_j)',
  citation:
    'Li, Yosinski, Clune, Lipson, Hopcroft (2016). Convergent learning: do different neural networks learn the same representations? ICLR. arXiv:1511.07543 (fig. 1)',
  run: (inputs, chosen, context) => sideBySide(inBlocks(inputs as readonly Representation[], context), chosen, context),
  stream: (stream, chosen, context) => sideBySide(stream, chosen, context),
});

async function sideBySide(stream: RowStream, chosen: Choice, context: Context): Promise<Outcome> {
  requireRows(stream.rows);
  const asked = [chosen.unit, chosen.partner];
  for (const [k, { name, columns }] of stream.inputs.entries()) {
    const wanted = asked[k] as number;
    if (wanted >= columns)
      throw new UserError(`${name} has no unit ${wanted}: its ${columns} units are 0 to ${columns - 1}.`);
  }
  const kept = 24 * stream.rows;
  const perRow = stream.blockBytes(1);
  context.reserve(kept + perRow, 'two units');
  const height = Math.max(1, Math.min(TALLEST, stream.rows, Math.floor((stream.room - kept) / perRow)));
  const [index, a, b] = await columnsOf(stream, height, asked, context);
  const rows = context.rows.index.length > 0 ? context.rows : { index };
  const [x, y] = stream.inputs.map(({ name }, k) => `${name} unit ${asked[k]}`) as [string, string];
  const [r, rank] = [pearson(a, b), spearman(a, b)];
  const dead = [a, b].flatMap((values, k) => (values.every((value) => value === values[0]) ? [[x, y][k]] : []));
  const tables: Record<string, Table> = {};
  const ties: string[] = [];
  for (const [k, [own, values]] of [[x, a] as const, [y, b] as const].entries()) {
    const extremes = new Extremes(1, Math.min(chosen.samples, values.length));
    extremes.add(new Matrix(values, values.length, 1), Int32Array.from(values.keys()));
    const side = k === 0 ? 'first' : 'second';
    for (const end of ['largest', 'smallest'] as const) {
      const found = extremes[end](0);
      const equals = amongEquals(found);
      const title = `${end === 'largest' ? 'Largest' : 'Smallest'}, ${own}${equals && `: ${equals}`}`;
      tables[`${end}-${side}`] = listed(title, found, [x, y], [a, b], rows);
      if (equals) ties.push(` Listed as ${end} of ${own}: ${equals}.`);
    }
  }
  const drawn = drawnRows(context, a.length);
  const scatter: Scatter = {
    id: 'activations',
    kind: 'scatter',
    title: `${x} and ${y}`,
    caption: `One point a row.${drawn.note}`,
    panels: [
      {
        title: '',
        x: { label: x },
        y: { label: y },
        xs: Array.from(drawn.rows, (i) => digits6(a[i] as number) ?? 0),
        ys: Array.from(drawn.rows, (i) => digits6(b[i] as number) ?? 0),
      },
    ],
    ...pointsOf({ rows }, drawn.rows),
  };
  const finite = (value: number) => (Number.isFinite(value) ? value : null);
  return {
    values: { correlation: finite(r), rank: finite(rank) },
    tables,
    figures: [scatter],
    ...(Number.isFinite(r) && {
      reading: `${x} and ${y} correlate by ${inWords(r)}, their ranks by ${inWords(rank)}.${ties.join('')}`,
    }),
    steps: Number.isFinite(stream.room) ? [readInBlocks(height)] : [],
    warnings: [
      ...dead.map(
        (name) => `${name} is dead: it has one value on all rows, so nothing correlates with it. Choose another unit.`,
      ),
      ...fewRows(a.length),
    ],
  };
}

/** The two columns, and the row of the file that each of their values is of. */
async function columnsOf(
  stream: RowStream,
  height: number,
  asked: readonly number[],
  { signal, progress }: Context,
): Promise<[Int32Array, Float64Array, Float64Array]> {
  const index = new Int32Array(stream.rows);
  const columns = [new Float64Array(stream.rows), new Float64Array(stream.rows)] as const;
  let at = 0;
  for await (const block of stream.blocks(height)) {
    signal.throwIfAborted();
    for (const [k, matrix] of block.matrices.entries())
      for (let i = 0; i < matrix.rows; i++) (columns[k] as Float64Array)[at + i] = matrix.at(i, asked[k] as number);
    for (let i = 0; i < block.index.length; i++) index[at + i] = (block.index[i] as number) + stream.first;
    at += block.index.length;
    progress(block.passed / stream.rows, 'Reading rows');
  }
  return [index.subarray(0, at), columns[0].subarray(0, at), columns[1].subarray(0, at)];
}

/** The listed rows, with the values of both units. */
function listed(
  title: string,
  { rows: places }: Listed,
  names: readonly [string, string],
  [a, b]: readonly [Float64Array, Float64Array],
  { index, names: rowNames }: Pick<Context['rows'], 'index' | 'names'>,
): Table {
  return {
    title,
    columns: ['row', ...(rowNames ? ['name'] : []), ...names],
    rows: Array.from(places, (place): Cell[] => [
      index[place] as number,
      ...(rowNames ? [rowNames[place] ?? null] : []),
      a[place] as number,
      b[place] as number,
    ]),
  };
}
