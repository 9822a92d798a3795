import { createContext } from 'preact';
import { useContext, useMemo, useState } from 'preact/hooks';
import { useKept, useKeptRows } from '../kept';

/**
 * The row of the data under the cursor in any figure, the one that a click has marked, and those that were picked; every
 * scatter shows them.
 */
export interface LinkedRows {
  readonly pointed: number | null;
  readonly marked: number | null;
  readonly picked: ReadonlySet<number>;
  point(row: number | null): void;
  mark(row: number | null): void;
  /** Absent where there is no page around. */
  readonly pick?: ((rows: ReadonlySet<number>) => void) | undefined;
}

export const Linked = createContext<LinkedRows>({
  ...{ pointed: null, marked: null, picked: new Set() },
  ...{ point: () => {}, mark: () => {} },
});

export function useLinkedRows(): LinkedRows {
  return useContext(Linked);
}

/** For the provider, around all figures of a page. */
export function useLinks(): LinkedRows {
  const [pointed, point] = useState<number | null>(null);
  const [marked, mark] = useKept<number | null>('marked', null);
  const [picked, pick] = useKeptRows('picked');
  return useMemo(() => ({ pointed, marked, picked, point, mark, pick }), [pointed, marked, picked]);
}

/** Where a row is among these, or -1. Most figures show all rows in their order: there it is found at once. */
export function placeOf(rows: readonly number[], row: number): number {
  return rows[row] === row ? row : rows.indexOf(row);
}

/** The set with this one, or without it where it was in it. */
export function toggled(set: ReadonlySet<number>, one: number): Set<number> {
  const next = new Set(set);
  if (!next.delete(one)) next.add(one);
  return next;
}
