import { useEffect, useRef, useState } from 'preact/hooks';
import { firstSlice, type Range } from '../../src/protocol/slice';
import type { LineSummary } from '../../src/protocol/window';
import { useStore, useView } from './view';

/** Rows that are described together. */
const together = 64;
/** Milliseconds that the view has to stand still. */
const calm = 150;

/**
 * Summaries of the rows in sight, as they come.
 * @param what changes when the rows are others
 * @param seen null while nobody wants to see them
 */
export function useRowSummaries(
  what: string,
  seen: Range | null,
  rows: number,
): (row: number) => LineSummary | undefined {
  const store = useStore();
  const { choice } = useView();
  const known = useRef(new Map<number, readonly LineSummary[]>());
  const asked = useRef(new Set<number>());
  const of = useRef(what);
  const [, redraw] = useState(0);
  if (of.current !== what) {
    of.current = what;
    known.current = new Map();
    asked.current = new Set();
  }
  const [first, last] = seen ?? [0, 0];
  useEffect(() => {
    if (first === last) return;
    const timer = setTimeout(() => {
      for (let tile = Math.floor(first / together); tile * together < last; tile++) void load(tile);
    }, calm);
    return () => clearTimeout(timer);
  }, [what, first, last]);

  const load = async (tile: number): Promise<void> => {
    if (asked.current.has(tile)) return;
    asked.current.add(tile);
    const into = known.current;
    const range: Range = [tile * together, Math.min(rows, (tile + 1) * together)];
    const { tensor, slice = firstSlice([]), query, raw } = choice;
    const reading = { ...(query !== undefined && { query }), ...(raw !== undefined && { raw }) };
    try {
      const job = `rows-${tile}-${what}`;
      const { lines } = await store.host.summarise({ job, request: { ...reading, tensor, slice, of: 'rows', range } });
      into.set(tile, lines);
      redraw((n) => n + 1);
    } catch (error) {
      asked.current.delete(tile);
      store.report(error);
    }
  };
  return (row) => known.current.get(Math.floor(row / together))?.[row % together];
}
