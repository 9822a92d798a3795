import { useMemo, useState } from 'preact/hooks';
import { categoryColour } from '../../src/figures/palettes';
import { valueScale } from '../../src/figures/value-scale';
import type { PointLabels } from '../../src/protocol/figures';
import { count, plural } from '../format';
import { ScaleLegend, scaleLegendHeight } from './legend';
import { toggled } from './linked';
import { NONE, type NumberLabels, numberScale } from './looks';
import { shapeOf } from './shapes';
import { type SpreadChoice, SpreadPicker } from './spread';
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
  const some = useMemo(() => labels.index.includes(-1), [labels]);
  return (
    <fieldset class="legend" aria-label={`${name}: categories shown`}>
      <span class="name">{name}</span>
      {listed.map((category, i) => (
        <button type="button" key={category} aria-pressed={!hidden.has(i)} onClick={() => onHide(toggled(hidden, i))}>
          <svg width={12} height={12} aria-hidden="true">
            <path d={shapeOf(i)(6, 6, 4)} fill={categoryColour(i, theme.ground)} />
          </svg>
          {category}
        </button>
      ))}
      {some && (
        <span>
          <NoneMark />
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

interface NumberLegendProps {
  readonly labels: NumberLabels;
  readonly width: number;
  readonly theme: FigureTheme;
  readonly choice: SpreadChoice;
}

/** The scale of the colours, which may be another one; how many points have no number, and what they look like. */
export function NumberLegend({ labels, width, theme, choice }: NumberLegendProps) {
  const { name, values } = labels;
  const scale = useMemo(() => numberScale(labels), [labels]);
  const spread = choice.spread === 'even' ? undefined : valueScale(values, choice.spread);
  const missing = useMemo(() => values.reduce((sum: number, value) => sum + (value === null ? 1 : 0), 0), [values]);
  return (
    <>
      <svg class="scale" width={width} height={scaleLegendHeight} font-family={theme.font} aria-hidden="true">
        <ScaleLegend {...{ scale, theme, spread }} x={48} y={4} width={width - 48} />
      </svg>
      <SpreadPicker of="colours" choice={choice} />
      {missing > 0 && (
        <div class="legend">
          <NoneMark />
          {`${plural(missing, 'row')} without ${name}`}
        </div>
      )}
    </>
  );
}

/** What points without a label look like. */
function NoneMark() {
  return (
    <svg width={12} height={12} aria-hidden="true">
      <circle cx={6} cy={6} r={4} fill={NONE} />
    </svg>
  );
}
