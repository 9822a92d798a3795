import type { FileDescription } from '../protocol/engine';
import type { LayerRole, ModelDescription, ModelLayer, ModelValue } from '../protocol/model';
import { count, plural } from '../protocol/words';
import { escaped, table } from './reference';

export const roleWords: Readonly<Record<LayerRole, string>> = {
  activation: 'after an activation',
  residual: 'sum of a residual',
  attention: 'output of attention',
  norm: 'after a norm',
  pooling: 'after pooling',
  output: 'output of the model',
};

/** Further layers are counted, not listed: no page is read that far. */
const most = 2000;

/** A page on a model, as Markdown: what it takes and gives, and its layers part by part. */
export function modelPage(name: string, model: ModelDescription, bytes: FileDescription['bytes']): string {
  const { inputs, outputs, layers, external, opsets } = model;
  const good = layers.filter(({ role }) => role !== undefined);
  const versions = opsets
    .map(({ domain, version }) => `${domain ? `${plain(domain)} ` : 'opset '}${version}`)
    .join(', ');
  const facts = [
    ...[versions, plural(model.nodes, 'node'), plural(model.parameters, 'parameter'), `${count(bytes)} bytes`],
    ...(model.producer ? [plain(model.producer)] : []),
  ];
  const value = (what: string) => (item: ModelValue) => [what, plain(item.name), shapeWords(item), item.dtype ?? ''];
  const weights = external.map(
    ({ file, bytes: size }) =>
      `- ${plain(file)}${size === null ? ': **missing**; copy it beside the model' : `, ${count(size)} bytes`}`,
  );
  return [
    `# ${plain(name)}`,
    facts.join(' · '),
    table(['', 'name', 'shape', 'type'], [...inputs.map(value('input')), ...outputs.map(value('output'))]),
    ...(weights.length > 0 ? ['## Weights in other files', weights.join('\n')] : []),
    '## Layers that are good to look at',
    good.length > 0 ? layerTable(good) : 'None stands out by its operator.',
    '## All layers',
    layerTable(layers.slice(0, most)),
    ...(layers.length > most ? [`and ${count(layers.length - most)} more.`] : []),
  ].join('\n\n');
}

/** Parts of the network are named where they begin. */
function layerTable(layers: readonly ModelLayer[]): string {
  const rows = layers.map((layer, i) => [
    layer.scope === layers[i - 1]?.scope ? '' : plain(layer.scope),
    ...[plain(layer.name), plain(layer.op), shapeWords(layer), layer.role ? roleWords[layer.role] : ''],
  ]);
  return table(['part', 'layer', 'operator', 'shape', ''], rows);
}

/** "batch × 64 × ? × ?"; "unknown" where not even the axes are known. */
export function shapeWords({ shape }: ModelValue): string {
  if (!shape) return 'unknown';
  return shape.length === 0 ? 'scalar' : shape.map((dim) => plain(String(dim ?? '?'))).join(' × ');
}

/** Names come from files of strangers. */
function plain(text: string): string {
  return escaped(text.replace(/\s+/g, ' '));
}
