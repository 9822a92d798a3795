import type { Value } from './rows';

/** Where values lie on a bar that runs from unlike on the left to alike on the right. */
export interface BarScale {
  /** 0 to 1; values beyond the scale are at its end. */
  at(value: number): number;
  /** Where the bar begins. */
  readonly base: number;
  /** The measure has no largest value: the scale ends a little beyond what it shows. */
  readonly open: boolean;
  readonly domain: readonly [number, number];
}

export function barScale({ value, description, chance, interval }: Value): BarScale {
  const [low = null, high = null] = description?.range ?? [];
  const shown = [value, chance?.level, interval?.low, interval?.high].filter((x) => typeof x === 'number');
  const start = low ?? Math.min(0, ...shown.map((x) => x * 1.15));
  const end = high ?? Math.max(start + 1e-9, ...shown.map((x) => x * 1.15));
  const reversed = description?.better === 'lower';
  const at = (x: number) => {
    const t = Math.min(1, Math.max(0, (x - start) / (end - start)));
    return reversed ? 1 - t : t;
  };
  const base = reversed ? 0 : at(Math.min(end, Math.max(start, 0)));
  return { at, base, open: low === null || high === null, domain: [start, end] };
}

/** A value over its declared range, with its interval, and the chance level marked. */
export function ValueBar({ value }: { value: Value }) {
  const scale = barScale(value);
  const { chance, interval } = value;
  // Without a bound and without anything beside it, a length says nothing.
  if (value.value === null || (scale.open && !chance && !interval))
    return <svg class="value-bar" width="100%" height="16" aria-hidden="true" />;
  const end = scale.at(value.value);
  const ends = interval && [scale.at(interval.low), scale.at(interval.high)].sort((a, b) => a - b);
  return (
    <svg class="value-bar" width="100%" height="16" aria-hidden="true">
      <title>{titleOf(value, scale)}</title>
      <rect class={scale.open ? 'track open' : 'track'} x="0" y="5" width="100%" height="6" />
      <rect
        class="value"
        x={percent(Math.min(scale.base, end))}
        y="5"
        width={percent(Math.abs(end - scale.base))}
        height="6"
      />
      {ends && <line class="interval" x1={percent(ends[0] ?? 0)} x2={percent(ends[1] ?? 0)} y1="8" y2="8" />}
      {chance && (
        <line class="chance" x1={percent(scale.at(chance.level))} x2={percent(scale.at(chance.level))} y1="1" y2="15" />
      )}
    </svg>
  );
}

function titleOf({ description }: Value, { domain, open }: BarScale): string {
  const [low, high] = domain.map((end) => Number(end.toPrecision(3)));
  const lower = description?.better === 'lower';
  const direction = lower ? `from ${high} on the left to ${low}: less is more alike` : `from ${low} to ${high}`;
  return `Bar ${direction}${open ? '; the measure has no bound, the bar ends where it is convenient' : ''}`;
}

function percent(part: number): string {
  return `${Math.round(part * 1000) / 10}%`;
}
