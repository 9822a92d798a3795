import { categoryColour } from '../../src/figures/palettes';
import type { PointLabels } from '../../src/protocol/figures';
import { shapeOf } from './shapes';
import type { FigureTheme } from './theme';

interface ScatterLegendProps {
  readonly labels: Extract<PointLabels, { kind: 'category' }>;
  readonly hidden: ReadonlySet<number>;
  readonly theme: FigureTheme;
  onHide(hidden: ReadonlySet<number>): void;
}

/** The categories, each a switch of its points. */
export function ScatterLegend({ labels: { name, categories }, hidden, theme, onHide }: ScatterLegendProps) {
  const toggle = (index: number) => {
    const next = new Set(hidden);
    if (!next.delete(index)) next.add(index);
    onHide(next);
  };
  return (
    <fieldset class="legend" aria-label={`${name}: categories shown`}>
      <span class="name">{name}</span>
      {categories.map((category, i) => (
        <button type="button" key={category} aria-pressed={!hidden.has(i)} onClick={() => toggle(i)}>
          <svg width={12} height={12} aria-hidden="true">
            <path d={shapeOf(i)(6, 6, 4)} fill={categoryColour(i, theme.ground)} />
          </svg>
          {category}
        </button>
      ))}
      {hidden.size > 0 && (
        <button type="button" class="all" onClick={() => onHide(new Set())}>
          Show all
        </button>
      )}
    </fieldset>
  );
}
