import { useMemo, useState } from 'preact/hooks';
import type { Spread } from '../../src/protocol/analysis';
import type { Scatter } from '../../src/protocol/figures';
import type { MenuItem } from '../menu';
import type { NumberLabels } from './looks';
import { type PointSizes, pointSizes, sizeColumn } from './point-sizes';
import { labelsBy, type RowColumn } from './row-facts';
import { type SpreadChoice, useSpread } from './spread';

interface Sizing {
  readonly sizes: PointSizes | undefined;
  /** The values that are sizes, where there are any. */
  readonly values: NumberLabels | undefined;
  /** What is known of rows, with what gives the points their sizes. */
  readonly columns: readonly RowColumn[];
  readonly items: readonly MenuItem[];
  readonly choice: SpreadChoice;
}

/**
 * The sizes of the points of a figure, and what else they can be sized by.
 * @param given by the page, in the order of the points
 */
export function useSizing(
  figure: Scatter,
  given: NumberLabels | undefined,
  known: readonly RowColumn[],
  spread: Spread | undefined,
  onSpread: ((spread: Spread) => void) | undefined,
): Sizing {
  const { rows, labels } = figure;
  const [by, setBy] = useState<RowColumn | 'none'>('none');
  const values = useMemo(() => {
    const chosen = by === 'none' ? null : labelsBy(by, rows);
    return given ?? (chosen?.kind === 'number' ? chosen : undefined);
  }, [given, by, rows]);
  const choice = useSpread(values, spread, onSpread);
  const sizes = useMemo(() => values && pointSizes(values, choice.spread), [values, choice.spread]);
  const columns = useMemo(
    () => (values ? [sizeColumn(values, rows), ...known.filter(({ name }) => name !== values.name)] : known),
    [values, rows, known],
  );
  const choices = useMemo(() => {
    const own = labels?.kind === 'number' ? [sizeColumn(labels, rows)] : [];
    const numbers = known.filter((column) => labelsBy(column, rows.slice(0, 2000))?.kind === 'number');
    return [...own, ...numbers.filter(({ name }) => name !== own[0]?.name)];
  }, [labels, rows, known]);
  const items =
    choices.length === 0 && by === 'none'
      ? []
      : [
          ...choices.map((column) => ({
            title: column.name,
            checked: values?.name === column.name,
            run: () => setBy(column),
          })),
          { title: 'One size', checked: !values, run: () => setBy('none') },
        ];
  return { sizes, values, columns, items, choice };
}
