import { useState } from 'preact/hooks';
import { categoryColour } from '../../src/figures/palettes';
import type { PointLabels } from '../../src/protocol/figures';
import { count } from '../format';
import { shapeOf } from './shapes';
import type { FigureTheme } from './theme';

/** Categories that are listed at first. */
const LISTED = 30;

interface ScatterLegendProps {
  readonly labels: Extract<PointLabels, { kind: 'category' }>;
  readonly hidden: ReadonlySet<number>;
  readonly theme: FigureTheme;
  onHide(hidden: ReadonlySet<number>): void;
}

/** The categories, each a switch of its points. */
export function ScatterLegend({ labels, hidden, theme, onHide }: ScatterLegendProps) {
  const { name, categories } = labels;
  const [whole, setWhole] = useState(false);
  const listed = whole ? categories : categories.slice(0, LISTED);
  const toggle = (index: number) => {
    const next = new Set(hidden);
    if (!next.delete(index)) next.add(index);
    onHide(next);
  };
  return (
    <fieldset class="legend" aria-label={`${name}: categories shown`}>
      <span class="name">{name}</span>
      {listed.map((category, i) => (
        <button type="button" key={category} aria-pressed={!hidden.has(i)} onClick={() => toggle(i)}>
          <svg width={12} height={12} aria-hidden="true">
            <path d={shapeOf(i)(6, 6, 4)} fill={categoryColour(i, theme.ground)} />
          </svg>
          {category}
        </button>
      ))}
      {labels.index.includes(-1) && (
        <span>
          <svg width={12} height={12} aria-hidden="true">
            <circle cx={6} cy={6} r={4} fill="#8a8a8a" />
          </svg>
          none
        </span>
      )}
      {listed.length < categories.length && (
        <button type="button" class="all" onClick={() => setWhole(true)}>
          {`and ${count(categories.length - listed.length)} more`}
        </button>
      )}
      {hidden.size < categories.length && categories.length > 2 && (
        <button type="button" class="all" onClick={() => onHide(new Set(categories.keys()))}>
          Hide all
        </button>
      )}
      {hidden.size > 0 && (
        <button type="button" class="all" onClick={() => onHide(new Set())}>
          Show all
        </button>
      )}
    </fieldset>
  );
}
