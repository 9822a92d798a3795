import { useMemo } from 'preact/hooks';
import { type Branch, branchesOf } from '../../src/figures/branches';
import { round } from '../../src/figures/markup';
import type { Tree } from '../../src/protocol/figures';
import { number, plural } from '../format';
import { Plot, type Pointing } from './plot';
import { type Scale, scaleOver, thinned } from './scale';
import { fitted, Label, size, textWidth } from './text';
import type { FigureTheme } from './theme';

interface TreeLayout {
  readonly width: number;
  readonly height: number;
  /** Where the leaves end and heights begin. */
  readonly left: number;
  readonly down: number;
  readonly x: Scale;
  /** Pixels from leaf to leaf. */
  readonly leaf: number;
  readonly branches: readonly Branch[];
}

const top = 4;

function layoutTree(figure: Tree, width: number): TreeLayout {
  const branches = branchesOf(figure);
  const longest = Math.max(...figure.leaves.map((leaf) => textWidth(leaf, size.tick)), 0) + 12;
  const left = Math.min(longest, width * 0.4);
  const leaf = Math.max(4, Math.min(20, 640 / Math.max(1, figure.leaves.length)));
  const most = Math.max(...branches.map(({ to }) => to.height), 0) || 1;
  const down = leaf * figure.leaves.length;
  const x = scaleOver([0, most], [left, width - 14], 5);
  return { width, height: top + down + 40, left, down, x, leaf, branches };
}

interface DrawingProps {
  readonly figure: Tree;
  readonly layout: TreeLayout;
  readonly theme: FigureTheme;
}

const middle = ({ leaf }: TreeLayout, place: number) => top + leaf * (place + 0.5);

function bracket(layout: TreeLayout, { from: [a, b], to }: Branch): string {
  const at = (height: number) => round(layout.x.at(height));
  const [ya, yb] = [round(middle(layout, a.at)), round(middle(layout, b.at))];
  return `M${at(a.height)} ${ya}H${at(to.height)}V${yb}H${at(b.height)}`;
}

function TreeDrawing({ figure, layout, theme }: DrawingProps) {
  const { left, down, x, branches, leaf } = layout;
  const bottom = top + down;
  const shown = thinned(figure.order.length, down / Math.max(leaf, 11));
  return (
    <g>
      <path
        d={x.ticks.map(({ value }) => `M${round(x.at(value))} ${top}v${down}`).join('')}
        stroke={theme.text}
        stroke-opacity={theme.grid}
        fill="none"
      />
      {x.ticks.map(({ value, text }) => (
        <Label key={text} x={x.at(value)} y={bottom + 10} theme={theme} size={size.tick} anchor="middle">
          {text}
        </Label>
      ))}
      {shown.map((place) => (
        <Label key={place} x={left - 6} y={middle(layout, place)} theme={theme} size={size.tick} anchor="end">
          {fitted(figure.leaves[figure.order[place] ?? 0] ?? '', left - 8, size.tick)}
        </Label>
      ))}
      <path
        d={branches.map((branch) => bracket(layout, branch)).join('')}
        fill="none"
        stroke={theme.text}
        stroke-width={1.25}
      />
      <Label x={(left + layout.width) / 2} y={bottom + 26} theme={theme} anchor="middle">
        {figure.height.label}
      </Label>
    </g>
  );
}

interface FigureProps {
  readonly figure: Tree;
  readonly width: number;
  readonly theme: FigureTheme;
  readonly label: string;
}

export function TreeFigure({ figure, width, theme, label }: FigureProps) {
  const layout = useMemo(() => layoutTree(figure, width), [figure, width]);
  const pointing = useMemo(() => pointingAt(figure, layout), [figure, layout]);
  return (
    <Plot
      width={layout.width}
      height={layout.height}
      theme={theme}
      label={label}
      pointing={pointing}
      overlay={(k) => {
        const branch = k === null ? undefined : layout.branches[k];
        return branch && <path d={bracket(layout, branch)} fill="none" stroke={theme.focus} stroke-width={3} />;
      }}
    >
      <TreeDrawing figure={figure} layout={layout} theme={theme} />
    </Plot>
  );
}

/** Merges are pointed at; arrow keys go from the lowest to the highest. */
function pointingAt(figure: Tree, layout: TreeLayout): Pointing<number> {
  const { branches, x } = layout;
  const place = ({ to }: Branch) => ({ x: x.at(to.height), y: middle(layout, to.at) });
  return {
    pick: (left, down) => {
      const far = branches.map((branch) => Math.hypot(place(branch).x - left, place(branch).y - down));
      const least = Math.min(...far);
      return least < 40 ? far.indexOf(least) : null;
    },
    step: (from, key) => {
      if (branches.length === 0) return null;
      if (key === 'Home' || from === null) return 0;
      if (key === 'End') return branches.length - 1;
      const next = from + (key === 'ArrowLeft' || key === 'ArrowUp' ? -1 : 1);
      return next >= 0 && next < branches.length ? next : null;
    },
    at: (k) => place(branches[k] as Branch),
    describe: (k) => {
      const { left, right } = figure.merges[k] ?? { left: 0, right: 0 };
      const named = (cluster: number) =>
        figure.leaves[cluster] ?? plural(branches[cluster - figure.leaves.length]?.count ?? 0, 'leaf', 'leaves');
      return [`${named(left)} + ${named(right)}`, `${figure.height.label}: ${number(branches[k]?.to.height)}`];
    },
  };
}
