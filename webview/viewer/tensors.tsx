import { useMemo, useRef, useState } from 'preact/hooks';
import type { TensorDescription } from '../../src/protocol/engine';
import { count } from '../../src/protocol/words';
import { bytes } from '../format';
import { linesOf, openAtFirst, type TreeLine, treeOf } from './tree';

/** More tensors than this are closed groups at first. */
const many = 60;

interface TensorsProps {
  readonly tensors: readonly TensorDescription[];
  readonly chosen: string | null;
  onChoose(tensor: string | null): void;
}

/** The tensors of a file as a tree: arrow keys move, open and close; Enter shows. */
export function Tensors({ tensors, chosen, onChoose }: TensorsProps) {
  const nodes = useMemo(() => treeOf(tensors), [tensors]);
  const [open, setOpen] = useState(() => openAtFirst(nodes, chosen, tensors.length > many));
  const [stop, setStop] = useState<string | null>(null);
  const tree = useRef<HTMLDivElement>(null);
  const lines = linesOf(nodes, open);
  const current =
    lines.find(({ node }) => node.path === stop) ?? lines.find((line) => isChosen(line, chosen)) ?? lines[0];
  const focus = (line: TreeLine | undefined) => {
    if (!line) return;
    setStop(line.node.path);
    tree.current?.querySelectorAll<HTMLElement>('[role=treeitem]')[lines.indexOf(line)]?.focus();
  };
  const toggle = ({ node }: TreeLine) => {
    const next = new Set(open);
    if (!next.delete(node.path)) next.add(node.path);
    setOpen(next);
  };
  const choose = (line: TreeLine) => {
    if (line.node.tensor) onChoose(line.node.tensor.name);
    else toggle(line);
  };
  const onKey = (event: KeyboardEvent) => {
    if (!current) return;
    const at = lines.indexOf(current);
    const parent = () => lines.slice(0, at).findLast(({ level }) => level < current.level);
    const group = current.node.children.length > 0;
    const actions: Record<string, () => void> = {
      ArrowDown: () => focus(lines[at + 1]),
      ArrowUp: () => focus(lines[at - 1]),
      Home: () => focus(lines[0]),
      End: () => focus(lines.at(-1)),
      ArrowRight: () => (group && !current.open ? toggle(current) : group ? focus(lines[at + 1]) : undefined),
      ArrowLeft: () => (group && current.open ? toggle(current) : focus(parent())),
      Enter: () => choose(current),
      ' ': () => choose(current),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  return (
    <div class="tree" role="tree" aria-label="Tensors" ref={tree} onKeyDown={onKey}>
      {lines.map((line) => {
        const { node, level } = line;
        const group = node.children.length > 0;
        return (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the tree takes the keys of its items
          <div
            key={node.path}
            role="treeitem"
            class={`tree-line level-${Math.min(level, 8)}`}
            aria-level={level}
            aria-expanded={group ? line.open : undefined}
            aria-selected={isChosen(line, chosen)}
            tabIndex={line === current ? 0 : -1}
            onFocus={() => setStop(node.path)}
            onClick={() => {
              setStop(node.path);
              choose(line);
            }}
          >
            <span class="tree-name">
              {group && <span class="twistie" aria-hidden="true" />}
              {node.name || 'columns'}
            </span>
            {node.tensor && <Facts tensor={node.tensor} />}
          </div>
        );
      })}
    </div>
  );
}

function Facts({ tensor }: { tensor: TensorDescription }) {
  return (
    <span class="tree-facts" title={tensor.unusable && `Not a representation: ${tensor.unusable}`}>
      {shapeText(tensor.shape)} {tensor.dtype}, {bytes(tensor.bytes)}
      {tensor.unusable && <span class="unusable">{tensor.unusable}</span>}
    </span>
  );
}

export function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.map(count).join(' × ');
}

function isChosen({ node }: TreeLine, chosen: string | null): boolean {
  return node.tensor !== undefined && node.tensor.name === chosen;
}
