import type { Tie, UnitLayer } from '../../linalg/units';
import type { GraphNode } from '../onnx-read';
import { follow, nameOf } from './follow';
import type { Wiring } from './wiring';

/** A batch normalisation that is taken into the weights before it. */
export interface Fold {
  readonly producer: GraphNode;
  readonly norm: GraphNode;
  readonly weights: string;
  /** Axis of the units in the weights. */
  readonly axis: number;
  /** Name of the bias before, if there is one, and afterwards. */
  readonly before: string | undefined;
  readonly bias: string;
}

/** The layers of a model whose units can be merged. */
export interface Structure {
  /** Names of the tensors that ties are about. */
  readonly tensors: readonly string[];
  readonly layers: readonly UnitLayer[];
  readonly left: readonly { readonly name: string; readonly why: string }[];
  readonly folds: readonly Fold[];
}

/** Reads from the graph which weights make the units of each layer, and which take them in. */
export function structureOf(wiring: Wiring): Structure {
  const tensors: string[] = [];
  const layers: UnitLayer[] = [];
  const left: { name: string; why: string }[] = [];
  const folds: Fold[] = [];
  const tie = (name: string, axis: number, span = 1): Tie => {
    const known = tensors.indexOf(name);
    return { tensor: known >= 0 ? known : tensors.push(name) - 1, axis, span };
  };
  for (const node of wiring.model.nodes) {
    const name = node.name || (node.outputs[0] ?? '');
    const layer = layerOf(wiring, node);
    if (layer === undefined) continue;
    if (typeof layer === 'string') {
      left.push({ name, why: layer });
      continue;
    }
    const { units, weights, axis, bias, fold, followed } = layer;
    if (fold) folds.push(fold);
    const added = fold?.bias ?? bias ?? followed.bias;
    layers.push({
      ...{ name, units, homogeneous: followed.homogeneous, incoming: tie(weights, axis) },
      ...(added !== undefined && { bias: tie(added, (wiring.weights.get(added)?.shape.length ?? 1) - 1) }),
      outgoing: followed.outgoing.map((one) => tie(one.weights, one.axis, one.span)),
    });
  }
  return { tensors, layers, left, folds };
}

/** Undefined for nodes without weights; a clause for those whose units are left alone. */
function layerOf(wiring: Wiring, node: GraphNode) {
  const [, weights = '', bias = ''] = node.inputs;
  const matrices = node.inputs.filter((name) => (wiring.weights.get(name)?.shape.length ?? 0) >= 2);
  if (node.domain !== '' || !['Conv', 'Gemm', 'MatMul'].includes(node.op)) {
    // Small tables of integers are no weights.
    return matrices.some((name) => wiring.weights.get(name)?.dtype?.startsWith('float')) && !isElementwise(node.op)
      ? `the units of ${node.op} are not followed`
      : undefined;
  }
  if (!wiring.varies(node.inputs[0] ?? '') || wiring.varies(weights)) return undefined;
  const shape = wiring.weights.get(weights)?.shape ?? [];
  const why = wiring.refusal(weights);
  if (why) return why;
  const group = node.attributes.get('group')?.[0] ?? 1;
  if (group !== 1) return `it is a convolution in ${group} groups`;
  if (node.op !== 'Conv' && shape.length !== 2) return `its weights have ${shape.length} axes`;
  const turned = (node.attributes.get('transB')?.[0] ?? 0) !== 0;
  const axis = node.op === 'Conv' || (node.op === 'Gemm' && turned) ? 0 : 1;
  const units = shape[axis] ?? 0;
  if (units < 1) return 'it has no units';
  const given = bias === '' ? undefined : bias;
  if (given !== undefined) {
    const problem = wiring.varies(given) ? 'what is added to it changes with the data' : wiring.refusal(given);
    if (problem) return problem;
    const length = wiring.weights.get(given)?.shape ?? [];
    if (length.at(-1) !== units || length.slice(0, -1).some((size) => size !== 1))
      return 'its bias is not one value for each unit';
  }
  const fold = foldOf(wiring, node, { weights, axis, units, bias: given });
  if (typeof fold === 'string') return fold;
  const [name = ''] = fold ? fold.norm.outputs : node.outputs;
  const followed = follow(wiring, { name, axis: node.op === 'Conv' ? 'second' : 'last', span: 1 }, units);
  if (typeof followed === 'string') return followed;
  return { units, weights, axis, bias: given, fold, followed };
}

function isElementwise(op: string): boolean {
  return /^(Add|Sub|Mul|Div|Pow|Max|Min|Sum|Mean|Where|PRelu|Constant|Identity|Cast)$/.test(op);
}

/** The batch normalisation that comes at once, if one does; a clause where it cannot be taken into the weights. */
function foldOf(
  wiring: Wiring,
  producer: GraphNode,
  { weights, axis, units, bias }: { weights: string; axis: number; units: number; bias: string | undefined },
): Fold | string | undefined {
  const [made = ''] = producer.outputs;
  const norm = wiring.usersOf(made).find(({ op, domain }) => op === 'BatchNormalization' && domain === '');
  if (!norm) return undefined;
  if (producer.op === 'MatMul') return `${nameOf(norm)} follows a product without a bias`;
  if (wiring.usersOf(made).length > 1 || wiring.outputs.has(made))
    return `${nameOf(norm)} is not the only one that takes it in, so that it cannot be taken into the weights`;
  const [, ...parts] = norm.inputs;
  const training = (norm.attributes.get('training_mode')?.[0] ?? 0) !== 0 || norm.outputs.filter(Boolean).length > 1;
  const constant = parts.every((name) => wiring.weights.get(name)?.shape.join() === String(units));
  if (training || !constant || parts.length !== 4) return `${nameOf(norm)} is not one of constants`;
  const problem = parts
    .map((name) => wiring.refusal(name))
    .find((why) => why?.includes('type') || why?.includes('beside'));
  if (problem) return problem;
  return { producer, norm, weights, axis, before: bias, bias: bias ?? `${weights}.folded-bias` };
}
