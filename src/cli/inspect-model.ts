import { roleWords } from '../figures/model';
import type { ModelDescription, ModelValue } from '../protocol/model';
import { plural } from '../protocol/words';
import { aligned, dims, oneLine } from './text';

/** What a model takes and gives, and its layers part by part; those that are good to look at are marked. */
export function describeModel(model: ModelDescription): string {
  const opsets = model.opsets.map(({ domain, version }) => `${domain ? `${domain} ` : 'opset '}${version}`).join(', ');
  const counts = `${plural(model.nodes, 'node')}, ${plural(model.parameters, 'parameter')}`;
  const parts = [oneLine([opsets, counts, model.producer].filter((part) => part !== '').join(', '))];
  const value = (what: string) => (item: ModelValue) => [what, item.name, shapeOf(item), item.dtype ?? ''];
  parts.push(aligned([...model.inputs.map(value('input')), ...model.outputs.map(value('output'))]));
  for (const { file, bytes } of model.external)
    parts.push(`weights in ${oneLine(file)}${bytes === null ? ', which is missing' : ''}`);
  let scope: string | undefined;
  const rows = model.layers.map((layer) => {
    const first = layer.scope !== scope;
    scope = layer.scope;
    return [
      first ? scope || '(outermost)' : '',
      layer.name,
      layer.op,
      shapeOf(layer),
      layer.role ? roleWords[layer.role] : '',
    ];
  });
  parts.push(aligned([['part', 'layer', 'op', 'shape', 'good to look at'], ...rows]));
  return parts.join('\n');
}

function shapeOf({ shape }: ModelValue): string {
  if (!shape) return 'unknown';
  return shape.every((dim) => typeof dim === 'number') ? dims(shape) : shape.map((dim) => dim ?? '?').join(' × ');
}
