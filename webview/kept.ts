import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';

/** Milliseconds after which what has changed is kept: scrolling changes it with every picture. */
const pause = 100;
/** More selected rows than this are not kept: the editor stores what is kept with its window. */
const MANY = 2000;
/** Milliseconds in which a page that comes back grows as long as it was. */
const growing = 5000;

/** What a person looks at, by name: small values of JSON that are there again when the page comes back after it was hidden. */
export class Kept {
  #values: Readonly<Record<string, unknown>>;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    before: Readonly<Record<string, unknown>>,
    private readonly keep: () => void,
  ) {
    this.#values = before;
  }

  get values(): Readonly<Record<string, unknown>> {
    return this.#values;
  }

  set(name: string, value: unknown): void {
    const { [name]: before, ...others } = this.#values;
    if (JSON.stringify(before) === JSON.stringify(value)) return;
    this.#values = value === undefined ? others : { ...others, [name]: value };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.keep, pause);
  }
}

/** What was looked at before, where that was of the same: `of` as it was kept. */
export function keptOf(state: unknown, of: unknown): Readonly<Record<string, unknown>> {
  if (typeof state !== 'object' || state === null || !('of' in state) || !('view' in state)) return {};
  return JSON.stringify(state.of) === JSON.stringify(of) ? (state.view as Readonly<Record<string, unknown>>) : {};
}

export const KeptContext = createContext<Kept>(new Kept({}, () => {}));

/** A state that is kept unless it is as it was first. */
export function useKept<T>(name: string, first: T): [T, (value: T) => void] {
  const kept = useContext(KeptContext);
  const [value, setValue] = useState(() => (kept.values[name] as T | undefined) ?? first);
  useEffect(() => kept.set(name, value === first ? undefined : value), [kept, name, value]);
  return [value, setValue];
}

/** Rows as a state that is kept, unless they are many. */
export function useKeptRows(name: string): [ReadonlySet<number>, (rows: ReadonlySet<number>) => void] {
  const kept = useContext(KeptContext);
  const [rows, setRows] = useState<ReadonlySet<number>>(() => new Set(kept.values[name] as number[] | undefined));
  useEffect(() => kept.set(name, rows.size > 0 && rows.size <= MANY ? [...rows] : undefined), [kept, name, rows]);
  return [rows, setRows];
}

/**
 * Keeps how far the page is scrolled; goes there once it is long enough again, unless the person scrolls before.
 * @returns ends it
 */
export function keepScroll(kept: Kept): () => void {
  const { scroll } = kept.values;
  let wanted = typeof scroll === 'number' ? scroll : 0;
  const end = new AbortController();
  const { signal } = end;
  const settle = () => {
    wanted = 0;
    grown.disconnect();
  };
  const grown = new ResizeObserver(() => {
    scrollTo(0, wanted);
    if (Math.abs(scrollY - wanted) <= 1) settle();
  });
  if (wanted > 0) {
    grown.observe(document.body);
    setTimeout(settle, growing);
    for (const own of ['wheel', 'pointerdown', 'keydown']) addEventListener(own, settle, { signal, passive: true });
  }
  addEventListener('scroll', () => wanted === 0 && kept.set('scroll', scrollY || undefined), { signal });
  return () => {
    settle();
    end.abort();
  };
}
