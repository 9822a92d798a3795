import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { bounded, inSight, scaleOf, spaceOf, type Track } from './track';

interface Axis {
  readonly count: number;
  readonly size: number;
  /** Frozen pixels before the items. */
  readonly frozen: number;
}

/** Where the view of a grid is, in pixels of its items (`x`, `y`) and of its scroll bars (`left`, `top`). */
interface Place {
  readonly x: number;
  readonly y: number;
  readonly left: number;
  readonly top: number;
}

/**
 * Scrolling over any number of items: natively while an element can be as long as all of them, beyond that with a scroll
 * bar that stands for more than it measures, and wheel and keys exact all the same.
 */
export function useScroll(across: Axis, down: Axis) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ width: 0, height: 0 });
  const place = useRef<Place>({ x: 0, y: 0, left: 0, top: 0 });
  const [, redraw] = useState(0);
  const horizontal: Track = { ...across, view: Math.max(0, view.width - across.frozen) };
  const vertical: Track = { ...down, view: Math.max(0, view.height - down.frozen) };
  const scales = [scaleOf(horizontal), scaleOf(vertical)] as const;

  const moveTo = (x: number, y: number) => {
    const element = box.current;
    if (!element) return;
    const next = { x: bounded(x, horizontal), y: bounded(y, vertical) };
    element.scrollLeft = next.x * scales[0];
    element.scrollTop = next.y * scales[1];
    place.current = { ...next, left: element.scrollLeft, top: element.scrollTop };
    redraw((n) => n + 1);
  };
  const latest = useRef(moveTo);
  latest.current = moveTo;

  const onScroll = () => {
    const element = box.current;
    if (!element) return;
    const { scrollLeft: left, scrollTop: top } = element;
    const { current } = place;
    // What was moved from here has moved already.
    if (left === current.left && top === current.top) return;
    place.current = {
      x: left === current.left ? current.x : left / scales[0],
      y: top === current.top ? current.y : top / scales[1],
      left,
      top,
    };
    redraw((n) => n + 1);
  };

  const stretched = scales[0] !== 1 || scales[1] !== 1;
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !stretched) return;
    const wheel = (event: WheelEvent) => {
      if (event.ctrlKey) return;
      event.preventDefault();
      const { x, y } = place.current;
      const [dx, dy] = event.shiftKey ? [event.deltaY, event.deltaX] : [event.deltaX, event.deltaY];
      latest.current(x + dx, y + dy);
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, [stretched]);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => setView({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const { x, y, left, top } = place.current;
  return {
    box,
    onScroll,
    moveTo: useCallback((toX: number, toY: number) => latest.current(toX, toY), []),
    ...{ x, y, horizontal, vertical },
    rows: inSight(y, vertical),
    columns: inSight(x, horizontal),
    space: { width: across.frozen + spaceOf(horizontal), height: down.frozen + spaceOf(vertical) },
    /** Place of an item in the element that is scrolled. */
    leftOf: (item: number) => across.frozen + item * across.size - x + left,
    topOf: (item: number) => down.frozen + item * down.size - y + top,
  };
}
