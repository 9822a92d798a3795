import type { Heatmap, Line } from '../../../protocol/figures';
import { shortNames } from '../../../protocol/names';
import type { Table, Cell as TableCell } from '../../../protocol/result';
import { digits6 } from '../../shared/image';
import { type Cell, type Choice, isOptimal, standardError } from './grid';
import type { Orders } from './orders';
import type { Task } from './scorer';
import type { Layer } from './sides';
import { softmaxDivergence } from './tasks';

/** All that there is to say. */
export interface Facts {
  readonly layers: readonly Layer[];
  readonly widths: readonly number[];
  readonly cells: readonly Cell[];
  readonly choice: Choice | undefined;
  readonly orders: Orders | undefined;
  readonly task: Task;
  /** In per cent. */
  readonly tolerance: number;
}

/** Layers × dimensions, the score written into each cell. */
export function map({ layers, widths, cells, choice, task, tolerance }: Facts): Heatmap {
  const at = (layer: number, width: number) => cells.find((cell) => cell.layer === layer && cell.width === width);
  const values = layers.flatMap((_, layer) =>
    widths.map((width) => digits6(at(layer, width)?.score.value ?? Number.NaN)),
  );
  const known = values.filter((value) => value !== null);
  const lowest = Math.min(task.chance?.level ?? 0, ...known, 0);
  const highest = Math.max(...known, 0);
  const domain = [lowest, highest > lowest ? highest : 1] as const;
  const column = (cell: Cell) => widths.indexOf(cell.width);
  return {
    ...{ id: 'matryoshka-map', kind: 'heatmap', title: 'Score of each layer at each number of dimensions' },
    caption: `Each cell scores the first dimensions of a layer: ${task.label}. Framed: the cheapest within ${tolerance} % of the best. Colours run from ${digits(lowest)} to the best score, not to 1.`,
    panels: [
      {
        title: '',
        rows: { label: 'layer', ticks: shortNames(layers.map(({ name }) => name)) },
        columns: { label: 'dimensions', ticks: widths.map(String) },
        ...{ shape: [layers.length, widths.length], values },
        ...(choice && {
          marks: [{ row: choice.chosen.layer, column: column(choice.chosen), label: 'recommended' }],
        }),
      },
    ],
    scale: {
      ...{ label: task.label, kind: 'sequential', domain, decimals: 3 },
      ...(task.chance && { chance: task.chance.level }),
    },
  };
}

/** What an order of the columns makes of the last layer's prefixes. */
export function ordersLine({ widths, own, random, principal, count }: Orders, { task, layers }: Facts): Line {
  const ticks = widths.map(String);
  const x = widths.map((_, i) => i);
  const series = (name: string, values: readonly number[]) => ({ name, x, y: values.map(digits6) });
  const drawn = random.every((values) => values.every(Number.isFinite));
  return {
    ...{ id: 'column-orders', kind: 'line', title: 'Whether the order of the columns matters' },
    caption: `The last layer${layers.length > 1 ? `, ${layers.at(-1)?.name ?? ''},` : ''} cut to its first dimensions: as the columns are, in ${count} random orders (mean, and band from lowest to highest), and turned to its principal axes. An encoder that was trained for prefixes lies above the band.`,
    x: { label: 'dimensions', ticks },
    y: { label: task.label },
    series: [
      series('as they are', own),
      {
        ...series(
          'random order',
          random.map(([, mean]) => mean),
        ),
        ...(drawn && { low: random.map(([low]) => low), high: random.map(([, , high]) => high) }),
        dashed: true,
      },
      series('principal axes', principal),
    ],
    ...(task.chance && { references: [{ y: task.chance.level, label: 'chance' }] }),
  };
}

export function cellTable({ layers, cells, choice, task }: Facts): Table {
  const known = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : null);
  const best = choice?.best.score.value;
  const known2 = cells.filter(({ score }) => Number.isFinite(score.value));
  return {
    title: 'Cells',
    columns: [
      ...['layer', 'dimensions', 'score', 'standard error', 'share of the best', ...task.more],
      ...['cost', 'bytes of a row (float32)', 'nothing cheaper is as good'],
    ],
    rows: cells.map((cell): TableCell[] => {
      const { layer, width, score, cost } = cell;
      return [
        ...[layers[layer]?.name ?? '', width, known(score.value), standardError(score)],
        best === undefined || best === 0 ? null : known(score.value / best),
        ...task.more.map((_, i) => known(score.more?.[i])),
        ...[cost, 4 * width, known2.includes(cell) && isOptimal(cell, known2) ? 'yes' : 'no'],
      ];
    }),
  };
}

/** How far each layer in full is from the last, by the term of 2D-Matryoshka training. */
export function layerTable({ layers, cells }: Facts, temperature: number): Table {
  const last = layers.at(-1) as Layer;
  return {
    title: `Layers in full, and their divergence from the last (KL of the softmax over dimensions, T = ${temperature})`,
    columns: ['layer', 'units', 'score', 'divergence from the last'],
    rows: layers.map(({ name, matrix }, i): TableCell[] => {
      const score = cells.find((cell) => cell.layer === i && cell.width === matrix.columns)?.score.value ?? Number.NaN;
      const comparable = matrix.columns === last.matrix.columns;
      return [
        ...[name, matrix.columns, Number.isFinite(score) ? score : null],
        comparable ? softmaxDivergence(last.matrix, matrix, temperature) : null,
      ];
    }),
  };
}

function digits(value: number): string {
  return String(Number(value.toPrecision(2)));
}
