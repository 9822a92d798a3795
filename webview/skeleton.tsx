import { useLayoutEffect, useRef } from 'preact/hooks';
import { isWaiting, type Row } from './rows';

/** Room for text that is on its way. */
export function Skeleton() {
  return (
    <div class="skeleton" aria-hidden="true">
      <span />
      <span />
    </div>
  );
}

/** Keeps the room of what there was of some rows while all of it is computed anew: what a person is about to press stays. */
export function useRoom<E extends HTMLElement>(rows: readonly Row[]) {
  const ref = useRef<E>(null);
  const room = useRef({});
  const isThere = rows.some(({ result }) => result !== undefined);
  useLayoutEffect(() => {
    if (!isThere || ref.current === null) return;
    const { offsetHeight, offsetWidth } = ref.current;
    room.current = { height: `${offsetHeight}px`, width: `${offsetWidth}px`, maxWidth: '100%', overflow: 'hidden' };
  });
  return { ref, ...(isWaiting(rows) && { style: room.current }) };
}
