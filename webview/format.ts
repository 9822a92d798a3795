/** A number for the screen: three decimals, true minus, grouped digits; null as a dash. Tables line up with it. */
export function number(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  const size = Math.abs(value);
  // Counts are counts; 0 and 1 may be scores.
  if (Number.isInteger(value) && size > 1 && size < 1e6) return signed(count(value));
  if (size >= 1e6) return signed(value.toExponential(2).replace('e+', 'e'));
  if (size >= 1000) return signed(value.toLocaleString('en-US', { maximumFractionDigits: 0 }));
  // What rounds to zero is not zero, and what rounds to one is not one unless it is by all of eight digits.
  if (size > 0 && size < 0.0005) return signed(value.toExponential(0));
  const decimals = [3, 4, 5, 6, 7, 8].find((d) => size >= 1 || Number(size.toFixed(d)) < 1) ?? 3;
  return signed(value.toFixed(size >= 100 ? 1 : decimals));
}

/** A level and its standard deviation, as "0.018" and " ± 0.003"; beside an exponent nought has no decimals, the rest enough. */
export function levelTexts(level: number | undefined, sd: number | undefined): [string, string] {
  const spread = sd === undefined ? '' : number(sd);
  const small = level !== undefined && sd !== undefined && spread.includes('e−');
  return [small ? besideSmall(level, sd) : number(level), spread && ` ± ${spread}`];
}

/** To the place of a spread that is written with an exponent, at most the eighth. */
function besideSmall(level: number, sd: number): string {
  if (level === 0) return '0';
  const place = Math.min(8, -powerOf(sd));
  if (Math.abs(level) >= 0.0005) return signed(level.toFixed(place));
  return signed(level.toExponential(Math.max(0, powerOf(level) + place)));
}

/** Of ten, when it is written with one digit. */
function powerOf(value: number): number {
  return Number(value.toExponential(0).split('e')[1]);
}

/** A standard score: one decimal, as its meaning has no more. */
export function standardScore(z: number | null | undefined): string {
  return z === null || z === undefined ? '–' : signed(z.toFixed(1));
}

/** A p-value: three decimals, more where it would be 0. */
export function probability(p: number | null | undefined): string {
  if (p === null || p === undefined) return '–';
  return p > 0 && p < 0.0005 ? p.toFixed(4) : p.toFixed(3);
}

/** As a heatmap cell shows it. */
export function short(value: number, decimals = 2): string {
  return signed(Math.abs(value) >= 100 ? value.toPrecision(3) : value.toFixed(decimals));
}

/** Every digit, for copies and for hover. */
export function full(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}

/** Whole numbers without the tables of languages, which take a while to be loaded. */
export function count(value: number): string {
  const plain = String(value);
  return /^-?\d+$/.test(plain) ? plain.replace(/\B(?=(\d{3})+$)/g, ',') : value.toLocaleString('en-US');
}

/** "3 rows", "1 row". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A remaining time, coarse on purpose. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** File name without its folders. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

function signed(text: string): string {
  return text.replaceAll('-', '−').replace(/^−(0(?:\.0*)?)$/, '$1');
}

/** "115 kB": decimal units, as disks and VS Code count. */
export function bytes(value: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const power = value < 1000 ? 0 : Math.min(5, Math.floor(Math.log10(value) / 3));
  return `${power === 0 ? value : (value / 1000 ** power).toPrecision(3)} ${units[power]}`;
}
