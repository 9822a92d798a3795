import type { Heatmap, Line } from '../../../protocol/figures';
import { shortNames } from '../../../protocol/names';
import { digits6 } from '../../shared/image';
import { type Facts, unitsLeft } from './steps';

/** More lines are not told apart: then only that of all layers is drawn. */
const LINES = 10;

/** Layers × β: the share of units that are left. */
export function complexityMap({ network, steps, at }: Facts): Heatmap {
  const { layers } = network;
  const column = steps.indexOf(at);
  return {
    ...{ id: 'complexity-map', kind: 'heatmap', title: 'Share of units left, by layer' },
    caption: `How much of each layer is left when units merge whose weights differ by β at most, relative to the most different two. Framed: β = ${at.beta}. Where little is left early, a layer repeats itself.`,
    panels: [
      {
        title: '',
        rows: { label: 'layer', ticks: shortNames(layers.map(({ name }) => name)) },
        columns: { label: 'β', ticks: steps.map(({ beta }) => String(beta)) },
        shape: [layers.length, steps.length],
        values: layers.flatMap(({ units }, l) =>
          steps.map((step) => digits6((step.layers[l]?.groups.length ?? 0) / units)),
        ),
        marks: layers.map((_, row) => ({ row, column, label: 'merged model' })),
      },
    ],
    scale: { label: 'share of units left', kind: 'sequential', domain: [0, 1] },
  };
}

/** The complexity of each layer against β. */
export function complexityLine({ network, steps }: Facts): Line {
  const { layers } = network;
  const names = shortNames(layers.map(({ name }) => name));
  const x = steps.map((_, i) => i);
  const units = layers.reduce((sum, layer) => sum + layer.units, 0);
  const all = { name: 'all layers', x, y: steps.map((step) => digits6(unitsLeft(step) / units)) };
  const each = layers.map((layer, l) => ({
    ...{ name: names[l] ?? layer.name, x },
    y: steps.map((step) => digits6((step.layers[l]?.groups.length ?? 0) / layer.units)),
  }));
  return {
    ...{ id: 'complexity-curve', kind: 'line', title: 'Feature complexity' },
    caption: `Units that are left, as share of those of the layer${layers.length > LINES ? `, all ${layers.length} layers together` : ''}. A curve that stays high has features that are all different.`,
    x: { label: 'β', ticks: steps.map(({ beta }) => String(beta)) },
    y: { label: 'share of units left', domain: [0, 1] },
    series: layers.length === 1 ? each : layers.length > LINES ? [all] : [...each, { ...all, dashed: true }],
  };
}

/** What the merged network still does, against β. */
export function functionLine({ steps }: Facts): Line {
  const x = steps.map((_, i) => i);
  const first = steps[0]?.tested;
  const series = (name: string, of: (step: Facts['steps'][number]) => number | null | undefined) => ({
    ...{ name, x },
    y: steps.map((step) => digits6(of(step) ?? Number.NaN)),
  });
  const classes = first?.agreement !== null;
  return {
    ...{ id: 'function', kind: 'line', title: 'What the merged model still does' },
    caption: classes
      ? 'On the data given: rows whose largest output is as before, and, with labels, rows whose largest output is right; beside the share of all weights that are left.'
      : 'On the data given: difference of outputs, relative to the outputs; beside the share of all weights that are left.',
    x: { label: 'β', ticks: steps.map(({ beta }) => String(beta)) },
    y: { label: 'share', ...(classes && { domain: [0, 1.08] as const }) },
    series: [
      ...(classes
        ? [series('as before', ({ tested }) => tested?.agreement)]
        : [series('relative error', ({ tested }) => tested?.relative)]),
      ...(first?.after != null ? [series('right', ({ tested }) => tested?.after)] : []),
      { ...series('weights left', ({ parameters }) => parameters), dashed: true },
    ],
    ...(first?.before != null && { references: [{ y: first.before, label: 'right before' }] }),
  };
}
