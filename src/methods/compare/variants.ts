import { z } from 'zod';
import type { Line } from '../../protocol/figures';
import type { Cell, Table } from '../../protocol/result';
import { defineMethod, type Method, type Outcome } from '../method';
import { digits6 } from '../shared/image';
import { inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { cutDown, type Measured, measured } from './measured';
import { VARIANTS, type Variant } from './variant-list';

const parameters = z.object({
  rows: z.int().min(4).max(100_000).default(1000).meta({
    title: 'Rows at most',
    description:
      'Of more, so many are drawn at random. To meet a number from elsewhere, take as many as it was made from.',
  }),
});

interface Found extends Measured {
  readonly variant: Variant;
}

/** Answers "why does my number differ?": one pair under every variant, with the tools that compute it so. */
export function variants(measures: readonly Method[]): Method {
  return defineMethod({
    id: 'variants',
    kind: 'compare',
    title: 'Why does my number differ?',
    summary:
      'One pair under every variant of the common measures, with what differs and the tools that compute it so under the same name.',
    blindTo: 'lists variants that are known to be in use, as the tools were when they were read',
    takes: 'pair',
    alone: true,
    parameters,
    values: [
      { key: 'cka', title: 'Linear CKA', range: [0, 1], better: 'higher', self: 1 },
      { key: 'variants', title: 'Variants that have a value', range: [0, null] },
    ],
    invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
    symmetric: true,
    cost: 'that of some 50 measures, on at most the rows that are asked for',
    formula: 'those of the measures listed',
    citation:
      'Klabunde, Schumacher, Strohmaier, Lemmerich (2025). Similarity of neural network models: a survey of functional and representational measures. ACM Computing Surveys 57. arXiv:2305.06329',
    async run(inputs, { rows }, context) {
      const cut = cutDown(inputs, { rows }, context);
      const found: Found[] = [];
      for (const [k, variant] of VARIANTS.entries()) {
        context.progress(k / VARIANTS.length, variant.differs);
        const measure = measures.find(({ id }) => id === variant.method);
        if (measure === undefined) throw new RangeError(`There is no measure ${variant.method}.`);
        const key = variant.value ?? measure.values[0]?.key ?? '';
        found.push({ variant, ...(await measured(measure, cut.matrices, cut.context, variant.parameters, key)) });
      }
      const missing = found.filter(({ value }) => value === null);
      const [first] = found;
      return {
        values: { cka: first?.value ?? null, variants: found.length - missing.length },
        ...(first?.level !== undefined && {
          chance: { cka: { level: first.level, how: 'Mean over all pairings of the rows, in closed form.' } },
        }),
        tables: { variants: table(found, measures) },
        figures: [spread(found)],
        steps: [...cut.steps, 'float64'],
        reading: reading(found),
        warnings: [
          ...inputs.flatMap(constantColumns),
          ...fewRows(cut.matrices[0].rows),
          ...missing.map(({ variant, why }) => `${variant.method} (${variant.differs}): ${why}`),
        ],
      } satisfies Outcome;
    },
  });
}

/** The values of the similarities, family by family, in the order of the table. */
function spread(found: readonly Found[]): Line {
  const families = [...new Set(found.map(({ variant }) => variant.family))];
  const series = families.flatMap((family) => {
    const own = [...found.entries()].filter(
      ([, { variant, value }]) => variant.family === family && !variant.of && value !== null && Math.abs(value) <= 1,
    );
    if (own.length === 0) return [];
    return [{ name: family, x: own.map(([k]) => k + 1), y: own.map(([, { value }]) => digits6(value as number)) }];
  });
  return {
    id: 'variants',
    kind: 'line',
    title: 'One pair, many numbers',
    caption: 'The values between −1 and 1 of the variants of each family, numbered as in the table.',
    x: { label: 'variant' },
    y: { label: 'value' },
    series,
  };
}

function table(found: readonly Found[], measures: readonly Method[]): Table {
  return {
    title: 'The same pair, computed as others do',
    columns: ['variant', 'family', 'measure', 'what differs', 'value', 'by chance', 'computed so by'],
    rows: found.map(({ variant, value, level }, i): Cell[] => [
      i + 1,
      variant.family,
      measures.find(({ id }) => id === variant.method)?.title ?? variant.method,
      variant.differs,
      value === null ? null : (variant.of?.(value) ?? value),
      variant.of || level === undefined ? null : level,
      variant.toolkits,
    ]),
  };
}

function reading(found: readonly Found[]): string {
  const family = (name: Variant['family'], similarity: boolean) =>
    found.flatMap(({ variant, value }) =>
      variant.family === name && value !== null && !(similarity && variant.of) ? [value] : [],
    );
  const span = (values: readonly number[]) => `${inWords(Math.min(...values))} to ${inWords(Math.max(...values))}`;
  const parts = (['CKA', 'CCA', 'RSA', 'Neighbours'] as const).flatMap((name) => {
    const values = family(name, true);
    return values.length > 1 ? [`${name} from ${span(values)}`] : [];
  });
  if (parts.length === 0) return 'None of the variants has a value for this pair.';
  return `For this one pair, what goes by the same name comes out differently: ${parts.join('; ')}.`;
}
