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

/** [450, 16] -> "450 × 16" */
export function dims(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.map((length) => length.toLocaleString('en-US')).join(' × ');
}

/**
 * Lines of aligned columns, two spaces between.
 * @param right indices of the columns that are aligned at the right.
 */
export function aligned(rows: readonly (readonly string[])[], right: readonly number[] = [], indent = '  '): string {
  const cells = rows.map((row) => row.map(oneLine));
  const widths: number[] = [];
  for (const row of cells) for (const [j, cell] of row.entries()) widths[j] = Math.max(widths[j] ?? 0, width(cell));
  const line = (row: readonly string[]) =>
    row.map((cell, j) => {
      const space = ' '.repeat((widths[j] ?? 0) - width(cell));
      return right.includes(j) ? space + cell : cell + space;
    });
  return cells.map((row) => `${indent}${line(row).join('  ')}`.trimEnd()).join('\n');
}

function width(text: string): number {
  return [...text].length;
}

/** Breaks a paragraph into lines of at most `columns` characters. */
export function wrapped(text: string, columns: number, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of oneLine(text).split(/\s+/)) {
    if (line !== '' && indent.length + line.length + 1 + word.length > columns) {
      lines.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, indent + line].join('\n');
}
