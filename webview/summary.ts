import type { Takes } from '../src/protocol/catalogue';
import type { InputRecord, InputSpec, Result } from '../src/protocol/result';
import { baseName, count, plural } from './format';
import type { Row } from './rows';

const mostSentences = 3;

/**
 * What the results mean, in at most three sentences: the readings of methods that look at different things, the
 * recommended ones first. Methods of one kind with the same invariances say much the same.
 */
export function readingsOf(rows: readonly Row[]): string[] {
  const recommended = (row: Row) => row.method?.recommended ?? Number.POSITIVE_INFINITY;
  const seen = new Set<string>();
  const readings: string[] = [];
  for (const { method, result } of [...rows].sort((a, b) => recommended(a) - recommended(b))) {
    if (!result?.reading || !method) continue;
    const sees = `${method.kind} ${[...method.invariances].sort().join(' ')}`;
    if (seen.has(sees) || readings.includes(result.reading)) continue;
    seen.add(sees);
    readings.push(result.reading);
  }
  return readings.flatMap((reading) => reading.split(/(?<=[.!?])\s+(?=\p{Lu})/u)).slice(0, mostSentences);
}

/** Warnings of all rows, each once; with the method's name where only one of several gives it. */
export function warningsOf(rows: readonly Row[]): string[] {
  const from = titlesOf(rows, ({ warnings }) => warnings);
  const alone = ([warning, titles]: [string, string[]]) =>
    rows.length > 1 && titles.length === 1 && !warning.startsWith(`${titles[0]}:`)
      ? `${titles[0]}: ${warning}`
      : warning;
  return [...from].sort((a, b) => b[1].length - a[1].length).map(alone);
}

export interface Chip {
  readonly text: string;
  /** What was left out, padded or sampled changes what the numbers mean. */
  readonly warning: boolean;
}

const changesMeaning =
  /(?<!negative )sampl|padd|dropp|left out|exclud|truncat|\bcut to\b|first \d|^[\d,]+ of [\d,]+ (rows|units).* drawn at random$/i;

/** Of a step, in characters, that is seen at one glance. */
const longest = 50;

/** What raw data is made of, of which each becomes a row. */
const made: Partial<Record<Takes, string>> = { text: 'text', images: 'image', graph: 'node' };

/** One glance at what was done: rows and pairing, units, preprocessing. */
export function chipsOf(rows: readonly Row[]): Chip[] {
  const results = rows.flatMap(({ result }) => result ?? []);
  const first = rows.find(({ result }) => result);
  if (!first?.result) return [];
  const { inputs, steps } = first.result;
  const thing = first.method && made[first.method.takes];
  const chips = thing ? [{ text: plural(inputs[0]?.used[0] ?? 0, thing), warning: false }] : sizesOf(inputs);
  // What takes many words is read where the method is; how rows are paired, the first chip says in fewer.
  const brief = steps.filter((step) => !step.includes(': ') && step.length <= longest);
  const shared = brief.filter((step) => results.every((result) => result.steps.includes(step)));
  for (const text of new Set(shared)) chips.push({ text, warning: changesMeaning.test(text) });
  for (const [text, titles] of titlesOf(rows, (result) => result.steps)) {
    if (shared.includes(text) || !changesMeaning.test(text)) continue;
    const whose =
      titles.length === results.length ? '' : `${titles.length === 1 ? titles[0] : plural(titles.length, 'method')}: `;
    chips.push({ text: `${whose}${text}`, warning: true });
  }
  return chips;
}

function sizesOf(inputs: readonly InputRecord[]): Chip[] {
  const used = inputs[0]?.used[0] ?? 0;
  // A model that is looked at by its weights alone has no rows.
  const model = inputs[0]?.dtype === 'model';
  const chips: Chip[] = model && used === 0 ? [] : [rowsChip(inputs, used)];
  const range = inputs.find((input) => input.rows)?.rows;
  if (range) chips.push({ text: `rows ${range[0]} to ${range[1] - 1}`, warning: true });
  const units = inputs.map((input) => input.used[1]);
  const [only = 0] = units;
  chips.push({ text: unitsText(units, only, model), warning: false });
  for (const input of inputs) {
    const missing = unitsOf(input) - input.used[1];
    if (missing > 0) chips.push({ text: `${plural(missing, 'unit')} left out`, warning: true });
  }
  return chips;
}

/** What results say, each text once, with the titles of the methods that say it. */
function titlesOf(rows: readonly Row[], said: (result: Result) => readonly string[]): Map<string, string[]> {
  const titles = new Map<string, string[]>();
  for (const { result, title } of rows)
    for (const text of new Set(result && said(result))) titles.set(text, [...(titles.get(text) ?? []), title]);
  return titles;
}

function unitsText(units: readonly number[], only: number, model: boolean): string {
  if (model) return plural(only, 'weight');
  if (units.length > 3 && new Set(units).size === 1) return `${plural(only, 'unit')} each`;
  return units.length > 1 ? `${units.map(count).join(' × ')} units` : plural(only, 'unit');
}

/** What identifies the rows: "word", or "word = name"; undefined where they are paired by position. */
export function identifiersOf(inputs: readonly Pick<InputSpec, 'ids'>[]): string | undefined {
  const names = inputs.flatMap(({ ids }) => (ids ? [ids.column ?? ids.tensor ?? baseName(ids.path)] : []));
  return names.length === 0 ? undefined : [...new Set(names)].join(' = ');
}

/** "2,443 of 3,000 and 2,900 rows, paired by word" */
function rowsChip(inputs: readonly InputRecord[], used: number): Chip {
  const by = identifiersOf(inputs);
  const pairing = inputs.length > 1 ? `, paired by ${by ?? 'position'}` : '';
  const all = inputs.map(rowsOf);
  const given = by ? [...new Set(all)] : all.slice(0, 1);
  const left = given.some((rows) => used < rows);
  if (!left) return { text: `${plural(used, 'row')}${pairing}`, warning: false };
  return { text: `${count(used)} of ${given.map(count).join(' and ')} rows${by ? pairing : ''}`, warning: true };
}

function rowsOf(input: InputRecord | undefined): number {
  if (!input) return 0;
  const [rows = 0] = input.shape;
  return input.rows ? Math.min(rows, input.rows[1]) - input.rows[0] : rows;
}

/** Units that the file holds, after reduction. */
function unitsOf({ shape, reduce, used }: InputRecord): number {
  if (shape.length < 2) return used[1];
  return reduce === 'mean' ? (shape[1] ?? 0) : shape.slice(1).reduce((a, b) => a * b, 1);
}
