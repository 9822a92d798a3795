/** 28800 -> "28,800": the same on every machine. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** (1, "cell") -> "1 cell", (2, "cell") -> "2 cells". */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** [450, 16] -> "450 x 16"; a scalar is "()". */
export function dims(shape: readonly number[]): string {
  return shape.length === 0 ? '()' : shape.map(count).join(' x ');
}

/** 28800 -> "28.8 kB"; decimal units, as disks and VS Code count. */
export function size(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
  const power = bytes < 1000 ? 0 : Math.min(6, Math.floor(Math.log10(bytes) / 3));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toPrecision(3)} ${units[power]}`;
}

/** The first few of a list, for a message: "a, b, c and 14 more". */
export function some(names: readonly string[], most = 8): string {
  const rest = names.length - most;
  return names.slice(0, most).join(', ') + (rest > 0 ? ` and ${count(rest)} more` : '');
}

/** The first of some names that is the same as one before it. */
export function repeated<T>(names: readonly T[]): T | undefined {
  const seen = new Set<T>();
  return names.find((name) => seen.size === seen.add(name).size);
}

/** Orders names as people count: layer2 before layer10. */
export const byNumber: (a: string, b: string) => number = new Intl.Collator('en', { numeric: true }).compare;

/** Names that hold a word or are held by it; where there is none, those that fewest changes of a letter make of it, a third of them at most. */
export function near(names: readonly string[], word: string): string[] {
  const lower = word.toLowerCase();
  const alike = names.filter((name) => name.includes(lower) || lower.includes(name));
  if (alike.length > 0) return alike;
  const changes = names.map((name) => editDistance(lower, name));
  const least = Math.min(...changes);
  return 3 * least <= lower.length ? names.filter((_, i) => changes[i] === least) : [];
}

/** Letters to put in, at `put` each, take out or replace to make `name` of what was `wanted` (Levenshtein, 1966). */
export function editDistance(wanted: string, name: string, put = 1): number {
  let last = Array.from({ length: name.length + 1 }, (_, j) => j * put);
  for (let i = 1; i <= wanted.length; i++) {
    const row = [i];
    for (let j = 1; j <= name.length; j++) {
      const replaced = (last[j - 1] as number) + Number(wanted[i - 1] !== name[j - 1]);
      row[j] = Math.min(replaced, (last[j] as number) + 1, (row[j - 1] as number) + put);
    }
    last = row;
  }
  return last[name.length] as number;
}
