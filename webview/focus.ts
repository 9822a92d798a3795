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
