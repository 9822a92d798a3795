import { textWidth } from './markup';

/** Places of a scale that read well, and what is written there. */
export interface Tick {
  readonly value: number;
  readonly text: string;
}

/** From data to pixels. */
export type Scale = (value: number) => number;

/** Multiples of 1, 2 or 5 times a power of ten within the domain, about `count` of them, and no nearer than `least`. */
export function linearTicks([low, high]: readonly [number, number], count = 5, least = 0): Tick[] {
  const step = Math.max(least, stepOf([low, high], count));
  if (!(step > 0) || !Number.isFinite(step) || !apart(low, high)) return [{ value: low, text: plain(low) }];
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const largest = Math.max(Math.abs(low), Math.abs(high));
  const digits = Math.max(6, 1 + Math.floor(Math.log10(largest)) - Math.floor(Math.log10(step) + 1e-9));
  const ticks: Tick[] = [];
  // Plus zero: no negative one.
  for (let i = Math.ceil(low / step - 1e-6) + 0; i * step <= high + step * 1e-6; i++) {
    ticks.push({
      value: i * step,
      text: decimals > 6 || Math.abs(i * step) >= 1e7 ? plain(i * step, digits) : fixed(i * step, decimals),
    });
  }
  return ticks;
}

/** Both ends of a scale of colours, and between them those of its ticks that `clear` says do not touch the one before or the last. */
export function withEnds(
  [low, high]: readonly [number, number],
  ticks: readonly Tick[],
  clear: (tick: Tick, other: Tick) => boolean,
): Tick[] {
  const near = (a: number, b: number) => Math.abs(a - b) <= 1e-6 * Math.abs(high - low);
  // Told from the nearest tick, and counts in full.
  const digits = (value: number) => {
    const least = Math.min(Math.abs(high - low), ...ticks.map((tick) => Math.abs(tick.value - value)));
    return Number.isInteger(value) ? 15 : 3 + Math.max(0, Math.floor(Math.log10(Math.abs(value) / least)));
  };
  const end = (value: number) =>
    ticks.find((tick) => near(tick.value, value)) ?? { value, text: plain(value, digits(value)) };
  if (near(low, high)) return [end(low)];
  const [first, last] = [end(low), end(high)];
  const kept = [first];
  for (const tick of ticks) {
    if (near(tick.value, low) || near(tick.value, high)) continue;
    if (clear(tick, kept.at(-1) as Tick) && clear(tick, last)) kept.push(tick);
  }
  return [...kept, last];
}

/** By more than rounding: between two neighbours among doubles there is no place for a tick. */
function apart(low: number, high: number): boolean {
  return high - low > 1e-12 * Math.max(Math.abs(low), Math.abs(high));
}

function stepOf([low, high]: readonly [number, number], count: number): number {
  const raw = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  return ([1, 2, 5].find((factor) => factor * power >= raw * 0.999) ?? 10) * power;
}

/** The domain grown to the ticks around it. */
export function rounded(domain: readonly [number, number]): [number, number] {
  const step = stepOf(domain, 5);
  return [Math.floor(domain[0] / step + 1e-6) * step, Math.ceil(domain[1] / step - 1e-6) * step];
}

/** Powers of ten within the domain; where there are fewer than two, 1, 2 and 5 times them, or places as of a linear scale. */
export function logTicks([low, high]: readonly [number, number]): Tick[] {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const powers = Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
  const within = (values: readonly number[]) => values.filter((value) => value >= low * 0.999 && value <= high * 1.001);
  const whole = within(powers);
  const values = whole.length >= 2 ? whole : within(powers.flatMap((power) => [power, 2 * power, 5 * power]));
  if (values.length < 2) return linearTicks([low, high], 4);
  return values.map((value) => ({ value, text: plain(value) }));
}

/** How far left of an axis the name of it stands, of which the numbers end six pixels from it: clear of those of wide fonts. */
export function besideNumbers(ticks: readonly Tick[]): number {
  return Math.max(40, ...ticks.map(({ text }) => textWidth(text, 11.5) + 13));
}

export function scaleTo(domain: readonly [number, number], range: readonly [number, number], log = false): Scale {
  const place = (value: number) => (log ? Math.log10(value) : value);
  const [low, high] = [place(domain[0]), place(domain[1])];
  return (value) => range[0] + ((place(value) - low) / (high - low || 1)) * (range[1] - range[0]);
}

/** The least and the greatest of finite numbers, apart even where all are equal but for rounding. */
export function extent(lists: readonly (readonly (number | null)[])[], log = false): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const list of lists) {
    for (const value of list) {
      if (value === null || (log && value <= 0)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) return log ? [0.1, 1] : [0, 1];
  if (apart(low, high)) return [low, high];
  return log ? [low / 2, low * 2] : [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
}

/** With a true minus sign. */
export function fixed(value: number, decimals: number): string {
  return value
    .toFixed(decimals)
    .replace(/^-(?=0(\.0*)?$)/, '')
    .replace('-', '−');
}

/** @param digits that are significant */
export function plain(value: number, digits = 6): string {
  // 10 ** -4 is not 1e-4.
  const short = Number(value.toPrecision(digits));
  const size = Math.abs(short);
  const text = size !== 0 && (size < 1e-4 || size >= 1e7) ? short.toExponential() : String(short);
  return text.replaceAll('-', '−').replace('e+', 'e');
}
