import { UserError } from '../../protocol/errors';
import type { Labels, Rows } from '../method';
import { lacking } from './warnings';

/** Rows by class. */
export interface Classes {
  /** What the labels are called: "digit". */
  readonly label: string;
  readonly names: readonly string[];
  /** Places of the rows of each class, ascending. */
  readonly groups: readonly Int32Array[];
  /** Class of each row; -1 where it is of none. */
  readonly of: Int32Array;
  /** Places of the rows that are of a class, ascending. */
  readonly rows: Int32Array;
  /** What was left out, in words. */
  readonly left: readonly string[];
}

/** What the reader of labels calls an empty cell. */
const MISSING = '(missing)';

/** Whether a row is without a label. */
export function lacks(labels: Labels, row: number): boolean {
  if (labels.kind === 'number') return Number.isNaN(labels.values[row]);
  const category = labels.index[row] as number;
  return category < 0 || labels.categories[category] === MISSING;
}

/**
 * The classes that have `least` rows or more, and the rows of each. Whole numbers are classes too where values recur; a
 * missing label is no class.
 * @param fewest classes that are needed
 * @throws UserError where there are no labels, they are no classes, or too few are left
 */
export function classesOf({ labels }: Pick<Rows, 'labels'>, rows: number, least: number, fewest = 2): Classes {
  const { name, categories, index } = categoriesOf(labels);
  const counts = new Int32Array(categories.length);
  for (const category of index) if (category >= 0) counts[category] = (counts[category] ?? 0) + 1;
  const present = [...categories.keys()].filter((category) => counts[category] !== 0);
  const kept = present.filter((category) => (counts[category] as number) >= least);
  const small = present.filter((category) => (counts[category] as number) < least);
  if (kept.length < fewest) throw new UserError(tooFew(name, present, small, categories, least, fewest));
  const place = new Map(kept.map((category, k) => [category, k]));
  const of = Int32Array.from({ length: rows }, (_, i) => place.get(index[i] ?? -1) ?? -1);
  const missing = index.subarray(0, rows).reduce((sum, category) => sum + (category < 0 ? 1 : 0), 0);
  return {
    label: name,
    names: kept.map((category) => categories[category] as string),
    groups: placesByClass(of, kept.length),
    of,
    rows: Int32Array.from(of.keys()).filter((i) => (of[i] as number) >= 0),
    left: [
      ...(small.length > 0
        ? [
            `Left out: ${some(small.map((category) => categories[category] as string))}, with fewer than ${least} rows of "${name}"; ${least} are needed. Add rows, or choose coarser labels.`,
          ]
        : []),
      ...(missing > 0 ? [lacking(missing, 'row', `"${name}"`)] : []),
    ],
  };
}

/** The places of each class or cluster, ascending; what is of none (-1) is left out. */
export function placesByClass(of: Int32Array, count: number): Int32Array[] {
  const places = Array.from({ length: count }, (): number[] => []);
  for (let i = 0; i < of.length; i++) places[of[i] as number]?.push(i);
  return places.map((own) => Int32Array.from(own));
}

/** The classes that have `least` rows or more, for what shows them where there are some; null where two are not to be had. */
export function someClasses(rows: Pick<Rows, 'labels'>, count: number, least: number): Classes | null {
  if (rows.labels?.kind !== 'category') return null;
  const labels = withoutMissing(rows.labels);
  const sizes = new Int32Array(labels.categories.length);
  for (const category of labels.index) if (category >= 0) sizes[category] = (sizes[category] ?? 0) + 1;
  return sizes.filter((size) => size >= least).length >= 2 ? classesOf(rows, count, least) : null;
}

type Categories = Extract<Labels, { readonly kind: 'category' }>;

function categoriesOf(labels: Labels | undefined): Categories {
  if (!labels) throw new UserError('Labels are needed: the class of each row, a column of a table or a vector.');
  if (labels.kind === 'category') return withoutMissing(labels);
  const { values, distinct } = numbersOf(labels);
  if (!distinct.every(Number.isInteger) || distinct.length > values.length / 2)
    throw new UserError(
      `"${labels.name}" holds numbers that are no classes: ${distinct.length} different ones for ${values.length} rows. Give names, or whole numbers that recur.`,
    );
  return numbered(labels, distinct);
}

/**
 * The labels as classes where they may be something else, a missing one being of none (-1): categories, and numbers of classes,
 * which are whole, begin at 0 or 1, leave none out and recur; a frequency is none. Null of other numbers.
 */
export function classLabels(labels: Labels): Categories | null {
  if (labels.kind === 'category') return withoutMissing(labels);
  const { values, distinct } = numbersOf(labels);
  const [first = -1] = distinct;
  const counted = (first === 0 || first === 1) && distinct.every((value, k) => value === first + k);
  return counted && distinct.length <= values.length / 2 ? numbered(labels, distinct) : null;
}

/** A missing label is no category, and its row of none (-1). */
export function withoutMissing(labels: Categories): Categories {
  const missing = labels.categories.indexOf(MISSING);
  if (missing < 0) return labels;
  const place = (category: number) => (category === missing ? -1 : category - (category > missing ? 1 : 0));
  return { ...labels, categories: labels.categories.toSpliced(missing, 1), index: labels.index.map(place) };
}

type Numbers = Exclude<Labels, Categories>;

/** Those that are there, and each of them once, ascending. */
function numbersOf({ values: all }: Numbers) {
  const values = all.filter((value) => !Number.isNaN(value));
  return { values, distinct: [...new Set(values)].sort((a, b) => a - b) };
}

/** A category for each number. */
function numbered({ name, values }: Numbers, distinct: readonly number[]): Categories {
  const place = new Map(distinct.map((value, k) => [value, k]));
  return {
    ...{ kind: 'category', name, categories: distinct.map(String) },
    index: Int32Array.from(values, (value) => place.get(value) ?? -1),
  };
}

function tooFew(
  name: string,
  present: readonly number[],
  small: readonly number[],
  categories: readonly string[],
  least: number,
  fewest: number,
): string {
  if (present.length === 1)
    return `Every row has the same "${name}", ${categories[present[0] as number]}. Classes can be told apart where there are two or more: choose other labels, or rows of several classes.`;
  const named = some(small.map((category) => categories[category] as string));
  return (
    `${present.length} classes of "${name}", of which ${present.length - small.length} have ${least} rows or more; ` +
    `${fewest} are needed.${small.length > 0 ? ` Too small: ${named}. Add rows to them, or choose coarser labels.` : ' Choose other labels.'}`
  );
}

/** The first five. */
export function some(names: readonly string[]): string {
  return `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
}
