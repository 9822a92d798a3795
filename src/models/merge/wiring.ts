import type { GraphNode, Model } from '../onnx-read';
import type { Weights } from '../onnx-tensor';
import { inferShapes, type Shape } from '../shapes';
import { isKind } from './values';

/** Who makes and who takes which tensor of a model, and which are constant. */
export class Wiring {
  readonly weights: ReadonlyMap<string, Weights>;
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly outputs: ReadonlySet<string>;
  private readonly users = new Map<string, GraphNode[]>();
  private readonly constants = new Map<string, Weights | undefined>();
  private readonly changing: Set<string>;

  constructor(readonly model: Model) {
    this.weights = new Map(model.weights.map((one) => [one.name, one]));
    this.shapes = inferShapes(model);
    this.outputs = new Set(model.outputs.map(({ name }) => name));
    this.changing = new Set(model.inputs.map(({ name }) => name));
    for (const node of model.nodes) {
      for (const name of new Set(node.inputs)) {
        const users = this.users.get(name);
        if (users) users.push(node);
        else this.users.set(name, [node]);
      }
      const varies = node.inputs.some((name) => this.changing.has(name));
      for (const name of node.outputs) {
        if (varies) this.changing.add(name);
        else this.constants.set(name, node.constant);
      }
    }
  }

  usersOf(name: string): readonly GraphNode[] {
    return this.users.get(name) ?? [];
  }

  /** Whether a tensor changes with the data. */
  varies(name: string): boolean {
    return this.changing.has(name);
  }

  rankOf(name: string): number | undefined {
    return this.shapes.get(name)?.length;
  }

  /** Number of values of a constant; undefined where it is not known. */
  sizeOf(name: string): number | undefined {
    const shape = this.weights.get(name)?.shape ?? this.constants.get(name)?.shape ?? this.shapes.get(name);
    return shape?.every((size) => typeof size === 'number')
      ? shape.reduce((product: number, size) => product * (size as number), 1)
      : undefined;
  }

  /** Axes of a node that has some, counted from the front; undefined where they are not known. */
  axesOf(node: GraphNode, rank: number | undefined): readonly number[] | undefined {
    const [, list = ''] = node.inputs;
    const given = node.attributes.get('axes') ?? this.integersOf(list);
    return rank === undefined ? undefined : given?.map((axis) => (axis < 0 ? axis + rank : axis));
  }

  /** Whether a node makes one row of each sample, whatever its length. */
  flattens({ op, inputs }: GraphNode): boolean {
    const target = op === 'Reshape' ? this.integersOf(inputs[1] ?? '') : undefined;
    return target?.length === 2 && target[1] === -1;
  }

  /** Why weights cannot be changed, in a clause; undefined where they can. */
  refusal(name: string): string | undefined {
    const weights = this.weights.get(name);
    if (!weights)
      return `its weights, or those that take it in, are computed in the graph or constants of a node ('${name}')`;
    if (weights.external !== undefined) return `the weights '${name}' lie in a file beside the model`;
    if (!isKind(weights.dtype)) return `the weights '${name}' are of type ${weights.dtype ?? 'unknown'}`;
    const uses = this.usersOf(name).reduce(
      (sum, { inputs }) => sum + inputs.filter((input) => input === name).length,
      0,
    );
    if (uses > 1) return `the weights '${name}' are used ${uses} times`;
    return this.outputs.has(name) ? `the weights '${name}' are an output of the model` : undefined;
  }

  private integersOf(name: string): readonly number[] | undefined {
    return this.weights.get(name)?.integers ?? this.constants.get(name)?.integers;
  }
}
