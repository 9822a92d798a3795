/** Data to pixels along one axis. */
export interface Scale {
  at(value: number): number;
  readonly ticks: readonly number[];
  /** A tick as text, all with the same decimals. */
  label(tick: number): string;
}

/** @param count of ticks wished for; there may be one or two more or fewer. */
export function linearScale(domain: readonly [number, number], range: readonly [number, number], count: number): Scale {
  const [low, high] = domain;
  const span = high - low || 1;
  const step = niceStep(span / Math.max(1, count));
  const first = Math.ceil(low / step - 1e-9);
  const ticks = Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
  let decimals = 0;
  while (decimals < 12 && Math.abs(step * 10 ** decimals - Math.round(step * 10 ** decimals)) > 1e-6) decimals++;
  return {
    at: (value) => range[0] + ((value - low) / span) * (range[1] - range[0]),
    ticks,
    label: (tick) => label(tick, decimals),
  };
}

/** Powers of ten, and 2 and 5 times them where there are few. Both ends of `domain` are above zero. */
export function logScale(domain: readonly [number, number], range: readonly [number, number], count: number): Scale {
  const [low, high] = domain.map(Math.log10) as [number, number];
  const span = high - low || 1;
  const factors = span < count / 2 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let power = Math.floor(low); power <= Math.ceil(high); power++) {
    for (const factor of factors) {
      const tick = factor * 10 ** power;
      if (tick >= domain[0] * (1 - 1e-9) && tick <= domain[1] * (1 + 1e-9)) ticks.push(tick);
    }
  }
  return {
    at: (value) => range[0] + ((Math.log10(value) - low) / span) * (range[1] - range[0]),
    ticks,
    label: (tick) => label(tick, Math.max(0, -Math.floor(Math.log10(tick) + 1e-9))),
  };
}

/** Least and greatest of what is there; null where nothing is. */
export function extent(lists: Iterable<readonly (number | null)[]>): [number, number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const list of lists) {
    for (const value of list) {
      if (value === null) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : null;
}

/** `domain` with a margin at both ends, a fraction of its span. */
export function padded([low, high]: readonly [number, number], margin: number): [number, number] {
  const pad = (high - low || Math.abs(high) || 1) * margin;
  return [low - pad, high + pad];
}

/** Evenly chosen positions of `count` names, so that at most `most` are written. */
export function thinned(count: number, most: number): number[] {
  const step = Math.max(1, Math.ceil(count / Math.max(1, most)));
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step);
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find((nice) => nice * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}

function label(tick: number, decimals: number): string {
  const size = Math.abs(tick);
  const text = size >= 1e5 ? tick.toExponential(0).replace('e+', 'e') : tick.toFixed(Math.min(decimals, 12));
  return text.replaceAll('-', '−').replace(/^−(0(?:\.0*)?)$/, '$1');
}
