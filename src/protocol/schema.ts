import * as z from 'zod';
import type { AnalysisRequest } from './analysis';
import type { Comparison, Result } from './result';
import type { Study } from './study';

/** `.sextant` documents come from anywhere: everything in them is checked before anything is drawn. */
const count = z.int().min(0);
const text = z.string();
const nullable = z.number().nullable();
/** Long lists are checked by a plain loop, many times faster than a schema per number. */
const numbers = z.custom<readonly number[]>(
  (list) => Array.isArray(list) && list.every(Number.isFinite),
  'not numbers',
);
const gaps = z.custom<readonly (number | null)[]>(
  (list) => Array.isArray(list) && list.every((x) => x === null || Number.isFinite(x)),
  'neither numbers nor null',
);
const cells = z.custom<readonly (string | number | null)[]>(
  (list) => Array.isArray(list) && list.every((x) => x === null || typeof x === 'string' || Number.isFinite(x)),
  'neither numbers nor texts nor null',
);
const rows = z.tuple([count, count]).exactOptional();
const reduce = z.enum(['flatten', 'mean']).exactOptional();
const parameters = z.record(text, z.unknown());

const labels = z.object({
  path: text.min(1),
  tensor: text.exactOptional(),
  column: text.exactOptional(),
  expression: text.exactOptional(),
});
/** How a file is read: the same in a request and in the record of what was used. */
const reading = {
  reduce,
  columns: z.union([text, z.array(text)]).exactOptional(),
  query: text.exactOptional(),
  raw: text.exactOptional(),
  rows,
  ids: labels.exactOptional(),
  model: z
    .object({
      data: z.array(z.object({ input: text.exactOptional(), path: text.min(1), tensor: text.exactOptional() })).min(1),
      reduce: z.enum(['flatten', 'mean', 'max', 'first', 'last']).exactOptional(),
      preparation: parameters.exactOptional(),
    })
    .exactOptional(),
};
const input = z.object({ path: text.min(1), tensor: text.exactOptional(), ...reading });
const choice = z.object({ method: text, parameters: parameters.exactOptional(), on: z.literal(1).exactOptional() });
const colour = z.union([labels, z.object({ method: text, column: text }), z.literal('none')]);
const spread = z.enum(['even', 'log', 'rank']);

const pairings = { permutations: count.exactOptional(), within: z.boolean().exactOptional() };
const uncertainty = {
  ...pairings,
  resample: z.object({ kind: z.enum(['bootstrap', 'subsample']), count }).exactOptional(),
};
const study = z.object({
  groups: z.union([z.object({ table: labels }), z.object({ pattern: text })]).exactOptional(),
  scores: labels.exactOptional(),
  permutations: count.exactOptional(),
});

export const requestSchema = z
  .object({
    inputs: z.array(input).min(1),
    labels: labels.exactOptional(),
    methods: z.array(choice),
    overview: choice.exactOptional(),
    study: study.exactOptional(),
    workbench: text.exactOptional(),
    gallery: labels.exactOptional(),
    colour: colour.exactOptional(),
    colourSpread: spread.exactOptional(),
    size: colour.exactOptional(),
    sizeSpread: spread.exactOptional(),
    pair: z.tuple([count, count]).exactOptional(),
    seed: count,
    sample: count.exactOptional(),
    ...uncertainty,
  })
  .refine(
    ({ inputs, pair }) => !pair || Math.max(...pair) < inputs.length,
    'the pair in focus is not among the inputs',
  );

const record = z.object({
  path: text.min(1),
  tensor: text.nullable(),
  shape: z.array(count),
  dtype: text,
  sha256: text,
  used: z.tuple([count, count]),
  prepared: parameters.exactOptional(),
  from: z.array(text).exactOptional(),
  ...reading,
});

const figureBase = { id: text, title: text, caption: text.exactOptional() };
const axis = z.object({ label: text, ticks: z.array(text).exactOptional() });
const range = z.tuple([z.number(), z.number()]);

const heatmap = z.object({
  ...figureBase,
  kind: z.literal('heatmap'),
  panels: z.array(
    z
      .object({
        ...{ title: text, rows: axis, columns: axis, shape: z.tuple([count, count]), values: gaps },
        marks: z.array(z.object({ row: count, column: count, label: text })).exactOptional(),
      })
      .refine(({ shape, values }) => shape[0] * shape[1] === values.length, 'a heatmap has not as many values as cells')
      .refine(
        ({ shape, marks = [] }) => marks.every(({ row, column }) => row < shape[0] && column < shape[1]),
        'a marked cell of a heatmap is not there',
      ),
  ),
  scale: z.object({
    label: text,
    kind: z.enum(['sequential', 'diverging']),
    domain: range,
    chance: z.number().exactOptional(),
    decimals: z.int().min(0).max(8).exactOptional(),
  }),
});

const pointLabels = z.discriminatedUnion('kind', [
  z
    .object({ kind: z.literal('category'), name: text, categories: z.array(text), index: numbers })
    .refine(
      ({ categories, index }) => index.every((i) => i < categories.length),
      'a label is not among the categories',
    ),
  z.object({ kind: z.literal('number'), name: text, values: gaps }),
]);
const scatter = z
  .object({
    ...figureBase,
    kind: z.literal('scatter'),
    panels: z.array(
      z.object({
        ...{ title: text, x: axis, y: axis, xs: numbers, ys: numbers },
        on: count.exactOptional(),
        disc: numbers.exactOptional(),
      }),
    ),
    rows: numbers,
    names: z.array(text).exactOptional(),
    labels: pointLabels.exactOptional(),
  })
  .refine(({ panels, rows, names, labels }) => {
    const lists = [...panels.flatMap(({ xs, ys }) => [xs, ys]), names ?? rows];
    if (labels) lists.push(labels.kind === 'category' ? labels.index : labels.values.map(() => 0));
    return lists.every((list) => list.length === rows.length);
  }, 'a scatter has not as many values as points');

const line = z.object({
  ...figureBase,
  kind: z.literal('line'),
  x: axis.extend({ log: z.boolean().exactOptional() }),
  y: axis.extend({ domain: range.exactOptional(), log: z.boolean().exactOptional() }),
  series: z.array(
    z
      .object({
        name: text,
        x: numbers,
        y: gaps,
        low: numbers.exactOptional(),
        high: numbers.exactOptional(),
        dashed: z.boolean().exactOptional(),
        of: text.exactOptional(),
        bars: z.boolean().exactOptional(),
      })
      .refine(
        ({ x, y, low = x, high = x }) => [y, low, high].every((list) => list.length === x.length),
        'a line has not as many heights as places',
      ),
  ),
  references: z.array(z.object({ y: z.number(), label: text })).exactOptional(),
});

const tree = z
  .object({
    ...figureBase,
    kind: z.literal('tree'),
    leaves: z.array(text),
    order: numbers,
    merges: z.array(z.object({ left: count, right: count, height: z.number() })),
    height: axis,
  })
  .refine(({ leaves, order, merges }) => {
    const each = (list: readonly number[], size: number) =>
      list.length === size &&
      new Set(list).size === size &&
      list.every((i) => Number.isInteger(i) && i >= 0 && i < size);
    const parts = merges.flatMap(({ left, right }) => [left, right]);
    const earlier = merges.every(({ left, right }, k) => Math.max(left, right) < leaves.length + k);
    return each(order, leaves.length) && each(parts, Math.max(0, 2 * leaves.length - 2)) && earlier;
  }, 'the merges of a tree do not make one of its leaves');

const table = z.object({
  title: text.exactOptional(),
  columns: z.array(text),
  rows: z.array(cells),
});

const chance = z.record(
  text,
  z.object({
    level: z.number(),
    sd: z.number().exactOptional(),
    z: z.number().exactOptional(),
    p: z.number().exactOptional(),
    of: z.literal(['conditions', 'rows within classes']).exactOptional(),
    how: text,
  }),
);
const figures = z.array(z.discriminatedUnion('kind', [heatmap, scatter, line, tree]));

export const resultSchema = z.object({
  method: text,
  version: text,
  seed: count,
  sample: count.exactOptional(),
  ...uncertainty,
  seconds: z.number(),
  inputs: z.array(record),
  labels: labels.exactOptional(),
  parameters,
  values: z.record(text, nullable),
  chance,
  intervals: z.record(text, z.object({ low: z.number(), high: z.number(), level: z.number(), how: text })),
  tables: z.record(text, table),
  figures,
  steps: z.array(text),
  reading: text.nullable(),
  warnings: z.array(text),
});

const grid = z.array(gaps);
const calibration = z.object({
  permutations: count,
  ...{ level: grid, sd: grid, z: grid, p: grid, pMax: grid, q: grid, calibrated: grid },
  how: text,
});

export const comparisonSchema = z
  .object({
    version: text,
    seed: count,
    sample: count.exactOptional(),
    ...pairings,
    labels: labels.exactOptional(),
    seconds: z.number(),
    inputs: z.array(record),
    against: z.array(record).exactOptional(),
    measures: z.record(
      text,
      z.object({
        matrix: z.array(gaps),
        value: text,
        chance: z.array(gaps).exactOptional(),
        sd: z.array(gaps).exactOptional(),
        calibration: calibration.exactOptional(),
        parameters,
      }),
    ),
    steps: z.array(text).exactOptional(),
    warnings: z.array(text),
  })
  .refine(({ inputs, against = inputs, measures }) => {
    const fits = (m: readonly (readonly unknown[])[]) =>
      m.length === inputs.length && m.every((row) => row.length === against.length);
    return Object.values(measures).every(({ matrix, chance = matrix, sd = matrix, calibration }) => {
      const { permutations: _, how: __, ...drawn } = calibration ?? { permutations: 0, how: '' };
      return [matrix, chance, sd, ...Object.values(drawn)].every(fits);
    });
  }, 'a matrix has not a row and a column for each input');

export const studySchema = z.object({
  ...{ version: text, seed: count, sample: count.exactOptional(), seconds: z.number() },
  labels: labels.exactOptional(),
  ...{ inputs: z.array(record), measure: text, parameters, asked: study },
  runs: z.array(z.object({ name: text, path: text, layers: z.array(text), group: text.nullable(), score: nullable })),
  sections: z.array(
    z.object({
      ...{ id: text, title: text, about: text, titles: z.record(text, text), missing: text.nullable() },
      ...{ values: z.record(text, nullable), chance, tables: z.record(text, table), figures },
      ...{ reading: text.nullable(), warnings: z.array(text) },
    }),
  ),
  ...{ steps: z.array(text), warnings: z.array(text) },
});

/** Results are checked one by one, with the schemas above: a document may be long. */
export const analysisSchema = z.object({
  format: z.literal('sextant-analysis'),
  formatVersion: z.literal(1),
  version: text,
  request: requestSchema,
  results: z.array(z.unknown()),
  comparisons: z.array(z.unknown()),
  studies: z.array(z.unknown()).exactOptional(),
});

/** A type that the schema does not read is an error here, not a document that does not open again. */
type Plain<T> = T extends object ? { -readonly [K in keyof T]: Plain<T[K]> } : T;
type Reads<T extends Plain<z.output<typeof requestSchema>>> = T;
type ReadsResult<T extends Plain<z.output<typeof resultSchema>>> = T;
type ReadsStudy<T extends Plain<z.output<typeof studySchema>>> = T;
type ReadsComparison<T extends Plain<z.output<typeof comparisonSchema>>> = T;
export type Readable = [
  Reads<Plain<AnalysisRequest>>,
  ReadsResult<Plain<Result>>,
  ReadsComparison<Plain<Comparison>>,
  ReadsStudy<Plain<Study>>,
];
