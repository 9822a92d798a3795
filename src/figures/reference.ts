import type { Invariance, MethodDescription, ParameterProperty, Takes, ValueDescription } from '../protocol/catalogue';
import type { SelfTest } from '../protocol/engine';

/** What a method that is invariant does not notice. */
const unnoticed: Readonly<Record<Invariance, string>> = {
  permutation: 'the order of units',
  orthogonal: 'rotation and reflection',
  scaling: 'one scale for all units',
  translation: 'a shift of all rows',
  'column-scaling': 'a scale for each unit',
  linear: 'any invertible linear map',
  sign: 'the signs of units',
};
/** What a method takes. */
const takenWords: Readonly<Record<Takes, string>> = {
  one: 'one representation',
  pair: 'two representations',
  many: 'two or more representations',
  text: 'texts: a column of a table, lines or files',
  images: 'a folder of images',
  graph: 'a table of edges',
  model: 'an ONNX model, with data to test it on or without',
};
const invariances = Object.keys(unnoticed) as Invariance[];

/** The reference page of a method, as Markdown with TeX: everything in it comes from the method's own definition. */
export function referencePage(method: MethodDescription): string {
  const { id, title, summary, blindTo, formula, tex, cost, citation, takes } = method;
  const parameters = Object.entries(method.parameters.properties);
  return [
    `# ${title}`,
    `\`${id}\` · ${method.kind} · takes ${takenWords[takes]}${method.labels === 'required' ? ', and the class of each row' : ''}`,
    escaped(summary),
    '## Definition',
    ...(tex ? [`$$\n${tex}\n$$`] : []),
    escaped(formula),
    '## Values',
    table(['key', 'meaning', 'range', 'more alike', 'with itself'], method.values.map(valueRow)),
    ...(takes === 'pair' ? ['## What it does not notice', invarianceTable(method), symmetry(method)] : []),
    '## Limits',
    `${escaped(capital(blindTo))}.`,
    ...(takes === 'pair' ? ['## Chance', chanceWords(method)] : []),
    ...(parameters.length > 0
      ? ['## Parameters', table(['name', 'default', 'values', 'what it does'], parameters.map(parameterRow))]
      : []),
    '## Cost',
    `${cost}, for n rows, p and q units.`,
    '## Source',
    escaped(citation),
  ].join('\n\n');
}

function invarianceTable(method: MethodDescription): string {
  return table(
    ['change of one space', 'value'],
    invariances.map((id) => [unnoticed[id], method.invariances.includes(id) ? 'unchanged' : 'changes']),
  );
}

function symmetry({ symmetric, values: [first, ...others] }: MethodDescription): string {
  if (!symmetric) return 'The two spaces do not play the same part: exchanged, they may give another value.';
  return others.length === 0
    ? 'The order of the two spaces does not matter.'
    : `The order of the two spaces does not matter to the first value, "${escaped(first?.title ?? '')}"; the others may be of one space alone, and change with it.`;
}

function chanceWords({ title }: MethodDescription): string {
  return `Where there is a closed form, ${title} is given with its level of chance, mostly that of rows paired at random (the result says what of), and how far above it the value lies. Random pairings of the rows (\`permutations\`, \`--permutations\`) give level, spread and p for any measure.`;
}

function valueRow({ key, title, range, better, self }: ValueDescription): string[] {
  const end = (value: number | null, infinite: string) =>
    value === null ? infinite : String(Number(value.toPrecision(4)));
  return [
    `\`${key}\``,
    escaped(title),
    `${end(range[0], '-∞')} to ${end(range[1], '∞')}`,
    better ?? '',
    self === undefined ? '' : String(self),
  ];
}

function parameterRow([name, property]: readonly [string, ParameterProperty]): string[] {
  const { minimum, exclusiveMinimum: above, maximum, type } = property;
  const least = above === undefined ? (minimum ?? '-∞') : `above ${above},`;
  const bounds = least === '-∞' && maximum === undefined ? type : `${least} to ${maximum ?? '∞'}`;
  return [
    `\`${name}\``,
    `\`${JSON.stringify(property.default)}\``,
    property.enum ? property.enum.map((choice) => `\`${choice}\``).join(', ') : bounds,
    escaped(property.description ?? ''),
  ];
}

/** The index of all reference pages. */
export function referenceIndex(methods: readonly MethodDescription[]): string {
  const kinds = [...new Set(methods.map(({ kind }) => kind))];
  return [
    '# Methods',
    'Every page is made from the definition of its method (`npm run docs`).',
    ...kinds.flatMap((kind) => [
      `## ${capital(kind)}`,
      table(
        ['method', 'what it does'],
        methods
          .filter((one) => one.kind === kind)
          .map(({ id, title, summary }) => [`[${title}](${id}.md)`, escaped(summary)]),
      ),
    ]),
  ].join('\n\n');
}

/** The published values beside what this installation computes. */
export function selfTestPage({ version, rows }: SelfTest): string {
  const failed = rows.filter(({ passed }) => !passed);
  const verdict =
    failed.length === 0
      ? `All ${rows.length} published values come out to the digits that are known.`
      : `${failed.length} of ${rows.length} published values do not come out: ${[...new Set(failed.map(({ method }) => method))].join(', ')}. Please report this with your processor and system.`;
  return [
    '# Self-test of Sextant',
    `Version ${version}. ${verdict}`,
    'G0 is 30 × 25 uniform numbers of NumPy’s generator with seed 0, twice; G1337 100 × 10 normal ones with seed 1337, and the same with noise; T two 6 × 3 matrices of integers.',
    table(
      ['', 'method', 'variant', 'input', 'published', 'here'],
      rows.map(({ passed, method, value, parameters, fixture, expected, found }) => [
        passed ? '✓' : '✗',
        `\`${method}\` ${value}`,
        escaped(
          Object.entries(parameters)
            .map(([name, chosen]) => `${name} = ${chosen}`)
            .join(', '),
        ),
        fixture,
        expected,
        found === null ? 'none' : String(Number(found.toPrecision(12))),
      ]),
    ),
  ].join('\n\n');
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Text as text: what Markdown would take for marks. */
export function escaped(text: string): string {
  return text.replace(/[\\`*_<>$[\]]/g, '\\$&');
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
