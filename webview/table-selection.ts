import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { toggled } from './figures/linked';

/** Rows of the data that the lines of a table are about, and which of them are selected everywhere on the page. */
export interface RowSelection {
  readonly rows: ReadonlySet<number>;
  /** The row that a line is about; the same function as long as the lines stay. */
  rowOf(entry: number): number;
  onSelect(rows: ReadonlySet<number>): void;
  /** Enter on a line. */
  onEnter?(row: number): void;
}

/** Where a stretch of lines begins, and what was selected before it. */
interface Stretch {
  readonly from: number;
  readonly before: ReadonlySet<number>;
}

interface Lines {
  /** All of them, as they are sorted. */
  readonly sorted: Uint32Array;
  /** Those of the page that is shown. */
  readonly first: number;
  readonly shown: number;
  /** Turns to the page that a line is on. */
  turnTo(place: number): void;
}

/**
 * Lines of a table that are selected with the pointer and the keyboard: a click or Space takes a row or lets it go, Shift with a
 * click or an arrow takes all on the way, Ctrl+A takes all of the table. One line is in the order of the Tab key, and the arrows go on from it.
 */
export function useSelectedLines(selection: RowSelection | undefined, { sorted, first, shown, turnTo }: Lines) {
  const [place, setPlace] = useState(0);
  const stretch = useRef<Stretch | null>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const comes = useRef(false);
  const current = place >= first && place < first + shown ? place : first;
  useLayoutEffect(() => {
    if (!comes.current) return;
    comes.current = false;
    body.current?.querySelector<HTMLElement>('tr[tabindex="0"]')?.focus();
  });
  if (!selection) return { body, lineOf: () => ({}) };
  const { rows, rowOf, onSelect, onEnter } = selection;
  const rowAt = (at: number) => rowOf(sorted[at] as number);
  const toggle = (at: number) => {
    stretch.current = null;
    setPlace(at);
    onSelect(toggled(rows, rowAt(at)));
  };
  const reach = (to: number) => {
    const { from, before } = stretch.current ?? { from: current, before: rows };
    stretch.current = { from, before };
    const taken = new Set(before);
    for (let at = Math.min(from, to); at <= Math.max(from, to); at++) taken.add(rowAt(at));
    setPlace(to);
    onSelect(taken);
  };
  const go = (to: number, extends_: boolean) => {
    const next = Math.min(sorted.length - 1, Math.max(0, to));
    if (extends_) reach(next);
    else {
      stretch.current = null;
      setPlace(next);
    }
    comes.current = true;
    turnTo(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // Keys of what stands in the cells are its own.
    if (event.target !== event.currentTarget || event.altKey) return;
    const steps: Partial<Record<string, number>> = {
      ...{ ArrowDown: current + 1, ArrowUp: current - 1, PageDown: current + shown, PageUp: current - shown },
      ...{ Home: 0, End: sorted.length - 1 },
    };
    const to = steps[event.key];
    if (to !== undefined) go(to, event.shiftKey);
    else if (event.key === ' ') toggle(current);
    else if (event.key === 'Enter' && onEnter) onEnter(rowAt(current));
    else if (event.key.toLowerCase() === 'a' && (event.ctrlKey || event.metaKey))
      onSelect(new Set([...rows, ...Array.from(sorted, rowOf)]));
    else return;
    event.preventDefault();
  };
  const lineOf = (entry: number, at: number): JSX.IntrinsicElements['tr'] => ({
    tabIndex: at === current ? 0 : -1,
    'aria-selected': rows.has(rowOf(entry)),
    onKeyDown,
    onClick: (event) => {
      const { target } = event;
      if (target instanceof Element && target.closest('button, input, a')) return;
      // A text was marked with the pointer.
      if (!event.shiftKey && !getSelection()?.isCollapsed) return;
      if (event.shiftKey) {
        getSelection()?.removeAllRanges();
        reach(at);
      } else toggle(at);
    },
  });
  return { body, lineOf };
}
