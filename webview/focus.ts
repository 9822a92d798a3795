import { useEffect, useRef } from 'preact/hooks';

/**
 * Where the section of a method had the focus and is no more, its row in the list of methods has it; where the row went too, the
 * next, and after the last the way to add one.
 * @param open number of the row whose section is open
 */
export function useReturn(open: number | null): void {
  const before = useRef(open);
  useEffect(() => {
    const left = before.current;
    before.current = open;
    if (left === null || open !== null || !document.hasFocus() || document.activeElement !== document.body) return;
    const rows = document.querySelectorAll<HTMLElement>('button.name[aria-expanded]');
    (rows[left] ?? document.querySelector<HTMLElement>('.picker'))?.focus();
  }, [open]);
}

/** Gives the focus back to what had it when the editor took it: Chromium forgets what a frame had. */
export function keepFocus(): void {
  let last: (Element & HTMLOrSVGElement) | undefined;
  addEventListener('focusout', ({ target, relatedTarget }) => {
    last =
      relatedTarget === null && (target instanceof HTMLElement || target instanceof SVGElement) ? target : undefined;
    // What lost it to nothing while the page has it still was left for good.
    setTimeout(() => {
      if (document.hasFocus()) last = undefined;
    });
  });
  addEventListener('focus', () => {
    if (document.activeElement === document.body) last?.focus({ preventScroll: true });
  });
}

/** What the pointer has opened goes on Escape, wherever the focus is, until the pointer or another key moves on (WCAG 1.4.13). */
export function dismissHovers(): void {
  const { dataset } = document.documentElement;
  addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') dataset.dismissed = '';
    else delete dataset.dismissed;
  });
  addEventListener('pointermove', ({ movementX, movementY }) => {
    // Where something goes away beneath it, Chromium says that the pointer has moved by nothing.
    if (movementX !== 0 || movementY !== 0) delete dataset.dismissed;
  });
}
