import { createContext } from 'preact';
import { useContext, useMemo, useState } from 'preact/hooks';

/** The row of the data under the cursor in any figure, and the one that a click has marked; every scatter shows both. */
export interface LinkedRows {
  readonly pointed: number | null;
  readonly marked: number | null;
  point(row: number | null): void;
  mark(row: number | null): void;
}

export const Linked = createContext<LinkedRows>({ pointed: null, marked: null, point: () => {}, mark: () => {} });

export function useLinkedRows(): LinkedRows {
  return useContext(Linked);
}

/** For the provider, around all figures of a page. */
export function useLinks(): LinkedRows {
  const [pointed, point] = useState<number | null>(null);
  const [marked, mark] = useState<number | null>(null);
  return useMemo(() => ({ pointed, marked, point, mark }), [pointed, marked]);
}
