/** Spreadsheets take text that begins like this for a formula, and run it; the wide forms are theirs in East Asia. */
const formula = /^[=+\-@\t\r\n＝＋－＠]/;

/**
 * Text as it may stand in a table that a spreadsheet opens: what would be run begins with `'`. Names come from files, and
 * files come from anywhere.
 */
export function harmless(text: string): string {
  return formula.test(text) ? `'${text}` : text;
}

/** A cell of text after RFC 4180, harmless in a spreadsheet. */
export function csvCell(text: string): string {
  const cell = harmless(text);
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
