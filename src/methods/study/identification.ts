import { UserError } from '../../protocol/errors';
import type { Figure } from '../../protocol/figures';
import { shortNames } from '../../protocol/names';
import type { Cell } from '../../protocol/result';
import type { StudySection } from '../../protocol/study';
import { type Relabelling, summarise } from './relabel';
import { type Cells, placeOf, type Run, type StudyMatrix, section } from './runs';
import { withTies } from './ties';

/** One layer looked for in another run: where it was found. */
interface Search {
  readonly from: number;
  readonly to: number;
  /** Among the layers of its own run. */
  readonly layer: number;
  readonly found: number;
  readonly value: number;
  /** Of the layer of the same name. */
  readonly own: number | null;
  readonly tied: boolean;
}

/**
 * Layer identification (Kornblith, Norouzi, Lee, Hinton 2019, section 6.1): of the layers of a run that another run has too,
 * how many are most similar to their namesake, over all ordered pairs of runs, so that a layer is searched for in every other
 * run. The first of equals is taken.
 */
export function identification(study: StudyMatrix, how: Relabelling): Promise<StudySection> {
  const about =
    'For every ordered pair of runs and every layer that both have: is the most similar layer of the other run the one of the same name? Kornblith, Norouzi, Lee, Hinton (2019), Similarity of neural network representations revisited, ICML.';
  return section({ id: 'identification', title: 'Layer identification', about }, () => {
    const { runs } = study;
    if (runs.every(({ layers }) => layers.length < 2))
      throw new UserError(
        'Every run has one layer. Layers are identified among two or more: choose more of each file.',
      );
    const all = searchAll(study, withTies(study).values);
    const searches = all.filter(({ from, to, layer }) => placeOf(runs[to] as Run, nameOf(runs, from, layer)) >= 0);
    if (searches.length === 0)
      throw new UserError('No two runs share a layer name with a value, so there is nothing to identify.');
    const right = (search: Search) => nameOf(runs, search.from, search.layer) === nameOf(runs, search.to, search.found);
    const hits = searches.filter(right).length;
    const level = searches.reduce((sum, { to }) => sum + 1 / (runs[to]?.layers.length ?? 1), 0) / searches.length;
    const drawn = shuffledShares(runs, all, how);
    const chance = summarise(hits / searches.length, drawn, (value) => value, false, 'layers of each run');
    const alone = searches.filter(({ own }) => own === null).length;
    const tied = searches.filter((search) => search.tied).length;
    return {
      values: { accuracy: hits / searches.length, right: hits, layers: searches.length },
      titles: { accuracy: 'Share identified', right: 'Searches that find the namesake', layers: 'Searches' },
      chance: {
        accuracy: {
          ...{ ...chance, level },
          ...(chance.sd !== undefined && { z: (hits / searches.length - level) / chance.sd }),
          how: `The mean of 1 / layers to choose from; spread and p from ${how.count} random orders of the layers of each run.`,
        },
      },
      tables: {
        accuracy: accuracyTable(runs, searches, right),
        'best-layers': arrows(runs, searches, right),
      },
      figures: figuresOf(runs, searches, right),
      reading: `${hits} of ${searches.length} searches for a layer in another run find its namesake; by chance ${(level * searches.length).toFixed(1)}.`,
      warnings: [
        ...(tied > 0
          ? [`Searches whose best partner is tied, so that the one nearer to the input was taken: ${tied}.`]
          : []),
        ...(alone > 0
          ? [`Searches for a layer without a value with its namesake, counted as not found: ${alone}.`]
          : []),
      ],
    };
  });
}

/**
 * Every layer of every run, looked for in every other run, whether that has its name or not.
 * @param levels of the values, by which they are ranked.
 */
function searchAll({ runs, values, better }: StudyMatrix, levels: Cells): Search[] {
  const sign = better === 'higher' ? 1 : -1;
  return runs.flatMap((a, from) =>
    runs.flatMap((b, to) =>
      from === to
        ? []
        : a.layers.flatMap(({ name, place }, layer) => {
            const scores = b.layers.map((other) => {
              const value = levels[place]?.[other.place] ?? null;
              return value === null ? Number.NEGATIVE_INFINITY : sign * value;
            });
            const best = Math.max(...scores);
            if (best === Number.NEGATIVE_INFINITY) return [];
            const found = scores.indexOf(best);
            const own = values[place]?.[placeOf(b, name)] ?? null;
            const value = values[place]?.[b.layers[found]?.place ?? -1] as number;
            return [{ from, to, layer, found, value, own, tied: scores.lastIndexOf(best) !== found }];
          }),
    ),
  );
}

const nameOf = (runs: readonly Run[], run: number, layer: number) => runs[run]?.layers[layer]?.name ?? '';

/**
 * The share that is right when the layers of every run are named in random order: of those whose name, as it is then, the other
 * run has.
 */
function shuffledShares(
  runs: readonly Run[],
  all: readonly Search[],
  { count, random, signal }: Relabelling,
): number[] {
  const has = runs.map(({ layers }) => new Set(layers.map(({ name }) => name)));
  return Array.from({ length: count }, (_, i) => {
    if (i % 16 === 0) signal.throwIfAborted();
    const names = runs.map(({ layers }) => {
      const order = random.permutation(layers.length);
      return layers.map((_, k) => layers[order[k] ?? 0]?.name as string);
    });
    let [hits, searches] = [0, 0];
    for (const { from, to, layer, found } of all) {
      const name = names[from]?.[layer] as string;
      if (!has[to]?.has(name)) continue;
      searches++;
      if (names[to]?.[found] === name) hits++;
    }
    return hits / searches;
  });
}

type Right = (search: Search) => boolean;

function shares(runs: readonly Run[], searches: readonly Search[], right: Right): (number | null)[][] {
  return runs.map((_, from) =>
    runs.map((_, to) => {
      const own = searches.filter((search) => search.from === from && search.to === to);
      return own.length === 0 ? null : own.filter(right).length / own.length;
    }),
  );
}

function accuracyTable(runs: readonly Run[], searches: readonly Search[], right: Right) {
  const rows = shares(runs, searches, right).map((row, i): Cell[] => [runs[i]?.name ?? '', ...row]);
  return {
    title: 'Share of layers identified, row in column',
    columns: ['run', ...runs.map(({ name }) => name)],
    rows,
  };
}

function arrows(runs: readonly Run[], searches: readonly Search[], right: Right) {
  return {
    title: 'Most similar layer of the other run',
    columns: ['run', 'layer', 'other run', 'most similar layer', 'value', 'value of the namesake', 'identified'],
    rows: searches.map((search): Cell[] => [
      ...[runs[search.from]?.name ?? '', nameOf(runs, search.from, search.layer)],
      ...[runs[search.to]?.name ?? '', nameOf(runs, search.to, search.found)],
      ...[search.value, search.own, right(search) ? 'yes' : 'no'],
    ]),
  };
}

function figuresOf(runs: readonly Run[], searches: readonly Search[], right: Right): Figure[] {
  const names = runs.map(({ name }) => name);
  const layers = [...new Set(runs.flatMap((run) => run.layers.map(({ name }) => name)))];
  const chosen = layers.map((from) => {
    const own = searches.filter((search) => nameOf(runs, search.from, search.layer) === from);
    return layers.map((to) =>
      own.length === 0
        ? null
        : own.filter((search) => nameOf(runs, search.to, search.found) === to).length / own.length,
    );
  });
  const ticks = shortNames(layers);
  const scale = { label: 'share', kind: 'sequential', domain: [0, 1] } as const;
  const confusion: Figure = {
    ...{ id: 'layers-found', kind: 'heatmap', title: 'Which layer is found for which' },
    caption:
      'Row: the layer that is looked for. Column: the layer of the other run that is most similar to it. Shares over all ordered pairs of runs; right on the diagonal.',
    panels: [
      {
        ...{ title: '', rows: { label: 'layer', ticks }, columns: { label: 'most similar', ticks } },
        ...{ shape: [layers.length, layers.length], values: chosen.flat() },
      },
    ],
    scale,
  };
  if (runs.length < 3) return [confusion];
  const matrix: Figure = {
    ...{ id: 'identified', kind: 'heatmap', title: 'Layers identified, by pair of runs' },
    caption:
      'Share of the layers of the run in the row whose most similar layer in the run of the column is their namesake.',
    panels: [
      {
        ...{ title: '', rows: { label: 'of', ticks: names }, columns: { label: 'in', ticks: names } },
        ...{ shape: [runs.length, runs.length], values: shares(runs, searches, right).flat() },
      },
    ],
    scale,
  };
  return [confusion, matrix];
}
