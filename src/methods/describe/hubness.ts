import { z } from 'zod';
import type { Line } from '../../protocol/figures';
import type { Table } from '../../protocol/result';
import { count } from '../../protocol/words';
import { neighbourParameters } from '../compare/neighbour-parameters';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { someClasses } from '../shared/classes';
import { digits6 } from '../shared/image';
import { neighboursOf } from '../shared/kept';
import { percent } from '../shared/pca';
import { inWords } from '../shared/reading';
import { LISTED, rowTable } from '../shared/row-table';
import { duplicateRows, fewRows, zeroRows } from '../shared/warnings';

/** A row that is a neighbour so many times as often as the average is a hub. */
const HUB = 2;
/** Bars of the histogram; rows that occur more often are in the last. */
const BARS = 60;

const NONE = {
  ...{ skewness: null, hubs: null, 'hub-occurrence': null, antihubs: null },
  ...{ 'robin-hood': null, gini: null, largest: null },
};

const parameters = z.object({ ...neighbourParameters });

export const hubness = defineMethod({
  id: 'hubness',
  kind: 'describe',
  title: 'Hubness',
  summary:
    'How unequally rows are the neighbours of others: whether a few hubs are near to everything while many rows are near to nothing.',
  blindTo:
    'does not say why a row is a hub: it may stand near the mean, or be a duplicate that many share; changes with the number of neighbours',
  takes: 'one',
  labels: 'optional',
  parameters,
  values: [
    { key: 'skewness', title: 'Skewness of the k-occurrence', range: [null, null] },
    { key: 'hubs', title: `Share of rows that are hubs (${HUB}k times or more)`, range: [0, 1] },
    { key: 'hub-occurrence', title: 'Share of all neighbours that are hubs', range: [0, 1] },
    { key: 'antihubs', title: 'Share of rows that are nobody’s neighbour', range: [0, 1] },
    { key: 'robin-hood', title: 'Share of places that would have to be given away (Robin Hood)', range: [0, 1] },
    { key: 'gini', title: 'Gini index of the k-occurrence', range: [0, 1] },
    { key: 'largest', title: 'Times that the largest hub is a neighbour', range: [0, null] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: false,
  cost: 'O(n² p)',
  formula:
    'N(x): how many rows have x among their k nearest, of equally near ones the lower; a row of zeros has cosine 0. skewness = mean (N - k)³ / (mean (N - k)²)^1.5; hubs: N ≥ 2k, antihubs: N = 0; Robin Hood = Σ |N - k| / (2 k n); Gini = Σᵢⱼ |N_i - N_j| / (2 n² k)',
  tex: String.raw`N_k(x) = |\{ y : x \in \mathrm{NN}_k(y) \}|, \qquad S = \frac{\frac1n \sum (N_k - k)^3}{\big(\frac1n \sum (N_k - k)^2\big)^{3/2}}`,
  citation:
    'Radovanović, Nanopoulos, Ivanović (2010). Hubs in space: popular nearest neighbors in high-dimensional data. JMLR 11; Feldbauer, Leodolter, Plant, Flexer (2018). Fast approximate hubness reduction for large high-dimensional data. ICBK',
  async run([input], { neighbours, metric }, context) {
    const { name, matrix } = input as Representation;
    const n = matrix.rows;
    const k = neighbours;
    const steps = [`${k} nearest rows by ${metric === 'inner' ? 'inner product' : metric}`, 'not centred', 'float64'];
    const warnings = [...duplicateRows({ name, matrix }), ...fewRows(n)];
    if (k >= n) {
      const why = `${k} nearest neighbours need at least ${k + 1} rows and there are ${n}. Choose fewer neighbours.`;
      return { values: NONE, steps, warnings: [...warnings, why] };
    }
    if (metric === 'cosine') warnings.push(...zeroRows({ name, matrix }));
    const { indices, tied } = await neighboursOf(matrix, k, metric, context);
    if (tied > 0)
      warnings.push(
        `For ${count(tied)} of ${count(n)} rows of ${name} the neighbour at place ${k} is tied: the lower row was taken, which makes hubs of low rows.`,
      );
    const counts = new Int32Array(n);
    for (const other of indices) counts[other] = (counts[other] as number) + 1;
    const found = summaryOf(counts, k);
    if (found.skewness === null) warnings.push('Every row is a neighbour equally often: there is no skewness.');
    const chance = skewnessByChance(n, k);
    return {
      values: found,
      chance: {
        ...(found.skewness !== null &&
          chance !== null && {
            skewness: { level: chance, how: 'binomial: every row takes k of the n - 1 others at random; closed form' },
          }),
      },
      tables: { hubs: hubsTable(counts, context), ...byLabel(counts, k, context) },
      figures: [occurrences(counts, k)],
      steps,
      reading: readingOf(name, found, k),
      warnings,
    } satisfies Outcome;
  },
});

function summaryOf(counts: Int32Array, k: number) {
  const n = counts.length;
  let [squares, cubes, apart, hubs, held, none, largest] = [0, 0, 0, 0, 0, 0, 0];
  for (const count of counts) {
    const d = count - k;
    squares += (d * d) / n;
    cubes += (d * d * d) / n;
    apart += Math.abs(d);
    if (count >= HUB * k) [hubs, held] = [hubs + 1, held + count];
    if (count === 0) none++;
    largest = Math.max(largest, count);
  }
  // Σᵢⱼ |Nᵢ - Nⱼ| of sorted counts.
  const sorted = counts.toSorted();
  const pairs = sorted.reduce((sum, count, i) => sum + 2 * (2 * i - n + 1) * count, 0);
  return {
    skewness: squares > 0 ? cubes / squares ** 1.5 : null,
    hubs: hubs / n,
    'hub-occurrence': held / (k * n),
    antihubs: none / n,
    'robin-hood': apart / (2 * k * n),
    gini: pairs / (2 * n * n * k),
    largest,
  };
}

/** Of a binomial distribution of n - 1 tries with chance k / (n - 1). */
function skewnessByChance(n: number, k: number): number | null {
  const p = k / (n - 1);
  return p < 1 ? (1 - 2 * p) / Math.sqrt((n - 1) * p * (1 - p)) : null;
}

function hubsTable(counts: Int32Array, context: Context): Table {
  const order = Array.from(counts.keys()).sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b);
  const listed = order.slice(0, LISTED);
  return rowTable(`The largest hubs (${count(listed.length)} of ${count(counts.length)} rows)`, context, listed, {
    'neighbour of': (i) => counts[i] as number,
  });
}

/** Whether the hubs are of one class. */
function byLabel(counts: Int32Array, k: number, { rows }: Context): { labels?: Table } {
  const classes = someClasses(rows, counts.length, 2);
  if (!classes) return {};
  const groups = classes.groups.map((places, c) => {
    const own = Array.from(places, (i) => counts[i] as number);
    return { label: classes.names[c] as string, size: own.length, own };
  });
  return {
    labels: {
      title: `Hubs by ${classes.label}`,
      columns: [classes.label, 'rows', 'mean occurrence', 'hubs', 'nobody’s neighbour'],
      rows: groups.map(({ label, size, own }) => [
        ...[label, size, own.reduce((sum, count) => sum + count, 0) / size],
        ...[own.filter((count) => count >= HUB * k).length, own.filter((count) => count === 0).length],
      ]),
    },
  };
}

function occurrences(counts: Int32Array, k: number): Line {
  const n = counts.length;
  const largest = counts.reduce((most, count) => Math.max(most, count), 0);
  // Bins of a whole number of occurrences.
  const width = Math.ceil((largest + 1) / BARS);
  const bins = Math.ceil((largest + 1) / width);
  const bars = new Array<number>(bins).fill(0);
  for (const count of counts) {
    const bin = Math.floor(count / width);
    bars[bin] = (bars[bin] as number) + 1;
  }
  const x = bars.map((_, bin) => bin * width + (width - 1) / 2);
  const p = k / (n - 1);
  // ln of the binomial chance of each number of occurrences, one from the other.
  const chance = new Array<number>(bins).fill(0);
  let log = (n - 1) * Math.log1p(-p);
  // All others are neighbours: every row is one n - 1 times, and no chance has a logarithm.
  if (p === 1) chance[bins - 1] = n;
  for (let m = 0; p < 1 && m <= largest && m <= n - 1; m++) {
    const bin = Math.floor(m / width);
    chance[bin] = (chance[bin] as number) + n * Math.exp(log);
    log += Math.log((n - 1 - m) / (m + 1)) + Math.log(p) - Math.log1p(-p);
  }
  return {
    ...{ id: 'occurrences', kind: 'line', title: 'How often a row is a neighbour' },
    caption: `Rows by the number of other rows that have them among their ${k} nearest${width > 1 ? `, ${width} numbers to a bar` : ''}; the mean is ${k}. By chance: every row takes its neighbours at random. A bar at 0 and a long tail to the right are hubness. Logarithmic: a row alone is seen.`,
    x: { label: `neighbour of so many rows (k = ${k})` },
    y: { label: 'rows', log: true, domain: [0.5, digits6(1.3 * Math.max(2, ...bars, ...chance)) ?? 2] },
    series: [
      { name: 'rows', x, y: bars, bars: true },
      { name: 'by chance', x, y: chance.map((value) => (value >= 0.5 ? digits6(value) : null)), dashed: true },
    ],
  };
}

function readingOf(name: string, found: ReturnType<typeof summaryOf>, k: number): string {
  if (found.skewness === null) return `In ${name} every row is a neighbour as often as any other.`;
  const antihubs = `${percent(found.antihubs)} of the rows are nobody's neighbour.`;
  if (found.hubs === 0)
    return `There are no hubs in ${name}: no row is among the ${k} nearest of ${HUB * k} or more, the most being ${found.largest} (skewness ${inWords(found.skewness)}); ${antihubs}`;
  const strong =
    found.skewness > 1.4 ? 'There are strong hubs' : found.skewness > 0.7 ? 'There are hubs' : 'Hubs are few and small';
  return `${strong} in ${name} (skewness ${inWords(found.skewness)}): ${percent(found.hubs)} of the rows hold ${percent(found['hub-occurrence'])} of all places among the ${k} nearest, the largest ${found.largest} of them, and ${antihubs}${found.skewness > 0.7 ? ' A search returns hubs too often, whatever is asked.' : ''}`;
}
