import { UserError } from '../../protocol/errors';
import type { Figure } from '../../protocol/figures';
import { shortNames } from '../../protocol/names';
import type { Cell } from '../../protocol/result';
import type { StudySection } from '../../protocol/study';
import { inThree } from './groups';
import { type Run, type StudyMatrix, section } from './runs';

type Values = readonly (number | null)[];

/** What lies at either end of a network. Values are by the place of each layer in the matrix. */
export interface Ends {
  /** The measure of each layer with an input of its model, by the name of that; none where the layers are of no model. */
  readonly inputs: readonly { readonly name: string; readonly values: Values }[];
  /** With the labels, a unit for each class; absent where there are none. */
  readonly labels?: Values;
  /** What the inputs are. */
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

interface Profile {
  readonly name: string;
  /** Of the layer at that depth of a run. */
  of(run: Run, depth: number): number | null;
}

/** How alike each layer is to what comes in, to what should come out, to both ends of its run and to the layer before it. */
export function profiles({ runs, values, title }: StudyMatrix, ends: Ends): Promise<StudySection> {
  const about =
    'From the input on: how alike each layer is to the layer before it, to the first and to the last of its run; where it is a model’s, to what the model is given, once that is prepared; and to the labels, a unit for each class, where there are any.';
  return section({ id: 'profiles', title: 'Depth profiles', about }, () => {
    const deep = runs.filter(({ layers }) => layers.length >= 2);
    if (deep.length === 0)
      throw new UserError('No run has two layers or more, so there is nothing along which a profile could go.');
    const between = ({ layers }: Run, i: number, j: number) => {
      const [a, b] = [layers[i], layers[j]];
      return a && b && i !== j ? (values[a.place]?.[b.place] ?? null) : null;
    };
    const end = (all: Values) => (run: Run, depth: number) => all[run.layers[depth]?.place ?? -1] ?? null;
    const all: Profile[] = [
      { name: 'the layer before', of: (run, depth) => between(run, depth, depth - 1) },
      { name: 'the first layer', of: (run, depth) => between(run, depth, 0) },
      { name: 'the last layer', of: (run, depth) => between(run, depth, run.layers.length - 1) },
      ...ends.inputs.map(({ name, values: own }) => ({ name, of: end(own) })),
      ...(ends.labels ? [{ name: 'the labels', of: end(ends.labels) }] : []),
    ];
    return {
      tables: {
        layers: {
          title: 'By layer',
          columns: ['run', 'layer', ...all.map(({ name }) => `like ${name}`)],
          rows: deep.flatMap((run) =>
            run.layers.map((layer, depth): Cell[] => [run.name, layer.name, ...all.map(({ of }) => of(run, depth))]),
          ),
        },
      },
      figures: [figureOf(deep, all, title, ends.notes)],
      reading: readingOf(deep, all),
      warnings: ends.warnings,
    };
  });
}

/** Of each profile the mean over runs; between two runs and more, a band from the least to the greatest. */
function figureOf(runs: readonly Run[], all: readonly Profile[], title: string, notes: readonly string[]): Figure {
  const longest = runs.reduce((most, run) => (run.layers.length > most.layers.length ? run : most));
  const depths = longest.layers.map((_, depth) => depth);
  const alike = runs.every(({ layers }) => layers.every(({ name }, depth) => name === longest.layers[depth]?.name));
  const series = all.map(({ name, of }) => {
    const found = depths.map((depth) => runs.flatMap((run) => of(run, depth) ?? []));
    // Neither the first layer nor the last has every neighbour.
    const x = depths.filter((depth) => (found[depth] as number[]).length > 0);
    const at = (take: (values: readonly number[]) => number) => x.map((depth) => take(found[depth] as number[]));
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    return {
      ...{ name, x, y: at(mean) },
      ...(runs.length > 1 && { low: at((v) => Math.min(...v)), high: at((v) => Math.max(...v)) }),
    };
  });
  const said = [
    `Each line: how alike the layers are to what it is named after${runs.length > 1 ? '; the mean over runs, and a band from the least to the greatest' : ''}.`,
    ...notes.map((note) => `${note.charAt(0).toUpperCase()}${note.slice(1)}.`),
  ];
  return {
    ...{ id: 'profiles', kind: 'line', title: 'What each layer is like' },
    caption: said.join(' '),
    x: {
      label: 'layer',
      ticks: alike ? shortNames(longest.layers.map(({ name }) => name)) : depths.map((depth) => `${depth + 1}`),
    },
    y: { label: title },
    series: series.filter(({ x }) => x.length > 0),
  };
}

/** What comes in and what should come out, at both ends of the first run. */
function readingOf([run]: readonly Run[], all: readonly Profile[]): string | null {
  if (!run) return null;
  const told = all.slice(3).flatMap(({ name, of }) => {
    const [first, last] = [of(run, 0), of(run, run.layers.length - 1)];
    return first === null || last === null
      ? []
      : [`likeness to ${name} goes from ${inThree(first)} to ${inThree(last)}`];
  });
  return told.length > 0 ? `From the first layer of ${run.name} to its last, ${told.join(', ')}.` : null;
}
