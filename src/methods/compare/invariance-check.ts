import { z } from 'zod';
import type { Matrix } from '../../linalg/matrix';
import type { Figure } from '../../protocol/figures';
import type { Cell, Table } from '../../protocol/result';
import { type Context, defineMethod, isSymmetric, type Method, type Outcome } from '../method';
import { digits6 } from '../shared/image';
import { constantColumns, fewRows } from '../shared/warnings';
import { cutDown, type Measured, measured, measuresOf, measuresParameter } from './measured';
import { transformations } from './transformations';

const parameters = z.object({
  measures: measuresParameter('recommended'),
  tolerance: z.number().gt(0).max(0.1).default(1e-7).meta({
    title: 'Tolerance',
    description:
      'A value counts as unchanged within this difference, relative to the value where that is above 1, or of any size and without an end, as HSIC.',
  }),
  rows: z
    .int()
    .min(4)
    .max(100_000)
    .default(300)
    .meta({ title: 'Rows at most', description: 'Of more, so many are drawn at random.' }),
  units: z
    .int()
    .min(2)
    .max(10_000)
    .default(64)
    .meta({ title: 'Units at most', description: 'Of more, so many are drawn at random.' }),
});

/** One measure against one change. */
export interface Change {
  readonly title: string;
  readonly before: Measured;
  readonly after: Measured;
  /** Null where one of the two could not be computed. */
  readonly unchanged: boolean | null;
  readonly declared: boolean;
}

export interface Checked {
  readonly measure: Method;
  readonly changes: readonly Change[];
  readonly self: Measured;
}

/** Asks of every measure, on the person's own data, what it does not see. */
export function invarianceCheck(measures: readonly Method[]): Method {
  return defineMethod({
    id: 'invariance-check',
    kind: 'compare',
    title: 'Invariance check',
    summary:
      'Changes the first representation in ways that some measures do not see, and tabulates what each measure makes of it.',
    blindTo:
      'one change of each kind, on a sample of large inputs: what it finds unchanged it does not prove unchanged',
    takes: 'pair',
    alone: true,
    parameters,
    values: [
      { key: 'contradictions', title: 'Declared, but found changed', range: [0, null], self: 0 },
      { key: 'unchanged', title: 'Unchanged values', range: [0, null] },
      { key: 'changed', title: 'Changed values', range: [0, null] },
    ],
    invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'column-scaling', 'linear', 'sign'],
    symmetric: true,
    cost: 'ten times that of the measures, on at most the rows and units that are asked for',
    formula: '|m(T(X), Y) - m(X, Y)| <= tolerance max(1, |m(X, Y)|), one seeded T of each kind; m(Y, X); m(X, X)',
    tex: String.raw`\left|m(T(X), Y) - m(X, Y)\right| \le \varepsilon \max(1, |m(X, Y)|)`,
    citation:
      'Klabunde, Schumacher, Strohmaier, Lemmerich (2025). Similarity of neural network models: a survey of functional and representational measures. ACM Computing Surveys 57. arXiv:2305.06329',
    async run(inputs, { measures: chosen, tolerance, rows, units }, context) {
      const asked = measuresOf(measures, chosen);
      const cut = cutDown(inputs, { rows, units }, context);
      const moved = await movedCopies(cut.matrices[0], context);
      const checked: Checked[] = [];
      for (const [k, measure] of asked.entries()) {
        context.signal.throwIfAborted();
        context.progress(k / asked.length, measure.title);
        checked.push(await check(measure, cut.matrices, moved, tolerance, cut.context));
      }
      return outcome(checked, tolerance, inputs[0]?.name ?? '', {
        steps: [
          ...cut.steps,
          'float64',
          ...transformations.map(({ title, what }) => `${title.toLowerCase()}: ${what}`),
        ],
        warnings: [...inputs.flatMap(constantColumns), ...fewRows(cut.matrices[0].rows)],
      });
    },
  });
}

/** The first representation, changed in each way. */
export async function movedCopies(x: Matrix<Float64Array>, context: Context): Promise<readonly Matrix[]> {
  context.reserve(8 * transformations.length * x.data.length, 'changed copies of the first input');
  const moved: Matrix[] = [];
  for (const [k, { apply }] of transformations.entries()) {
    context.signal.throwIfAborted();
    moved.push(await apply(x, context.random.seed + 101 * (k + 1), context));
  }
  return moved;
}

/** The value of a measure before and after each change, of the exchanged pair, and of the first with itself. */
export async function check(
  measure: Method,
  [x, y]: readonly [Matrix, Matrix],
  moved: readonly Matrix[],
  tolerance: number,
  context: Context,
  values: Readonly<Record<string, unknown>> = {},
): Promise<Checked> {
  const before = await measured(measure, [x, y], context, values);
  const changes: Change[] = [];
  for (const [k, { invariance, title }] of transformations.entries()) {
    const after = await measured(measure, [moved[k] as Matrix, y], context, values);
    const declared = measure.invariances.includes(invariance);
    changes.push({ title, before, after, unchanged: same(measure, before, after, tolerance), declared });
  }
  const after = await measured(measure, [y, x], context, values);
  const swap = { title: 'Exchange', before, after, unchanged: same(measure, before, after, tolerance) };
  changes.push({ ...swap, declared: isSymmetric(measure, measure.parameters.parse(values)) });
  return { measure, changes, self: await measured(measure, [x, x], context, values) };
}

function same(measure: Method, { value: a }: Measured, { value: b }: Measured, tolerance: number): boolean | null {
  return a === null || b === null ? null : Math.abs(a - b) <= tolerance * sizeOf(measure, a);
}

/** What a difference is held against: of a value without an end, such as HSIC, the units of the data alone say what is much. */
function sizeOf({ values: [first] }: Method, value: number): number {
  const unit = first?.self === undefined && first?.range[1] === null ? 0 : 1;
  return Math.max(unit, Math.abs(value));
}

function outcome(
  checked: readonly Checked[],
  tolerance: number,
  name: string,
  notes: { readonly steps: readonly string[]; readonly warnings: readonly string[] },
): Outcome {
  const all = checked.flatMap(({ measure, changes }) => changes.map((change) => ({ measure, ...change })));
  const count = (of: (change: Change) => boolean) => all.filter(of).length;
  const broken = all.filter(({ declared, unchanged }) => declared && unchanged === false);
  const missing = checked.flatMap(({ measure, changes, self }) => {
    const why = [changes[0]?.before, ...changes.map(({ after }) => after), self].find(
      (one) => one?.value === null,
    )?.why;
    return why === undefined ? [] : [`${measure.title}: ${why}`];
  });
  const values = {
    contradictions: broken.length,
    unchanged: count(({ unchanged }) => unchanged === true),
    changed: count(({ unchanged }) => unchanged === false),
  };
  return {
    values,
    tables: { invariances: pattern(checked, tolerance), changes: changesTable(checked) },
    figures: [figure(checked)],
    steps: notes.steps,
    reading:
      broken.length === 0
        ? `On ${name} every measure was unchanged by what it declares (${values.unchanged} values unchanged, ${values.changed} changed).`
        : `On ${name} ${broken.length} declared ${broken.length === 1 ? 'invariance was' : 'invariances were'} not found: ${broken.map(({ measure, title }) => `${measure.title}, ${title.toLowerCase()}`).join('; ')}. Near ties or very small values can do that; look at the differences.`,
    warnings: [...notes.warnings, ...missing],
  };
}

const mark = (unchanged: boolean | null) => (unchanged === null ? null : unchanged ? 'y' : '–');

function pattern(checked: readonly Checked[], tolerance: number): Table {
  return {
    title: `Unchanged (y) or not (–), to ${tolerance}`,
    columns: ['measure', ...transformations.map(({ title }) => title), 'Exchange', 'with itself'],
    rows: checked.map(({ measure, changes, self }) => [
      measure.title,
      ...changes.map(({ unchanged }) => mark(unchanged)),
      self.value,
    ]),
  };
}

function changesTable(checked: readonly Checked[]): Table {
  const rows = checked.flatMap(({ measure, changes }) =>
    changes.map(({ title, before, after, unchanged, declared }): Cell[] => [
      ...[measure.id, title, before.value, after.value, difference(before, after)],
      ...[mark(unchanged), mark(declared)],
    ]),
  );
  const columns = ['measure', 'change', 'before', 'after', 'difference', 'unchanged', 'declared'];
  return { title: 'Values before and after each change', columns, rows };
}

function difference({ value: a }: Measured, { value: b }: Measured): number | null {
  return a === null || b === null ? null : b - a;
}

/** Below this a relative difference is the rounding of doubles, and none is drawn as it. */
const NONE = -16;

function figure(checked: readonly Checked[]): Figure {
  const titles = checked[0]?.changes.map(({ title }) => title) ?? [];
  const powers = checked.flatMap(({ measure, changes }) =>
    changes.map(({ before, after }) => {
      const change = difference(before, after);
      if (change === null) return null;
      const relative = change === 0 ? 0 : Math.abs(change) / sizeOf(measure, before.value as number);
      return digits6(relative > 10 ** NONE ? Math.log10(relative) : NONE);
    }),
  );
  const largest = powers.reduce((most: number, power) => Math.max(most, power ?? NONE), 0);
  return {
    id: 'changes',
    kind: 'heatmap',
    title: 'How much each change moves each measure',
    caption: `Power of ten of the difference, relative to the value where that is above 1 or without an end; −${-NONE} stands for no difference. Around −16 to −9 is rounding: the measure does not see the change.`,
    panels: [
      {
        title: '',
        rows: { label: 'measure', ticks: checked.map(({ measure }) => measure.title) },
        columns: { label: 'change of the first representation', ticks: titles },
        shape: [checked.length, titles.length],
        values: powers,
      },
    ],
    scale: { label: 'log10 of the difference', kind: 'sequential', domain: [NONE, largest] },
  };
}
