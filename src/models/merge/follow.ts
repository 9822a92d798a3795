import type { GraphNode } from '../onnx-read';
import type { Wiring } from './wiring';

/** Where a layer's units go. */
export interface Followed {
  readonly homogeneous: boolean;
  /** Constant vector that is added to a product at once. */
  readonly bias?: string;
  /** Weights that take the units in, by name: the axis of the units, and positions for each. */
  readonly outgoing: readonly { readonly weights: string; readonly axis: number; readonly span: number }[];
}

const words = (text: string) => new Set(text.split(' '));
/** Act on each value alone; scaling before by a positive number is scaling after. */
const homogeneous = words('Relu LeakyRelu Identity Dropout Abs Neg');
/** Act on each value alone. */
const elementwise = words(
  'Elu Selu Celu ThresholdedRelu Sigmoid HardSigmoid HardSwish Tanh Softplus Softsign Gelu FastGelu QuickGelu Mish Swish Erf ' +
    'Exp Log Sqrt Reciprocal Sin Cos Clip Floor Ceil Round',
);
const pools = words('MaxPool AveragePool GlobalAveragePool GlobalMaxPool');
const binary = words('Add Sub Mul Div Max Min Sum Mean Pow');

/** A tensor that carries the units. */
interface Carrier {
  readonly name: string;
  /** The axis of the units: the second, or the last. */
  readonly axis: 'second' | 'last';
  readonly span: number;
}

/**
 * Follows a layer's units from the tensor that it makes to all the weights that take them in, through what acts on each of
 * them alone.
 * @param start what the layer makes, the batch normalisation after it taken into it.
 * @returns a clause that says what stands in the way, where something does.
 */
export function follow(wiring: Wiring, start: Carrier, units: number): Followed | string {
  const carriers = new Map([[start.name, start]]);
  const waiting: GraphNode[] = [];
  const outgoing: Followed['outgoing'][number][] = [];
  const found = { homogeneous: true, bias: undefined as string | undefined };
  const queue: Carrier[] = [start];
  const carry = (node: GraphNode, next: Omit<Carrier, 'name'>) => {
    const [name = ''] = node.outputs;
    if (carriers.has(name)) return;
    carriers.set(name, { ...next, name });
    queue.push({ ...next, name });
  };
  for (;;) {
    const at = queue.shift();
    if (!at) {
      // A sum of tensors that all carry these units carries them too.
      const ready = waiting.findIndex((node) => varyingOf(wiring, node).every((name) => carriers.has(name)));
      const [node] = ready < 0 ? [] : waiting.splice(ready, 1);
      if (!node) break;
      const spans = new Set(varyingOf(wiring, node).map((name) => carriers.get(name)?.span));
      if (spans.size > 1) return `its units lie differently in what ${nameOf(node)} puts together`;
      if (['Mul', 'Div', 'Pow'].includes(node.op)) found.homogeneous = false;
      carry(node, carriers.get(varyingOf(wiring, node)[0] as string) as Carrier);
      continue;
    }
    if (wiring.outputs.has(at.name)) return 'its units are an output of the model';
    const users = wiring.usersOf(at.name);
    if (users.length === 0) return 'nothing takes its units';
    for (const node of users) {
      const taken = takenBy(wiring, node, at, units);
      if (typeof taken === 'string') return taken;
      if (taken) {
        outgoing.push(taken);
        continue;
      }
      if (binary.has(node.op)) {
        const constants = node.inputs.filter((name) => !wiring.varies(name));
        const vector = constants.find((name) => wiring.sizeOf(name) !== 1);
        if (vector !== undefined) {
          const isBias = node.op === 'Add' && at.name === start.name && at.axis === 'last' && users.length === 1;
          const shape = wiring.weights.get(vector)?.shape ?? [];
          if (!isBias || shape.length !== 1 || shape[0] !== units)
            return `${nameOf(node)} has a constant of its own for its units`;
          const why = wiring.refusal(vector);
          if (why) return why;
          found.bias = vector;
          carry(node, at);
        } else if (constants.length > 0) {
          if (!['Mul', 'Div'].includes(node.op) || wiring.varies(node.inputs[1] ?? '')) found.homogeneous = false;
          carry(node, at);
        } else if (!waiting.includes(node)) waiting.push(node);
        continue;
      }
      if (elementwise.has(node.op)) found.homogeneous = false;
      const next = passed(wiring, node, at);
      if (typeof next === 'string') return next;
      carry(node, next);
    }
  }
  const [stuck] = waiting;
  if (stuck)
    return `${nameOf(stuck)} adds or multiplies it with another branch, which ties its units to those of other layers`;
  if (outgoing.length === 0) return 'no weights take its units in';
  return { homogeneous: found.homogeneous, ...(found.bias && { bias: found.bias }), outgoing };
}

function varyingOf(wiring: Wiring, { inputs }: GraphNode): string[] {
  return inputs.filter((name) => wiring.varies(name));
}

/** The weights by which a node takes units in; a clause where it does so in a way that cannot be followed. */
function takenBy(wiring: Wiring, node: GraphNode, { name, axis, span }: Carrier, units: number) {
  if (!['Conv', 'Gemm', 'MatMul'].includes(node.op) || node.domain !== '') return undefined;
  const [data, weights = ''] = node.inputs;
  if (data !== name || wiring.varies(weights))
    return `${nameOf(node)} multiplies it with something that is not constant`;
  const why = wiring.refusal(weights);
  if (why) return why;
  const group = node.attributes.get('group')?.[0] ?? 1;
  if (node.op === 'Conv' && group !== 1) return `${nameOf(node)} is a convolution in ${group} groups`;
  const rank = wiring.weights.get(weights)?.shape.length ?? 0;
  const plain = node.op === 'Conv' ? axis === 'second' && rank > 2 : rank === 2;
  const turned = (node.attributes.get('transA')?.[0] ?? 0) !== 0;
  const last = node.op === 'MatMul' && axis === 'second' && wiring.rankOf(name) !== 2;
  if (!plain || turned || last) return `${nameOf(node)} takes it in along another axis`;
  const place = node.op === 'Conv' || (node.op === 'Gemm' && (node.attributes.get('transB')?.[0] ?? 0) !== 0) ? 1 : 0;
  const length = wiring.weights.get(weights)?.shape[place];
  if (length !== units * span) return `${nameOf(node)} takes ${length} values where its units make ${units * span}`;
  return { weights, axis: place, span };
}

/** Where the units are behind a node that acts on each alone, or moves them; a clause where that is not known. */
function passed(wiring: Wiring, node: GraphNode, at: Carrier): Omit<Carrier, 'name'> | string {
  const rank = wiring.rankOf(at.name);
  const blocked = `${nameOf(node)} stands between it and the next weights, and does not act on each unit alone`;
  if (node.domain !== '' && node.domain !== 'com.microsoft') return blocked;
  if (homogeneous.has(node.op) || elementwise.has(node.op)) return at;
  const spatial = at.axis === 'second' && rank !== undefined && rank > 2;
  if (pools.has(node.op) && spatial)
    return node.outputs.length > 1 && wiring.usersOf(node.outputs[1] ?? '').length > 0 ? blocked : at;
  const axes = wiring.axesOf(node, rank);
  if (['ReduceMean', 'ReduceMax', 'ReduceSum', 'Squeeze'].includes(node.op) && spatial && axes) {
    return axes.every((axis) => axis > 1) ? at : blocked;
  }
  if ((node.op === 'Flatten' && (node.attributes.get('axis')?.[0] ?? 1) === 1) || wiring.flattens(node)) {
    if (at.axis === 'last' && rank === 2) return at;
    const places = wiring.shapes.get(at.name)?.slice(2);
    if (!spatial || !places?.every((size) => typeof size === 'number'))
      return `${nameOf(node)} flattens places whose number is not known`;
    return { axis: 'last', span: at.span * places.reduce((product: number, size) => product * (size as number), 1) };
  }
  if (node.op === 'Reshape') return `${nameOf(node)} brings it into another shape`;
  return blocked;
}

export function nameOf({ op, name }: Pick<GraphNode, 'op' | 'name'>): string {
  return name === '' ? op : `${op} ${name}`;
}
