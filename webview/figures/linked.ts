import { createContext } from 'preact';
import { useContext, useMemo, useState } from 'preact/hooks';

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
  const [marked, mark] = useState<number | null>(null);
  const [picked, pick] = useState<ReadonlySet<number>>(new Set());
  return useMemo(() => ({ pointed, marked, picked, point, mark, pick }), [pointed, marked, picked]);
}

/** The rows with this one, or without it where it was among them. */
export function toggled(rows: ReadonlySet<number>, row: number): Set<number> {
  const next = new Set(rows);
  if (!next.delete(row)) next.add(row);
  return next;
}
