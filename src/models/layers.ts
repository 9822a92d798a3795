import type { LayerRole, ModelLayer } from '../protocol/model';
import type { GraphNode, Model } from './onnx-read';
import { inferShapes, type Shape } from './shapes';

const words = (text: string) => new Set(text.split(' '));
const activations = words(
  'Relu LeakyRelu PRelu Elu Selu Celu ThresholdedRelu HardSwish Gelu FastGelu QuickGelu BiasGelu Mish Swish Softplus Tanh',
);
const norms = words(
  'LayerNormalization BatchNormalization InstanceNormalization GroupNormalization RMSNormalization LpNormalization ' +
    'SimplifiedLayerNormalization SkipLayerNormalization SkipSimplifiedLayerNormalization MeanVarianceNormalization',
);
const attentions = words(
  'Attention MultiHeadAttention GroupQueryAttention PackedAttention LongformerAttention QAttention',
);
const pools = words('GlobalAveragePool GlobalMaxPool MaxPool AveragePool');
/** Pass on what they are given, in another form. */
const passing = words('Cast Dropout Identity Reshape Transpose Squeeze Unsqueeze');

/** Take rows of a table by their numbers: the table comes first, the numbers second. */
const lookups = /^Gather(BlockQuantized)?$/;
/** The whole beginning of an encoder, from token ids on. */
const beginnings = /EmbedLayerNormalization$/;

/** What they make is a list or a map, no tensor. */
const listed = /Sequence|^ZipMap$|^Optional/;

/** A model's graph, with the questions that are asked of it. */
export class Graph {
  readonly layers: readonly ModelLayer[];
  /** What the model is given. */
  readonly inputs: readonly ModelLayer[];
  private readonly makers = new Map<string, GraphNode>();
  private readonly users = new Map<string, GraphNode[]>();
  /** Tensors that change with the data; the others are constants. */
  private readonly varying: Set<string>;
  private readonly dtypes: ReadonlyMap<string, string | null>;
  readonly shapes: ReadonlyMap<string, Shape>;

  constructor(readonly model: Model) {
    this.shapes = inferShapes(model);
    this.varying = new Set(model.inputs.map(({ name }) => name));
    this.inputs = model.inputs.map((input) => ({ ...input, op: 'Input', node: '', scope: '' }));
    for (const node of model.nodes) {
      const depends = node.inputs.some((name) => this.varying.has(name));
      for (const output of node.outputs) {
        this.makers.set(output, node);
        if (depends) this.varying.add(output);
      }
      for (const name of new Set(node.inputs)) {
        const users = this.users.get(name);
        if (users) users.push(node);
        else this.users.set(name, [node]);
      }
    }
    const values = [...model.values, ...model.outputs];
    this.dtypes = new Map(values.map(({ name, dtype }) => [name, dtype]));
    const ends = new Set(model.outputs.map(({ name }) => name));
    // What is made of shapes alone is small integers that only the exporter asked for.
    const bookkeeping = this.madeOfShapes();
    this.layers = model.nodes.flatMap((node) =>
      (listed.test(node.op) ? [] : node.outputs)
        .filter((name) => name !== '' && this.varying.has(name) && !bookkeeping.has(name))
        .map((name) => this.layerOf(node, name, ends.has(name))),
    );
  }

  /**
   * Where the units of a tensor are: on the second axis, as convolutions leave them, or on the last, as products do. By the
   * nearest operator before it that has a say.
   */
  unitsLast(name: string): boolean {
    let at = name;
    for (let steps = 0; steps < 1000; steps++) {
      const node = this.makers.get(at);
      if (!node) return false;
      if (
        /^(MatMul|Gemm|Gather|LayerNormalization|.*LayerNormalization|RMSNormalization|.*Attention|LSTM|GRU)$/.test(
          node.op,
        )
      )
        return true;
      if (/^(.*Conv.*|.*Pool|BatchNormalization|InstanceNormalization|GroupNormalization)$/.test(node.op)) return false;
      at = node.inputs.find((input) => this.varying.has(input)) ?? '';
    }
    return false;
  }

  /**
   * What an input of ids, such as those of tokens, looks up in a table of the model: the first tensor behind it between whose
   * rows a distance means something. Undefined where it looks up nothing.
   */
  lookedUp(input: string): string | undefined {
    const ids = new Set([input]);
    for (const node of this.model.nodes) {
      const [first = '', second = ''] = node.inputs;
      const [made = ''] = node.outputs;
      const found = lookups.test(node.op) && ids.has(second) && !this.varying.has(first);
      if (found || (beginnings.test(node.op) && ids.has(first))) return this.unpacked(made);
      if (passing.has(node.op) && ids.has(first)) ids.add(made);
    }
    return undefined;
  }

  /** Of these tensors, those that each is computed from with none of them in between, in the order of `names`. */
  feeding(names: readonly string[]): ReadonlyMap<string, readonly string[]> {
    const chosen = new Set(names);
    return new Map(
      names.map((name) => {
        const found = new Set<string>();
        const seen = new Set<string>();
        const left = [...(this.makers.get(name)?.inputs ?? [])];
        for (let at = left.pop(); at !== undefined; at = left.pop()) {
          if (seen.has(at) || !this.varying.has(at)) continue;
          seen.add(at);
          if (chosen.has(at)) found.add(at);
          else left.push(...(this.makers.get(at)?.inputs ?? []));
        }
        return [name, names.filter((other) => found.has(other))];
      }),
    );
  }

  private layerOf(node: GraphNode, name: string, end: boolean): ModelLayer {
    const role = end ? 'output' : name === node.outputs[0] ? this.roleOf(node) : undefined;
    return {
      name,
      op: node.op,
      node: node.name,
      scope: scopeOf(node.name || name),
      dtype: this.dtypes.get(name) ?? null,
      shape: this.shapes.get(name) ?? null,
      ...(role && { role }),
    };
  }

  /** Why a person would look at what a node makes; undefined where there is no reason. */
  private roleOf(node: GraphNode): LayerRole | undefined {
    if (activations.has(node.op) || this.isGated(node)) return 'activation';
    if (this.isAttention(node)) return 'attention';
    // What is rectified at once is looked at afterwards.
    if (this.isNorm(node)) return this.isActivatedNext(node) ? undefined : 'norm';
    if (node.op === 'Add' && node.inputs.filter((name) => this.varying.has(name)).length === 2) {
      return this.isResidual(node) ? 'residual' : undefined;
    }
    if (pools.has(node.op)) return 'pooling';
    return node.op === 'ReduceMean' && (node.attributes.get('keepdims')?.[0] ?? 1) === 0 ? 'pooling' : undefined;
  }

  /** x · sigmoid(x), and x · (1 + erf(x)) with its half, which exporters write out. */
  private isGated(node: GraphNode): boolean {
    if (node.op !== 'Mul') return false;
    const gate = (op: string) => node.inputs.some((name) => this.makers.get(name)?.op === op);
    if (gate('Sigmoid') || gate('HardSigmoid')) return node.inputs.every((name) => this.varying.has(name));
    const curve = (from: GraphNode, depth: number): boolean =>
      from.op === 'Erf' ||
      (depth > 0 &&
        ['Mul', 'Add'].includes(from.op) &&
        from.inputs.some((name) => {
          const maker = this.makers.get(name);
          return maker !== undefined && curve(maker, depth - 1);
        }));
    // The last of the products: nothing multiplies it again.
    return (
      curve(node, 3) &&
      !this.usersOf(node).some(({ op, inputs }) => op === 'Mul' && inputs.length === 2 && this.isScaled(inputs))
    );
  }

  private isScaled(inputs: readonly string[]): boolean {
    return inputs.some((name) => !this.varying.has(name)) || inputs.every((name) => this.varying.has(name));
  }

  private isNorm(node: GraphNode): boolean {
    if (norms.has(node.op)) return true;
    // (x - mean) / sqrt(...), scaled and shifted, which exporters write out.
    const scaled = node.op === 'Add' && this.varyingMaker(node);
    const divided = scaled && scaled.op === 'Mul' ? this.varyingMaker(scaled) : undefined;
    return divided?.op === 'Div' && divided.inputs.some((name) => this.makers.get(name)?.op === 'Sqrt');
  }

  /** The maker of the one input that is no constant. */
  private varyingMaker(node: GraphNode): GraphNode | undefined {
    const inputs = node.inputs.filter((name) => this.varying.has(name));
    return inputs.length === 1 ? this.makers.get(inputs[0] as string) : undefined;
  }

  private isActivatedNext(node: GraphNode): boolean {
    const users = this.usersOf(node);
    return users.length === 1 && activations.has(users[0]?.op ?? '');
  }

  /** A sum of two tensors of one shape, neither of which is a mask that is added before a softmax. */
  private isResidual(node: GraphNode): boolean {
    const [a, b] = node.inputs.map((name) => this.shapes.get(name));
    if (a && b && a.length !== b.length) return false;
    return !this.usersOf(node).some(({ op }) => op === 'Softmax');
  }

  /** The last form of what attention weights make of the values. */
  private isAttention(node: GraphNode): boolean {
    const last = !this.usersOf(node).some(({ op }) => passing.has(op));
    const origin = last ? this.originOf(node) : undefined;
    if (!origin || attentions.has(origin.op)) return origin !== undefined;
    return (
      origin.op === 'MatMul' && origin.inputs.some((name) => this.originOf(this.makers.get(name))?.op === 'Softmax')
    );
  }

  /** What made the values that a node passes on. */
  private originOf(node: GraphNode | undefined): GraphNode | undefined {
    let at = node;
    for (let steps = 0; at && passing.has(at.op) && steps < 8; steps++) at = this.makers.get(at.inputs[0] ?? '');
    return at;
  }

  /** Rows of a table that is kept in fewer bits, as numbers. */
  private unpacked(name: string): string {
    const [only, ...others] = this.users.get(name) ?? [];
    const next = others.length === 0 && only && /^(Cast|DequantizeLinear)$/.test(only.op) ? only.outputs[0] : undefined;
    return next ?? name;
  }

  private usersOf(node: GraphNode): readonly GraphNode[] {
    return this.users.get(node.outputs[0] ?? '') ?? [];
  }

  private madeOfShapes(): ReadonlySet<string> {
    const made = new Set<string>();
    for (const { op, inputs, outputs } of this.model.nodes) {
      const given = inputs.filter((name) => this.varying.has(name));
      const only = given.length > 0 && given.every((name) => made.has(name));
      if (op === 'Shape' || op === 'Size' || only) for (const output of outputs) made.add(output);
    }
    return made;
  }
}

/** "/layer1/conv/Conv" -> "layer1/conv": where in the network a node is; empty where its name has no parts. */
function scopeOf(name: string): string {
  const parts = name.split(/[/:]+/).filter((part) => part !== '');
  return parts.slice(0, -1).join('/');
}
