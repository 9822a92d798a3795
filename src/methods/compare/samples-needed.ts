import { z } from 'zod';
import { Random } from '../../linalg/random';
import type { Cell } from '../../protocol/result';
import { count } from '../../protocol/words';
import { defineMethod, type Method, type Outcome, type Representation } from '../method';
import { inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { type Curve, curveFigures, curveTable, mean, type Point, pointOf, reasons } from './curves';
import { cutDown, type Measured, measured, measuresOf, measuresParameter, rowsAt } from './measured';

const parameters = z.object({
  measures: measuresParameter('linear-cka,linear-cka-debiased'),
  within: z.number().gt(0).max(10).default(0.05).meta({
    title: 'Near enough',
    description: 'How far from the value of all rows that of fewer may be, on average over the draws.',
  }),
  repeats: z.int().min(1).max(200).default(10).meta({
    title: 'Repeats',
    description: 'Draws of rows of each size; bands are their 10th and 90th percentiles.',
  }),
});

/** How the value of a measure settles as there are more rows. */
export function samplesNeeded(measures: readonly Method[]): Method {
  return defineMethod({
    id: 'samples-needed',
    kind: 'compare',
    title: 'How many rows are needed',
    summary:
      'The value of measures on 16, 32, 64 and more rows (below 128 rows from 4 on) up to half and all, with its chance level, and from where on it is near that of all.',
    blindTo: 'knows nothing of rows that are not there: a value that still moves at all rows would go on moving',
    takes: 'pair',
    alone: true,
    parameters,
    values: [
      { key: 'rows', title: 'Rows from which on the value is near that of all', range: [0, null] },
      { key: 'half', title: 'Mean difference at half of the rows', range: [0, null] },
    ],
    invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
    symmetric: true,
    cost: 'that of the measures on about twice all rows, times the repeats',
    formula:
      'the least n with mean |m(X_S, Y_S) - m(X, Y)| <= near enough for |S| = n and all larger sizes, between sizes by log n, rounded up; rows S drawn without replacement. Values are of the first measure',
    tex: String.raw`\min\left\{n : \operatorname{mean}_{|S| = n'} |m(X_S, Y_S) - m(X, Y)| \le \varepsilon \ \text{for all } n' \ge n\right\}`,
    citation:
      'Murphy, Zylberberg, Fyshe (2024). Correcting biased centered kernel alignment measures in biological and artificial neural networks. arXiv:2405.01012',
    async run(inputs, { measures: chosen, within, repeats }, context) {
      const asked = measuresOf(measures, chosen);
      const { matrices, ...cut } = cutDown(inputs, { rows: Number.POSITIVE_INFINITY }, context);
      const [x, y] = matrices;
      const all = x.rows;
      context.reserve(8 * all * (x.columns + y.columns), 'the rows that are drawn');
      const sizes = sizesTo(all);
      const work = sizes.reduce((sum, size) => sum + (size === all ? size : repeats * size), 0);
      const found: Measured[][][] = asked.map(() => []);
      let done = 0;
      for (const size of sizes) {
        const draws: Measured[][] = asked.map(() => []);
        for (let r = 0; r < (size === all ? 1 : repeats); r++) {
          context.progress(done / work, `${size} rows, draw ${r + 1}`);
          const pair = size === all ? matrices : drawn(matrices, size, context.random.seed + 1 + r);
          const here = 'places' in pair ? { ...cut.context, rows: rowsAt(cut.context, pair.places) } : cut.context;
          for (const [m, measure] of asked.entries())
            draws[m]?.push(await measured(measure, 'places' in pair ? pair.matrices : pair, here));
          done += size;
        }
        for (const [m, each] of draws.entries()) found[m]?.push(each);
      }
      const curves = asked.map((measure, m): Curve => {
        const points = sizes.map((size, k) => pointOf(size, found[m]?.[k] ?? []));
        return { measure, points };
      });
      const why = asked.flatMap((measure, m) => (found[m] ?? []).flat().map((one) => [measure, one] as const));
      return outcome(curves, inputs as [Representation, Representation], { all, within, repeats }, [
        ...inputs.flatMap(constantColumns),
        ...fewRows(all),
        ...reasons(why),
      ]);
    },
  });
}

type Matrices = ReturnType<typeof cutDown>['matrices'];

function drawn([x, y]: Matrices, size: number, seed: number) {
  const places = new Random(seed).sample(x.rows, size).sort();
  return { places, matrices: [x.takeRows(places), y.takeRows(places)] as const };
}

/** Fewer rows are not drawn. */
const FEWEST = 4;

/** 16, 32, 64, ..., half and all; of few rows from 4 on. */
function sizesTo(all: number): number[] {
  const least = all >= 128 ? 16 : FEWEST;
  const half = Math.round(all / 2);
  const sizes: number[] = [];
  for (let size = least; size <= all / 3; size *= 2) sizes.push(size);
  return [...sizes, ...(half >= least ? [half] : []), all];
}

interface Settled {
  /** Null where the value of all rows is not there, or none of half of them to hold against it. */
  readonly rows: number | null;
  /** Half of the rows are not near enough: it may not have settled at all. */
  readonly open: boolean;
  readonly half: number | null;
}

/** From how many rows on the curve stays near its end. */
function settled({ points }: Curve, within: number): Settled {
  const end = points.at(-1);
  if (end?.value == null) return { rows: null, open: true, half: null };
  const off = points.map((point) => ({ x: point.x, mean: difference(point, end.value as number) }));
  const half = off.at(-2)?.mean ?? null;
  if (half === null) return { rows: null, open: true, half };
  const last = off.findLastIndex((point) => point.mean === null || point.mean > within);
  const [before, after] = [off[last], off[last + 1]];
  if (after === undefined || before?.mean == null)
    return { rows: after?.x ?? null, open: last === off.length - 2, half };
  const share = (before.mean - within) / (before.mean - (after.mean as number));
  const between = Math.ceil(Math.exp(Math.log(before.x) + share * Math.log(after.x / before.x)));
  return { rows: Math.min(between, after.x), open: last === off.length - 2, half };
}

function difference({ drawn: values }: Point, from: number): number | null {
  return mean(values.map((value) => Math.abs(value - from)));
}

function outcome(
  curves: readonly Curve[],
  [a, b]: readonly [Representation, Representation],
  { all, within, repeats }: { readonly all: number; readonly within: number; readonly repeats: number },
  warnings: readonly string[],
): Outcome {
  const found = curves.map((curve) => ({ curve, ...settled(curve, within) }));
  const [first] = found;
  const rows: Cell[][] = found.map(({ curve, rows, half }) => {
    const end = curve.points.at(-1);
    return [curve.measure.title, end?.value ?? null, end?.level ?? null, rows, half];
  });
  return {
    values: { rows: first?.rows ?? null, half: first?.half ?? null },
    tables: {
      needed: {
        title: `Rows from which on the value stays within ${within} of that of all ${all}`,
        columns: [
          'measure',
          `value of ${count(all)} rows`,
          'chance',
          'rows needed',
          'mean difference at half of the rows',
        ],
        rows,
      },
      curves: curveTable('Values by number of rows', 'rows', curves),
    },
    figures: curveFigures(
      'rows',
      {
        title: 'Values by number of rows',
        caption: `${a.name} and ${b.name} on rows drawn at random, ${repeats} ${repeats === 1 ? 'draw' : 'draws'} of each size, the same for every measure. Dashed: chance, where it has a closed form. A value that falls towards another as rows are added was raised by their fewness.`,
        x: 'rows',
        log: true,
      },
      curves,
      null,
    ),
    steps: ['float64', `${repeats} ${repeats === 1 ? 'draw' : 'draws'} of rows of each size, without replacement`],
    ...(first?.rows != null && { reading: found.flatMap((one) => sentence(one, all, within)).join(' ') }),
    warnings: [...warnings, ...(first?.rows === null ? [nothing(first.curve, all)] : []), ...stillMoving(found, all)],
  };
}

function sentence({ curve, rows, open }: Settled & { readonly curve: Curve }, all: number, within: number): string[] {
  const { title } = curve.measure;
  const value = curve.points.at(-1)?.value;
  if (rows === null || value == null) return [];
  if (open)
    return [
      `${title} (${inWords(value)}) has not settled: on half of the ${count(all)} rows it is more than ${within} away on average.`,
    ];
  const first = curve.points[0]?.x === rows ? 'already on ' : 'from about ';
  return [
    `${title} stays within ${within} of its value of ${count(all)} rows (${inWords(value)}) ${first}${count(rows)} rows${first === 'from about ' ? ' on' : ''}.`,
  ];
}

function nothing({ measure: { title }, points }: Curve, all: number): string {
  if (points.at(-1)?.value == null)
    return `${title} of all rows cannot be computed, so there is nothing to be near to.`;
  if (points.length === 1)
    return `${all} rows are too few to try fewer: half of them are to be ${FEWEST} or more, which takes ${2 * FEWEST - 1} rows.`;
  return `${title} of half of the ${count(all)} rows cannot be computed, so from where on it is near that of all is not known.`;
}

function stillMoving(found: readonly (Settled & { readonly curve: Curve })[], all: number): string[] {
  const open = found.filter((one) => one.open && one.rows !== null);
  if (open.length === 0) return [];
  const names = open.map(({ curve }) => curve.measure.title).join(', ');
  return [`${names}: ${all} rows may be too few; the value still moves with their number.`];
}
