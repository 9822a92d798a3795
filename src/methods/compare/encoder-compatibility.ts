import { z } from 'zod';
import { normaliseInDouble } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { type Classes, classesOf } from '../shared/classes';
import { frameBytes } from '../shared/equiangular';
import { zeroRows } from '../shared/warnings';
import {
  type AdapterName,
  adapterNames,
  fitAdapter,
  headParameter,
  headWords,
  keepsFirst,
  unitsParameter,
} from './adapters';
import { answer, classFigure, classTable, pairTable, testsFigure, versionTable } from './compatibility-report';
import {
  type Alignment,
  compatibilityScores,
  higherOrderContrast,
  inequalities,
  type Labelled,
  type Searched,
  type Sides,
  type Split,
  searches,
  splitClasses,
} from './compatibility-tests';

const parameters = z.object({
  test: z.enum(['templates', 'nearest']).default('templates').meta({
    title: 'Search',
    description:
      'templates: a query is given the class whose mean gallery row is nearest by cosine; nearest: that of the nearest gallery row.',
  }),
  adapter: z.enum(adapterNames).default('simplex').meta({
    title: 'Adapter',
    description:
      'A linear map (triplet: an affine one) fitted to the gallery rows of each version, tested beside the versions as they are. simplex: onto the vertices of one regular simplex; equiangular: onto as many vectors in any number of units; harmonic: onto the class templates of the first version (mean rows, scaled to length 1), whose rows stay as they are; triplet: on from there by triplets of rows of both (semi-hard, 60 steps); procrustes: rotated onto the first version, without classes.',
  }),
  ridge: z.number().min(0).max(1e6).default(1).meta({
    title: 'Ridge penalty',
    description: 'Of all adapters but procrustes, on rows of length 1; 0: least squares.',
  }),
  units: unitsParameter,
  head: headParameter,
  'gallery-share': z.number().min(0.01).max(0.99).default(0.5).meta({
    title: 'Share of the gallery',
    description: 'Of the rows of each class; the others are the queries.',
  }),
  split: z.enum(['random', 'first']).default('random').meta({
    title: 'Gallery rows',
    description: 'random: drawn by the seed within each class; first: the first of each class in the file.',
  }),
});
type Choice = z.output<typeof parameters>;

/** Queries, and gallery rows, whose distances are compared pair by pair. */
const COMPARED = 1000;

export const encoderCompatibility = defineMethod({
  id: 'encoder-compatibility',
  kind: 'compare',
  title: 'Encoder compatibility',
  summary:
    'Whether a new version of an encoder can search what an older one has indexed, for every pair of versions, as they are and with an adapter.',
  blindTo: 'knows search by class only; an adapter may fail on classes that it was not fitted to',
  takes: 'many',
  labels: 'required',
  parameters,
  values: [
    { key: 'average-compatibility', title: 'Average compatibility (AC)', range: [0, 1], better: 'higher' },
    { key: 'average-accuracy', title: 'Average accuracy (AA)', range: [0, 1], better: 'higher' },
    { key: 'adapted-compatibility', title: 'AC with the adapter', range: [0, 1], better: 'higher' },
    { key: 'adapted-accuracy', title: 'AA with the adapter', range: [0, 1], better: 'higher' },
    { key: 'oldest', title: 'Accuracy of the first version in its own gallery', range: [0, 1], better: 'higher' },
    { key: 'newest-on-oldest', title: 'Accuracy of the last version in that gallery', range: [0, 1], better: 'higher' },
    { key: 'newest', title: 'Accuracy of the last version in its own gallery', range: [0, 1], better: 'higher' },
  ],
  invariances: ['scaling'],
  symmetric: false,
  cost: 'O(T² n K p) for T versions and K classes; by nearest rows O(T² n² p)',
  formula:
    'M[t, k] = share of the queries of version t whose nearest class template (mean of rows of length 1, scaled to length 1) in the gallery of version k is their own; AC = share of t > k with M[t, k] > M[k, k]; AA = mean of M[t, k] over t ≥ k. Inputs from the oldest version to the newest',
  tex: String.raw`\mathrm{AC} = \frac{2}{T(T-1)} \sum_{t > k} \mathbb{1}[M_{tk} > M_{kk}], \qquad \mathrm{AA} = \frac{2}{T(T+1)} \sum_{t \ge k} M_{tk}`,
  citation:
    'Biondi, Pernici, Ricci, Del Bimbo (2024). Stationary representations: optimally approximating compatibility and implications for improved model replacements. CVPR. arXiv:2405.02581; Shen, Xiong, Xia, Soatto (2020). Towards backward-compatible representation learning. CVPR',
  async run(inputs, chosen, context) {
    const versions = inputs as readonly Representation[];
    const rows = versions[0]?.matrix.rows ?? 0;
    const classes = classesOf(context.rows, rows, 2);
    const split = splitClasses(classes, chosen['gallery-share'], chosen.split, context.random);
    const units = versions.reduce((sum, { matrix }) => sum + matrix.columns, 0);
    context.reserve(8 * (3 * rows * units + 2 * COMPARED ** 2), 'rows of length 1 and their distances');
    if (chosen.adapter === 'equiangular')
      context.reserve(frameBytes(classes.names.length, chosen.units), 'a vector for each class');
    const plain = versions.map(({ matrix }) => sidesOf(matrix, classes, split));
    const raw = await testAll(plain, classes, chosen.test, context, 0);
    const adapted =
      chosen.adapter === 'none'
        ? null
        : await testAll(
            await adaptAll(plain, classes, chosen, chosen.adapter, context),
            classes,
            chosen.test,
            context,
            0.5,
          );
    const scores = compatibilityScores(raw.tests);
    const better = adapted && compatibilityScores(adapted.tests);
    const last = versions.length - 1;
    const closer = await alignments(plain, context);
    const names = versions.map(({ name }) => name);
    const missing = raw.tests.flat().filter((value) => value === null).length;
    return {
      values: {
        'average-compatibility': scores.compatibility,
        'average-accuracy': scores.accuracy,
        'adapted-compatibility': better?.compatibility ?? null,
        'adapted-accuracy': better?.accuracy ?? null,
        oldest: raw.tests[0]?.[0] ?? null,
        'newest-on-oldest': raw.tests[last]?.[0] ?? null,
        newest: raw.tests[last]?.[last] ?? null,
      },
      tables: {
        pairs: pairTable(names, raw, adapted, closer, chosen.adapter),
        versions: versionTable(names, plain, raw, adapted, classes),
        classes: classTable(names, plain, raw, adapted, classes),
      },
      figures: [
        testsFigure(names, raw.tests, adapted?.tests ?? null, chosen.adapter, classes),
        classFigure(names, plain, raw, adapted, chosen.adapter, classes),
      ],
      steps: [
        'rows of length 1',
        `${split.gallery.length} gallery rows and ${split.query.length} queries of ${classes.names.length} classes of "${classes.label}"${chosen.split === 'random' ? ', drawn by the seed' : ''}`,
        ...(adapted
          ? [`${chosen.adapter} adapter fitted to the gallery rows${headWords(chosen.adapter, chosen.head)}`]
          : []),
        ...(Math.max(split.gallery.length, split.query.length) > COMPARED
          ? [`distances compared for the first ${COMPARED} queries and gallery rows`]
          : []),
        'float64',
      ],
      reading: answer(names, raw, adapted, chosen.adapter, split),
      warnings: [
        ...classes.left,
        ...versions.flatMap(zeroRows),
        ...(missing > 0 ? [otherUnits(versions)] : []),
        ...(adapted ? [] : ['No adapter was asked for, so its values are empty.']),
        ...(split.query.length < 100
          ? [
              `${split.query.length} queries tell versions apart only where they differ much: read the intervals of the pairs.`,
            ]
          : []),
      ],
    } satisfies Outcome;
  },
});

function sidesOf(matrix: Matrix, { of }: Classes, { query, gallery }: Split): Sides {
  const side = (places: Int32Array): Labelled => ({
    rows: normaliseInDouble(matrix.takeRows(places)).matrix,
    of: places.map((place) => of[place] as number),
  });
  return { query: side(query), gallery: side(gallery) };
}

async function testAll(
  versions: readonly Sides[],
  { names }: Classes,
  test: Choice['test'],
  context: Context,
  done: number,
): Promise<Searched> {
  const hits: (Uint8Array | null)[][] = [];
  for (const [t, { query }] of versions.entries()) {
    context.progress(done + (0.5 * t) / versions.length, `Searching with version ${t + 1} of ${versions.length}`);
    const row: (Uint8Array | null)[] = [];
    for (const { gallery } of versions.slice(0, t + 1))
      row.push(
        gallery.rows.columns === query.rows.columns
          ? await searches(query, gallery, names.length, test, context)
          : null,
      );
    hits.push(row);
  }
  const share = (found: Uint8Array) => found.reduce((sum, hit) => sum + hit, 0) / found.length;
  return { hits, tests: hits.map((row) => row.map((found) => found && share(found))) };
}

async function adaptAll(
  versions: readonly Sides[],
  { names }: Classes,
  chosen: Choice,
  adapter: Exclude<AdapterName, 'none'>,
  context: Context,
): Promise<Sides[]> {
  const first = (versions[0] as Sides).gallery;
  const adapted: Sides[] = [];
  for (const [t, { query, gallery }] of versions.entries()) {
    context.signal.throwIfAborted();
    // What all others are brought to stays as it is.
    if (t === 0 && keepsFirst(adapter)) adapted.push({ query, gallery });
    else {
      const map = await fitAdapter(adapter, gallery, first, names.length, chosen, context);
      adapted.push({
        query: { ...query, rows: await map(query.rows) },
        gallery: { ...gallery, rows: await map(gallery.rows) },
      });
    }
  }
  return adapted;
}

/** Of each newer version over each older one; null where they have other units. */
async function alignments(versions: readonly Sides[], context: Context): Promise<(Alignment | null)[][]> {
  const cut = ({ rows, of }: Labelled): Labelled => {
    const height = Math.min(rows.rows, COMPARED);
    return { rows: rows.slice(0, height), of: of.subarray(0, height) };
  };
  const all: (Alignment | null)[][] = [];
  for (const [t, newer] of versions.entries()) {
    const row: (Alignment | null)[] = [];
    for (const older of versions.slice(0, t)) {
      context.signal.throwIfAborted();
      const same = older.gallery.rows.columns === newer.query.rows.columns;
      if (!same) row.push(null);
      else
        row.push({
          ...(await inequalities(cut(newer.query), cut(older.query), cut(older.gallery), context)),
          contrast: await higherOrderContrast(cut(newer.gallery), cut(older.gallery), context),
        });
    }
    all.push(row);
  }
  return all;
}

function otherUnits(versions: readonly Representation[]): string {
  const widths = versions.map(({ name, matrix }) => `${name} ${matrix.columns}`).join(', ');
  return `Versions with other numbers of units (${widths}) cannot search each other as they are: such pairs count as not compatible, and their cells are empty. An adapter brings them together.`;
}
