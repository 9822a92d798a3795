import { useEffect, useRef } from 'preact/hooks';
import type { Table } from '../src/protocol/result';
import { number, plural } from './format';

export interface Chosen {
  readonly unit: number;
  readonly partner: number;
}

interface Pair extends Chosen {
  readonly correlation: number | null;
  readonly classes: readonly [string, string];
}

/** The pairs of a table, or those of them with a unit of one class. */
export function pairsOf(table: Table | undefined, kind: string | null): Pair[] {
  const at = ['unit', 'partner', 'correlation', 'class', 'class of the partner'].map(
    (name) => table?.columns.indexOf(name) ?? -1,
  );
  const pairs = (table?.rows ?? []).map((row): Pair => {
    const [unit, partner, correlation, first, second] = at.map((column) => row[column] ?? null);
    return {
      ...{ unit: Number(unit), partner: Number(partner) },
      correlation: typeof correlation === 'number' ? correlation : null,
      classes: [String(first), String(second)],
    };
  });
  return kind === null ? pairs : pairs.filter(({ classes }) => classes.includes(kind));
}

interface PairListProps {
  readonly pairs: readonly Pair[];
  readonly chosen: Chosen;
  readonly kind: string | null;
  onChoose(pair: Chosen): void;
}

/** Matched pairs, the strongest first: one stop for the Tab key, arrow keys walk from pair to pair. */
export function PairList({ pairs, chosen, kind, onChoose }: PairListProps) {
  const list = useRef<HTMLDivElement>(null);
  const at = pairs.findIndex(({ unit, partner }) => unit === chosen.unit && partner === chosen.partner);
  // Walking keeps the pair in sight, within the list alone.
  useEffect(() => {
    const option = list.current?.children[at] as HTMLElement | undefined;
    const box = list.current;
    if (!option || !box) return;
    const [top, bottom] = [option.offsetTop - box.offsetTop, option.offsetTop - box.offsetTop + option.offsetHeight];
    if (top < box.scrollTop) box.scrollTop = top;
    else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
  }, [at]);
  const onKey = (event: KeyboardEvent) => {
    const last = pairs.length - 1;
    const next = { ArrowDown: Math.min(last, at + 1), ArrowUp: Math.max(0, at - 1), Home: 0, End: last }[event.key];
    const pair = next === undefined ? undefined : pairs[next];
    if (!pair) return;
    event.preventDefault();
    onChoose({ unit: pair.unit, partner: pair.partner });
  };
  return (
    <div class="pair-list">
      <p class="caption" id="pair-list-about">
        {plural(pairs.length, 'pair')} of units{kind === null ? '' : `, one of them ${kind}`}, the strongest first
      </p>
      <div
        role="listbox"
        tabIndex={0}
        ref={list}
        aria-labelledby="pair-list-about"
        aria-activedescendant={at >= 0 ? `pair-${at}` : undefined}
        onKeyDown={onKey}
      >
        {pairs.map(({ unit, partner, correlation, classes: [first, second] }, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys
          // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus, and says which option is active
          <div
            key={`${unit} ${partner}`}
            id={`pair-${i}`}
            role="option"
            aria-selected={i === at}
            onClick={() => onChoose({ unit, partner })}
          >
            <span class="units">
              {unit} – {partner}
            </span>
            <span class="kinds">{first === second ? first : `${first} – ${second}`}</span>
            <span class="number">{number(correlation)}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
