import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface MenuItem {
  readonly title: string;
  /** Of one of several choices, of which one holds: whether it is that one. */
  readonly checked?: boolean;
  run(): void;
}

interface MenuProps {
  /** Text of the button; for `compact` its accessible name. */
  readonly title: string;
  readonly items: readonly MenuItem[];
  readonly compact?: boolean;
  /** Counts up when something else asks for the menu to open. */
  readonly summons?: number;
}

/** Between a list and the edge of the page. */
const margin = 4;

/** A button that opens a list of commands: arrow keys move, Escape closes. */
export function Menu({ title, items, compact = false, summons = 0 }: MenuProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (summons > 0) setOpen(true);
  }, [summons]);
  useEffect(() => {
    if (!open) return;
    entries(root.current)[0]?.focus();
    const outside = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [open]);
  // It ends where its button does, but begins in sight.
  useLayoutEffect(() => {
    const list = root.current?.querySelector<HTMLElement>('[role=menu]');
    const hidden = margin - (list?.getBoundingClientRect().left ?? margin);
    if (list && hidden > 0) list.style.right = `${-hidden}px`;
  }, [open]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    const list = entries(root.current);
    const at = list.indexOf(document.activeElement as HTMLButtonElement);
    if (event.key === 'ArrowDown') list[(at + 1) % list.length]?.focus();
    else if (event.key === 'ArrowUp') list.at((at < 1 ? list.length : at) - 1)?.focus();
    else if (event.key === 'Home') list[0]?.focus();
    else if (event.key === 'End') list.at(-1)?.focus();
    else if (event.key === 'Escape') close();
    else if (event.key === 'Tab') setOpen(false);
    if (['ArrowDown', 'ArrowUp', 'Home', 'End', 'Escape'].includes(event.key)) event.preventDefault();
  };
  return (
    <div class="menu" ref={root}>
      <button
        type="button"
        ref={button}
        class={compact ? 'icon' : 'secondary'}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={compact ? title : undefined}
        title={title}
        onClick={() => setOpen(!open)}
      >
        {compact ? <Dots /> : <span class="menu-title">{title}</span>}
        {!compact && <Chevron />}
      </button>
      {open && (
        <div role="menu" tabIndex={-1} aria-label={title} onKeyDown={onKey}>
          {items.map((item) => (
            <button
              key={item.title}
              type="button"
              {...roleOf(item)}
              tabIndex={-1}
              onClick={() => {
                close();
                item.run();
              }}
            >
              {item.title}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function roleOf({ checked }: MenuItem) {
  return checked === undefined
    ? ({ role: 'menuitem' } as const)
    : ({ role: 'menuitemradio', 'aria-checked': checked } as const);
}

function entries(root: HTMLElement | null): HTMLButtonElement[] {
  return [...(root?.querySelectorAll<HTMLButtonElement>('[role^=menuitem]') ?? [])];
}

function Dots() {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true">
      <circle cx="3" cy="8" r="1.3" />
      <circle cx="8" cy="8" r="1.3" />
      <circle cx="13" cy="8" r="1.3" />
    </svg>
  );
}

function Chevron() {
  return (
    <svg class="chevron" width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
      <path d="M2 3.5l3 3 3-3" fill="none" stroke="currentColor" stroke-width="1.2" />
    </svg>
  );
}
