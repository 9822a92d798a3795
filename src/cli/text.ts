import { count } from '../protocol/words';

/** What comes from outside stays on its line and does not steer the terminal. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}

/** For reading: four decimals; full precision is in the files. */
export function number(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return String(value);
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(3) : value.toFixed(4);
}

/** What was done and by which parameters; no line, or one or two. */
export function account(steps: readonly string[], parameters: Readonly<Record<string, unknown>>): string[] {
  const set = settings(parameters);
  const lines = [steps.length > 0 && `Done: ${steps.join('; ')}.`, set !== '' && `Parameters: ${set}`];
  const told = lines.flatMap((line) => (line ? [wrapped(line)] : []));
  return told.length > 0 ? [told.join('\n')] : [];
}

/** Parameters as `--set` takes them; what is empty says nothing. */
export function settings(parameters: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(parameters).map(([name, value]) => [name, String(value)]);
  return pairs.flatMap(([name, value]) => (value === '' ? [] : [`${name}=${value}`])).join(' ');
}

/** [450, 16] -> "450 × 16" */
export function dims(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.map(count).join(' × ');
}

/** Of the terminal; lines that go to a file or a program are not broken. */
const columns = process.stdout.isTTY ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY;

/**
 * Lines of aligned columns, two spaces between. The last column is broken into lines where the terminal is too narrow.
 * @param right indices of the columns that are aligned at the right.
 */
export function aligned(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const cells = rows.map((row) => row.map(oneLine));
  const widths: number[] = [];
  for (const row of cells) for (const [j, cell] of row.entries()) widths[j] = Math.max(widths[j] ?? 0, width(cell));
  const start = widths.slice(0, -1).reduce((sum, one) => sum + one + 2, 2);
  const room = Math.max(24, columns - start);
  const line = (row: readonly string[]) =>
    row.map((cell, j) => {
      const space = ' '.repeat((widths[j] ?? 0) - width(cell));
      if (right.includes(j)) return space + cell;
      return j < widths.length - 1 ? cell + space : wrapped(cell, room).replaceAll('\n', `\n${' '.repeat(start)}`);
    });
  return cells.map((row) => `  ${line(row).join('  ')}`.trimEnd()).join('\n');
}

/**
 * A matrix with a name before every row, under the names of its columns: in blocks of columns where it is wider than the
 * terminal.
 */
export function matrix(
  head: readonly string[],
  rows: readonly (readonly [name: string, ...cells: string[]])[],
  most = columns,
): string {
  const names = Math.max(...rows.map(([name]) => width(name)));
  const cells = Math.max(...head.map(width), ...rows.flatMap((row) => row.slice(1).map(width)));
  const fit = Math.max(1, Math.min(head.length, Math.floor((most - 2 - names) / (cells + 2))));
  const right = Array.from({ length: fit }, (_, k) => k + 1);
  return Array.from({ length: Math.ceil(head.length / fit) }, (_, block) => {
    const start = block * fit;
    const lines = rows.map(([name, ...line]) => [name, ...line.slice(start, start + fit)]);
    return aligned([['', ...head.slice(start, start + fit)], ...lines], right);
  }).join('\n\n');
}

function width(text: string): number {
  return [...text].length;
}

/** Breaks a paragraph into lines of at most `most` characters. */
export function wrapped(text: string, most = Math.min(100, columns)): string {
  const lines: string[] = [];
  for (const word of oneLine(text).split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && width(last) + 1 + width(word) <= most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}
