import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { messageOf } from '../../src/protocol/errors';
import { plural } from '../format';
import { Menu, type MenuItem } from '../menu';
import type { Tool } from './plot';

interface ToolsProps {
  readonly tool: Tool;
  readonly solid: boolean;
  readonly colours: readonly MenuItem[];
  readonly colour: string;
  readonly sizes: readonly MenuItem[];
  readonly size: string;
  readonly views: readonly MenuItem[];
  onTool(tool: Tool): void;
  /** Selects what a query finds, and says how many that are. @throws Error in words */
  onFind(query: string): number;
}

const icons: Record<Tool, string> = {
  lasso:
    'M8 2.5c3.3 0 5.5 1.6 5.5 3.8S11.300 10 8 10 2.500 8.500 2.500 6.300 4.700 2.500 8 2.500zM4.500 9.300c-1 1-.3 2.200.8 2.200s1.700 1 .7 2.500',
  box: 'M2.500 4.500h3M8 4.500h2M12.500 4.500h1v2M13.500 9v2.500h-2M9 11.500H6.500M4 11.500H2.500V9M2.500 7V5.500',
  move: 'M8 1.500v13M1.500 8h13M6 3.500l2-2 2 2M6 12.500l2 2 2-2M3.500 6l-2 2 2 2M12.500 6l2 2-2 2',
};

/** How points are selected, found, coloured and shown. */
export function ScatterTools({ tool, solid, colours, colour, sizes, size, views, onTool, onFind }: ToolsProps) {
  const [query, setQuery] = useState('');
  const [said, setSaid] = useState<{ readonly text: string; readonly wrong: boolean } | null>(null);
  const find = () => {
    if (query.trim() === '') return setSaid(null);
    try {
      setSaid({ text: `${plural(onFind(query), 'row')} found.`, wrong: false });
    } catch (error) {
      setSaid({ text: messageOf(error), wrong: true });
    }
  };
  const titles: Record<Tool, string> = {
    lasso: 'Select with a line around points',
    box: 'Select with a box around points',
    move: solid ? 'Turn' : 'Move',
  };
  return (
    <div class="tools">
      {(['lasso', 'box', 'move'] as const).map((one) => (
        <button
          type="button"
          key={one}
          class="icon"
          aria-pressed={one === tool}
          aria-label={titles[one]}
          title={`${titles[one]}${one === tool ? '; with Shift held: the other way round' : ''}`}
          onClick={() => onTool(one)}
        >
          <svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" aria-hidden="true">
            <path d={icons[one]} />
          </svg>
        </button>
      ))}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          find();
        }}
      >
        <input
          type="search"
          placeholder="Find rows"
          aria-label="Find rows: a text, or a comparison such as row < 100 and name ~ cat"
          title="A text, or a comparison: row < 100 and name ~ cat"
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
      </form>
      {colours.length > 0 && <Menu title={colour} items={colours} />}
      {sizes.length > 0 && <Menu title={size} items={sizes} />}
      <Menu title="View" items={views} />
      <Said>{said && <span class={said.wrong ? 'wrong' : undefined}>{said.text}</span>}</Said>
    </div>
  );
}

function Said({ children }: { children: ComponentChildren }) {
  return (
    <span class="caption" aria-live="polite">
      {children}
    </span>
  );
}
