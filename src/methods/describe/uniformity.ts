import { z } from 'zod';
import type { Matrix } from '../../linalg/matrix';
import { firstOf, pairTiles } from '../../linalg/pair-tiles';
import { Points } from '../../linalg/points';
import type { Line } from '../../protocol/figures';
import type { Cell, Table } from '../../protocol/result';
import { count } from '../../protocol/words';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { type Classes, someClasses } from '../shared/classes';
import { type Directed, directedRows } from '../shared/directed';
import { evenUniformity } from '../shared/even-uniformity';
import { digits6 } from '../shared/image';
import { inWords } from '../shared/reading';
import { LISTED, rowTable } from '../shared/row-table';
import { duplicateRows, fewRows } from '../shared/warnings';

const BINS = 60;
/** Rows whose distances from as many others are held at once. */
const TILE = 512;
/** Sums of potentials below this are of numbers that are no longer exact, or nothing: they are taken anew beside the largest. */
export const FAINT = 1e-290;
/** Why there is no uniformity of two rows or more. */
export const TOO_FAR =
  'squared distances of rows, or t times them, are beyond float64 (1e308); scale the rows down, or choose a smaller t';

export const uniformityParameters = {
  t: z.number().gt(0).max(1000).default(2).meta({
    title: 'Sharpness t',
    description: 'Of the Gaussian potential exp(-t d²): the larger, the more only near pairs count.',
  }),
  alpha: z.number().gt(0).max(100).default(2).meta({
    title: 'Exponent α',
    description: 'Of the distance of rows that belong together.',
  }),
  normalise: z.boolean().default(true).meta({
    title: 'Rows of length one',
    description: 'Put rows on the unit sphere, where uniformity is defined and comparable between spaces.',
  }),
} as const;

export const uniformity = defineMethod({
  id: 'uniformity',
  kind: 'describe',
  title: 'Uniformity and alignment of classes',
  summary:
    'How evenly rows are spread over the sphere, and, where there are labels, how near rows of one class are to each other.',
  blindTo:
    'an even spread of noise is as uniform as one of meaning; alignment alone is best when everything has collapsed to one point: read both',
  takes: 'one',
  seesUnits: true,
  labels: 'optional',
  parameters: z.object(uniformityParameters),
  values: [
    { key: 'uniformity', title: 'Uniformity (lower: more even)', range: [null, 0] },
    { key: 'alignment', title: 'Alignment of rows of one class (lower: nearer)', range: [0, null] },
    { key: 'apart', title: 'The same of rows of two classes', range: [0, null] },
    { key: 'even', title: 'Uniformity of an even spread over as many units', range: [null, 0] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: false,
  cost: 'O(n² p)',
  formula:
    'u: rows of length one. uniformity = ln mean over pairs i < j of exp(-t ‖u_i - u_j‖²); alignment = mean of ‖u_i - u_j‖^α over pairs of one class, every pair alike, of classes of two rows or more; rows of zeros have no direction and are left out; even: -2t + ln ₀F₁(p/2; t²), of the uniform distribution on the sphere',
  tex: String.raw`\mathcal{L}_{\mathrm{unif}} = \ln \frac{2}{n(n-1)} \sum_{i<j} e^{-t \lVert u_i - u_j \rVert^2}, \qquad \mathcal{L}_{\mathrm{align}} = \operatorname*{mean}_{y_i = y_j} \lVert u_i - u_j \rVert^{\alpha}`,
  citation:
    'Wang, Isola (2020). Understanding contrastive representation learning through alignment and uniformity on the hypersphere. ICML. arXiv:2005.10242',
  async run([input], { t, alpha, normalise }, context) {
    const { name, matrix } = input as Representation;
    const n = matrix.rows;
    context.reserve(8 * (n * matrix.columns + 2 * n), 'rows of length one');
    const { unit: x, places, warnings } = normalise ? directedRows({ name, matrix }) : asTheyAre(matrix);
    const labelled = context.rows.labels !== undefined;
    const classes = someClasses(context.rows, n, 2);
    const of = classes?.of ?? new Int32Array(n).fill(-1);
    const points = new Points(x);
    const tallied = async (nearest: number) => {
      const found = new Tally(places, of, { t, alpha, nearest }, classes?.names.length ?? 0, normalise);
      for await (const tile of pairTiles([points], TILE, context)) {
        context.progress(tile.done, 'All pairs of rows');
        const [squares] = tile.squares as [Float64Array];
        for (let i = tile.rows[0], k = 0; i < tile.rows[1]; i++)
          for (let j = firstOf(tile, i); j < tile.columns[1]; j++, k++) found.add(i, j, squares[k] as number);
      }
      return found;
    };
    const plain = await tallied(0);
    const tally = plain.potential < FAINT && Number.isFinite(plain.least) ? await tallied(plain.least) : plain;
    const { inside, across } = tally;
    const pairs = (x.rows * (x.rows - 1)) / 2;
    const log = pairs > 0 ? Math.min(0, Math.log(tally.potential / pairs) - t * tally.chosen.nearest) : null;
    const value = Number.isFinite(log) ? log : null;
    const even = normalise ? evenUniformity(matrix.columns, t) : null;
    const [alignment, apart] = [meanOf(inside), meanOf(across)];
    return {
      values: {
        ...{ uniformity: value, even, alignment, apart },
      },
      tables: {
        ...(classes && { classes: tally.classes(classes) }),
        crowded: crowded(tally, context),
      },
      figures: pairs > 0 && normalise ? [tally.figure(matrix.columns)] : [],
      steps: [
        normalise ? 'rows brought to length one' : 'rows as they are',
        ...[`t = ${t}`, `α = ${alpha}`, 'all pairs of two different rows', 'float64'],
      ],
      ...(value !== null && { reading: readingOf(name, value, even, alignment, apart) }),
      warnings: [
        ...warnings,
        ...(value === null ? [`Uniformity is empty: ${pairs > 0 ? TOO_FAR : 'there are no two rows'}.`] : []),
        ...(inside.pairs === 0
          ? [
              labelled
                ? 'Alignment is empty: no two classes have two rows.'
                : 'Alignment needs pairs: give labels (rows of one class), or compare two inputs by "alignment".',
            ]
          : []),
        ...((inside.pairs > 0 && alignment === null) || (across.pairs > 0 && apart === null)
          ? [
              `Distances of rows to the power ${alpha} are beyond float64 (1e308): their mean is empty. Scale the rows down.`,
            ]
          : []),
        ...(inside.pairs > 0 && across.pairs === 0 ? ['There is one class only: nothing is across classes.'] : []),
        ...(normalise
          ? []
          : ['Rows are not of length one: values of two spaces, or of an even spread, do not compare.']),
        ...(classes?.left ?? []),
        ...duplicateRows({ name, matrix }),
        ...fewRows(n),
      ],
    } satisfies Outcome;
  },
});

function asTheyAre(matrix: Matrix): Directed {
  return { unit: matrix.toDouble(), places: Int32Array.from({ length: matrix.rows }, (_, i) => i), warnings: [] };
}

interface Mean {
  sum: number;
  pairs: number;
}

class Tally {
  /** Sum over pairs of exp(-t (d² - nearest)). */
  potential = 0;
  /** The least squared distance. */
  least = Number.POSITIVE_INFINITY;
  readonly inside: Mean = { sum: 0, pairs: 0 };
  readonly across: Mean = { sum: 0, pairs: 0 };
  /** The same of each row that has a direction, over all others. */
  readonly potentials: Float64Array;
  private readonly own: readonly Mean[];
  private readonly bins = { inside: new Float64Array(BINS), across: new Float64Array(BINS) };

  constructor(
    readonly places: Int32Array,
    private readonly of: Int32Array,
    readonly chosen: { readonly t: number; readonly alpha: number; readonly nearest: number },
    classes: number,
    private readonly onSphere: boolean,
  ) {
    this.potentials = new Float64Array(places.length);
    this.own = Array.from({ length: classes }, () => ({ sum: 0, pairs: 0 }));
  }

  add(i: number, j: number, squared: number): void {
    const { t, alpha, nearest } = this.chosen;
    const potential = Math.exp(-t * (squared - nearest));
    this.least = Math.min(this.least, squared);
    this.potential += potential;
    this.potentials[i] = (this.potentials[i] as number) + potential;
    this.potentials[j] = (this.potentials[j] as number) + potential;
    const [a, b] = [this.of[this.places[i] as number] as number, this.of[this.places[j] as number] as number];
    const same = a === b && a >= 0;
    if (this.onSphere) {
      const bin = Math.min(BINS - 1, Math.floor((Math.sqrt(squared) / 2) * BINS));
      const bins = same ? this.bins.inside : this.bins.across;
      bins[bin] = (bins[bin] as number) + 1;
    }
    if (a < 0 || b < 0) return;
    const power = alpha === 2 ? squared : squared ** (alpha / 2);
    for (const mean of same ? [this.inside, this.own[a] as Mean] : [this.across]) {
      mean.sum += power;
      mean.pairs++;
    }
  }

  classes({ names, label }: Classes): Table {
    return {
      title: 'Alignment of each class',
      columns: [label, 'pairs', 'alignment'],
      rows: names.map((name, c): Cell[] => {
        const { pairs } = this.own[c] as Mean;
        return [name, pairs, meanOf(this.own[c] as Mean)];
      }),
    };
  }

  /** Density of distances; of the uniform distribution on the sphere it is known. */
  figure(p: number): Line {
    const x = Array.from({ length: BINS }, (_, bin) => digits6(((bin + 0.5) * 2) / BINS) ?? 0);
    const width = 2 / BINS;
    const total = (bins: Float64Array) => bins.reduce((sum, count) => sum + count, 0);
    const density = (bins: Float64Array) => x.map((_, bin) => digits6((bins[bin] as number) / total(bins) / width));
    const labelled = total(this.bins.inside) > 0;
    // d^(p - 2) (1 - d² / 4)^((p - 3) / 2), scaled to hold as much as the bars.
    const logs = x.map((d) => (p - 2) * Math.log(d) + ((p - 3) / 2) * Math.log(1 - (d * d) / 4));
    const peak = Math.max(...logs);
    const sum = logs.reduce((all, log) => all + Math.exp(log - peak), 0) * width;
    const even = { name: 'even spread', x, y: logs.map((log) => digits6(Math.exp(log - peak) / sum)), dashed: true };
    const across = { name: labelled ? 'other pairs' : 'pairs', x, y: density(this.bins.across), bars: true };
    const inside = { name: 'of one class', x, y: density(this.bins.inside) };
    const series = [
      ...(total(this.bins.across) > 0 ? [across] : []),
      ...(labelled ? [inside] : []),
      ...(p > 2 ? [even] : []),
    ];
    const most = Math.max(...series.flatMap(({ y }) => y.map((value) => value ?? 0)));
    return {
      ...{ id: 'distances', kind: 'line', title: 'Distances of pairs on the sphere' },
      caption: `Density of the distances of all pairs of rows of length one, from 0 (the same direction) to 2 (opposite)${labelled ? ', of one class and others' : ''}; dashed, of rows spread evenly over the sphere in ${p} dimensions, which stand nearly all at right angles (√2).`,
      x: { label: 'distance' },
      y: { label: 'density', domain: [0, digits6(1.05 * most) ?? 1] },
      series,
    };
  }
}

/** Rows that stand where it is densest. */
function crowded({ potentials, places, chosen: { t, nearest } }: Tally, context: Context): Table {
  const n = potentials.length;
  const scale = Math.exp(-t * nearest) / Math.max(1, n - 1);
  const order = Array.from(potentials.keys())
    .sort((a, b) => (potentials[b] as number) - (potentials[a] as number) || a - b)
    .slice(0, LISTED);
  const at = new Map(order.map((i) => [places[i] as number, i]));
  return rowTable(`Rows in the densest places (${count(order.length)} of ${count(n)})`, context, [...at.keys()], {
    'mean potential': (place) => (potentials[at.get(place) as number] as number) * scale,
  });
}

/** Null where there are no pairs, or where the sum is beyond float64. */
function meanOf({ sum, pairs }: Mean): number | null {
  return pairs > 0 && Number.isFinite(sum) ? sum / pairs : null;
}

function readingOf(
  name: string,
  value: number,
  even: number | null,
  alignment: number | null,
  apart: number | null,
): string {
  const spread = even === null ? '' : ` (an even spread: ${inWords(even)}; all rows in one point: 0)`;
  const near =
    alignment !== null && apart !== null
      ? ` Rows of one class are at ${inWords(alignment)} in the mean, rows of two at ${inWords(apart)}.`
      : '';
  return `The uniformity of ${name} is ${inWords(value)}${spread}.${near}`;
}
