import { useMemo, useState } from 'preact/hooks';
import { spreadNames, spreadsOf } from '../../src/figures/value-scale';
import type { Spread } from '../../src/protocol/analysis';
import type { PointLabels } from '../../src/protocol/figures';

type PointNumbers = Extract<PointLabels, { readonly kind: 'number' }>['values'];

/** How the values of a scale are spread, and how else they may be. */
export interface SpreadChoice {
  readonly spread: Spread;
  readonly allowed: readonly Spread[];
  onSpread(spread: Spread): void;
}

/**
 * The spread of values over colours or sizes, as the person says of these values.
 * @param given by the page, which then is told of another one
 * @param first until the person says
 */
export function useSpread(
  labels: PointLabels | undefined,
  given: Spread | undefined,
  onGiven: ((spread: Spread) => void) | undefined,
  first: (values: PointNumbers) => Spread = () => 'even',
): SpreadChoice {
  const [state, setState] = useState<{ readonly of: string; readonly spread: Spread }>();
  const values = labels?.kind === 'number' ? labels.values : undefined;
  const name = labels?.name ?? '';
  const allowed = useMemo(() => (values ? spreadsOf(values) : []), [values]);
  const initial = useMemo(() => (values ? first(values) : 'even'), [values]);
  const asked = onGiven ? given : state?.of === name ? state.spread : undefined;
  return {
    allowed,
    spread: asked !== undefined && allowed.includes(asked) ? asked : initial,
    onSpread: onGiven ?? ((spread) => setState({ of: name, spread })),
  };
}

/** The list to choose from, in the legend; nothing where there is no choice. */
export function SpreadPicker({ of, choice }: { of: 'colours' | 'sizes'; choice: SpreadChoice }) {
  const { spread, allowed, onSpread } = choice;
  if (allowed.length < 2) return null;
  return (
    <label class="spread caption">
      Scale of {of}
      <select value={spread} onChange={(event) => onSpread(event.currentTarget.value as Spread)}>
        {allowed.map((one) => (
          <option key={one} value={one} selected={one === spread}>
            {spreadNames[one]}
          </option>
        ))}
      </select>
    </label>
  );
}
