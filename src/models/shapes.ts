import type { Dim, GraphNode, Model } from './onnx-read';

export type Shape = readonly Dim[];

/** What is known of tensors: shapes, and the values of short lists of integers. */
interface Known {
  readonly shapes: Map<string, Shape>;
  /** Sizes among them may be free, or not known. */
  readonly integers: Map<string, Shape>;
}

/**
 * The shapes of a model's tensors: as its `value_info` gives them, otherwise from the shapes before them, for the operators
 * whose rule is short (ONNX operator schemas). What is not in the map is not known.
 */
export function inferShapes(model: Model): ReadonlyMap<string, Shape> {
  const known: Known = { shapes: new Map(), integers: new Map() };
  for (const { name, shape } of [...model.inputs, ...model.values, ...model.outputs]) {
    if (shape) known.shapes.set(name, shape);
  }
  for (const { name, shape, integers } of model.weights) {
    known.shapes.set(name, shape);
    if (integers) known.integers.set(name, integers);
  }
  for (const node of model.nodes) {
    const [output = ''] = node.outputs;
    if (node.op === 'Constant' && node.constant) {
      known.shapes.set(output, node.constant.shape);
      if (node.constant.integers) known.integers.set(output, node.constant.integers);
    }
    const integers = listRules.get(node.op)?.(node, known);
    if (integers && integers.length <= longestList) known.integers.set(output, integers);
    if (known.shapes.has(output)) continue;
    const shape = rules.get(node.op)?.(node, known);
    if (shape?.every((dim) => typeof dim !== 'number' || (Number.isSafeInteger(dim) && dim >= 0)))
      known.shapes.set(output, shape);
  }
  return known.shapes;
}

type Rule = (node: GraphNode, known: Known) => Shape | undefined;

const input = ({ inputs }: GraphNode, { shapes }: Known, i = 0) => shapes.get(inputs[i] ?? '');

const same: Rule = (node, known) => input(node, known);

/** NumPy's rule: aligned at the end, sizes of one are stretched. */
function broadcast(shapes: readonly (Shape | undefined)[]): Shape | undefined {
  if (shapes.includes(undefined)) return undefined;
  const rank = Math.max(0, ...shapes.map((shape) => shape?.length ?? 0));
  return Array.from({ length: rank }, (_, axis) => {
    const dims = shapes.flatMap((shape) => (shape as Shape)[axis - rank + (shape as Shape).length] ?? []);
    const missing = shapes.some((shape) => (shape as Shape)[axis - rank + (shape as Shape).length] === null);
    const wide = [...new Set(dims.filter((dim) => dim !== 1))];
    const fixed = wide.find((dim) => typeof dim === 'number');
    if (fixed !== undefined) return fixed;
    if (missing || wide.length > 1) return null;
    return wide[0] ?? 1;
  });
}

const elementwise: Rule = (node, known) => broadcast(node.inputs.map((name) => known.shapes.get(name)));

const matMul: Rule = (node, known) => {
  const [a, b] = [input(node, known), input(node, known, 1)];
  if (!a || !b || a.length < 2 || b.length < 2) return undefined;
  const front = broadcast([a.slice(0, -2), b.slice(0, -2)]);
  return front && [...front, a.at(-2) as Dim, b.at(-1) as Dim];
};

const gemm: Rule = (node, known) => {
  const [a, b] = [input(node, known), input(node, known, 1)];
  if (a?.length !== 2 || b?.length !== 2) return undefined;
  const turned = (name: string) => (node.attributes.get(name)?.[0] ?? 0) !== 0;
  return [a[turned('transA') ? 1 : 0] as Dim, b[turned('transB') ? 0 : 1] as Dim];
};

/** Positions of a window along each axis of space; null where a padding rule other than numbers is used. */
const windowed =
  (channels: (node: GraphNode, known: Known, shape: Shape) => Dim, kernelOf: Rule): Rule =>
  (node, known) => {
    const shape = input(node, known);
    const kernel = kernelOf(node, known);
    if (!shape || !kernel || shape.length !== kernel.length + 2) return undefined;
    const { attributes } = node;
    const pads = attributes.get('pads') ?? kernel.map(() => 0).concat(kernel.map(() => 0));
    const ceiling = (attributes.get('ceil_mode')?.[0] ?? 0) !== 0;
    const space = kernel.map((width, i): Dim => {
      const size = shape[i + 2];
      const explicit = (node.texts.get('auto_pad') ?? 'NOTSET') === 'NOTSET';
      if (typeof size !== 'number' || typeof width !== 'number' || !explicit) return null;
      const reach = (attributes.get('dilations')?.[i] ?? 1) * (width - 1) + 1;
      const steps =
        (size + (pads[i] ?? 0) + (pads[i + kernel.length] ?? 0) - reach) / (attributes.get('strides')?.[i] ?? 1);
      return (ceiling ? Math.ceil(steps) : Math.floor(steps)) + 1;
    });
    return [shape[0] as Dim, channels(node, known, shape), ...space];
  };

const conv = windowed(
  (node, known) => input(node, known, 1)?.[0] ?? null,
  (node, known) => node.attributes.get('kernel_shape') ?? input(node, known, 1)?.slice(2),
);
const pool = windowed(
  (_, __, shape) => shape[1] ?? null,
  (node) => node.attributes.get('kernel_shape'),
);

const globalPool: Rule = (node, known) => input(node, known)?.map((dim, axis) => (axis < 2 ? dim : 1));

/** Axes counted from the end made plain. */
const axesOf = (axes: readonly number[], rank: number) => axes.map((axis) => (axis < 0 ? axis + rank : axis));

/** Axes as an attribute, or since later opsets as the second input. */
function givenAxes({ attributes, inputs }: GraphNode, { integers }: Known): readonly number[] | undefined {
  const given = attributes.get('axes') ?? integers.get(inputs[1] ?? '');
  return given?.every((axis) => typeof axis === 'number') ? (given as number[]) : undefined;
}

const reduced: Rule = (node, known) => {
  const shape = input(node, known);
  const given = givenAxes(node, known);
  if (!shape || (!given && node.inputs[1])) return undefined;
  const axes = axesOf(given ?? [...shape.keys()], shape.length);
  const kept = (node.attributes.get('keepdims')?.[0] ?? 1) !== 0;
  return kept ? shape.map((dim, i) => (axes.includes(i) ? 1 : dim)) : shape.filter((_, i) => !axes.includes(i));
};

const product = (dims: Shape): Dim =>
  dims.every((dim) => typeof dim === 'number') ? dims.reduce((a: number, b) => a * (b as number), 1) : null;

const flatten: Rule = (node, known) => {
  const shape = input(node, known);
  if (!shape) return undefined;
  const [axis = 1] = axesOf([node.attributes.get('axis')?.[0] ?? 1], shape.length);
  const front = shape.slice(0, axis);
  return [front.length === 1 ? (front[0] as Dim) : product(front), product(shape.slice(axis))];
};

const reshape: Rule = (node, known) => {
  const target = known.integers.get(node.inputs[1] ?? '');
  const shape = input(node, known);
  if (!target) return undefined;
  const dims = target.map((size, i) => (size === 0 ? (shape?.[i] ?? null) : size === -1 ? null : size));
  const open = target.indexOf(-1);
  if (open < 0 || !shape) return dims;
  // Free sizes that are on both sides take no part in what is left over.
  const free = (list: Shape) => list.filter((dim) => typeof dim === 'string');
  const fixed = (list: Shape) => product(list.filter((dim) => typeof dim !== 'string'));
  const rest = dims.filter((_, i) => i !== open);
  const [total, taken] = [fixed(shape), fixed(rest)];
  const alike = free(shape).sort().join() === free(rest).sort().join();
  if (!alike || typeof total !== 'number' || typeof taken !== 'number' || taken === 0) return dims;
  return dims.map((dim, i) => (i === open ? total / taken : dim));
};

const transpose: Rule = (node, known) => {
  const shape = input(node, known);
  const order = node.attributes.get('perm') ?? (shape && [...shape.keys()].reverse());
  return shape && order?.map((axis) => shape[axis] ?? null);
};

const gather: Rule = (node, known) => {
  const [shape, indices] = [input(node, known), input(node, known, 1)];
  if (!shape || !indices) return undefined;
  const [axis = 0] = axesOf([node.attributes.get('axis')?.[0] ?? 0], shape.length);
  return [...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)];
};

const concat: Rule = (node, known) => {
  const shapes = node.inputs.map((name) => known.shapes.get(name));
  const [first] = shapes;
  if (!first || shapes.some((shape) => shape?.length !== first.length)) return undefined;
  const [axis] = axesOf(node.attributes.get('axis') ?? [0], first.length);
  const sizes = shapes.map((shape) => shape?.[axis as number] ?? null);
  const total = sizes.every((size) => typeof size === 'number')
    ? sizes.reduce((a: number, b) => a + (b as number), 0)
    : null;
  return first.map((dim, i) => (i === axis ? total : dim));
};

const unsqueeze: Rule = (node, known) => {
  const shape = input(node, known);
  const given = givenAxes(node, known);
  if (!shape || !given) return undefined;
  const rank = shape.length + given.length;
  const axes = axesOf(given, rank);
  const rest = [...shape];
  return Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : (rest.shift() ?? null)));
};

const squeeze: Rule = (node, known) => {
  const shape = input(node, known);
  const given = givenAxes(node, known);
  return shape && given && shape.filter((_, i) => !axesOf(given, shape.length).includes(i));
};

/** A count from 0 by ones. */
const range: Rule = (node, { integers }) => {
  const [start, limit, step] = node.inputs.map((name) => integers.get(name)?.[0] ?? null);
  return [start === 0 && step === 1 && limit !== undefined ? limit : null];
};

const values = ({ inputs }: GraphNode, { integers }: Known, i = 0) => integers.get(inputs[i] ?? '');

/** What lists of sizes hold that a graph computes from shapes. */
const listRules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['Shape', (node, known) => (node.attributes.size === 0 ? input(node, known) : undefined)],
  ['Cast', (node, known) => values(node, known)],
  ['Identity', (node, known) => values(node, known)],
  ['Unsqueeze', (node, known) => values(node, known)],
  ['Squeeze', (node, known) => values(node, known)],
  [
    'Gather',
    (node, known) => {
      const [list, places] = [values(node, known), values(node, known, 1)];
      return list && places?.map((place) => (typeof place === 'number' ? (list.at(place) ?? null) : null));
    },
  ],
  [
    'Concat',
    (node, known) => {
      const lists = node.inputs.map((name) => known.integers.get(name));
      return lists.every((list) => list !== undefined) ? lists.flat() : undefined;
    },
  ],
]);
const longestList = 64;

const ofInput =
  'Relu LeakyRelu PRelu Elu Selu Celu ThresholdedRelu Sigmoid HardSigmoid HardSwish Tanh Softplus Softsign Gelu FastGelu QuickGelu ' +
  'BiasGelu Mish Swish Erf Exp Log Sqrt Reciprocal Abs Neg Floor Ceil Round Sin Cos Clip Cast Identity Dropout Softmax LogSoftmax ' +
  'BatchNormalization InstanceNormalization LayerNormalization RMSNormalization GroupNormalization LpNormalization LRN ' +
  'SimplifiedLayerNormalization SkipLayerNormalization SkipSimplifiedLayerNormalization MeanVarianceNormalization Not IsNaN Trilu';
const ofInputs = 'Add Sub Mul Div Pow Max Min Sum Mean Where And Or Equal Greater Less Mod';
const reductions = 'ReduceMean ReduceSum ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceProd ReduceSumSquare';

const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...ofInput.split(' ').map((op) => [op, same] as const),
  ...ofInputs.split(' ').map((op) => [op, elementwise] as const),
  ...reductions.split(' ').map((op) => [op, reduced] as const),
  ['Conv', conv],
  ['MaxPool', pool],
  ['AveragePool', pool],
  ['GlobalAveragePool', globalPool],
  ['GlobalMaxPool', globalPool],
  ['MatMul', matMul],
  ['Gemm', gemm],
  ['Flatten', flatten],
  ['Reshape', reshape],
  ['Transpose', transpose],
  ['Gather', gather],
  ['Concat', concat],
  ['Unsqueeze', unsqueeze],
  ['Squeeze', squeeze],
  ['Range', range],
]);
