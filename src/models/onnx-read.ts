import type { FileSource } from '../data/source';
import { UserError } from '../protocol/errors';
import { count, size } from '../protocol/words';
import { dtypeName, type Part, partsIn, readTensor, type Weights } from './onnx-tensor';
import { type Field, fieldsIn, integersOf, Malformed, Wire } from './wire';

/** A size; a name where the size is free; null where nothing is said of it. */
export type Dim = number | string | null;

/** A graph's input, output or tensor in between, as the model describes it. */
export interface GraphValue {
  readonly name: string;
  /** NumPy's name; null where none is given, or it is no tensor. */
  readonly dtype: string | null;
  /** Null: any rank. */
  readonly shape: readonly Dim[] | null;
}

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Empty for the standard operators. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Those that are integers. */
  readonly attributes: ReadonlyMap<string, readonly number[]>;
  /** Those that are one real number. */
  readonly floats?: ReadonlyMap<string, number>;
  /** Short texts: how to pad, which equation. Everything else is passed over, graphs within the graph too. */
  readonly texts: ReadonlyMap<string, string>;
  /** What a constant holds. */
  readonly constant?: Weights;
}

export interface Model {
  readonly irVersion: number;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly producer: string;
  readonly graph: string;
  readonly nodes: readonly GraphNode[];
  readonly weights: readonly Weights[];
  /** Without those that are weights. */
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly values: readonly GraphValue[];
  /** Where the graph lies in the file: its key, its content, its end. */
  readonly place: Pick<Field, 'key' | 'start' | 'end'>;
}

/** Bounds on what a stranger's file can make us hold. */
const mostItems = 500_000;
const mostText = 64 << 20;
/** A node, a description: longer ones are walked through, and what is large in them is passed over. */
const small = 1 << 16;

/**
 * Reads what an ONNX model says of itself (onnx.proto3): nodes, names, shapes, opsets. Weights stay where they are, and so
 * do graphs within nodes; a model of several GB is read in windows.
 * @throws UserError where the file is no ONNX model, or is larger than any that is meant seriously.
 */
export async function readModel(source: FileSource): Promise<Model> {
  try {
    return await new Reader(source).model();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new UserError(
      `${source.name}: this is no ONNX model, or it is damaged (byte ${count(error.at)}: ${error.message}). Export it again.`,
    );
  }
}

class Reader {
  private readonly wire: Wire;
  private items = 0;
  private text = 0;

  constructor(private readonly source: FileSource) {
    this.wire = new Wire(source);
  }

  async model(): Promise<Model> {
    let [irVersion, producer] = [0, ''];
    const opsets: { domain: string; version: number }[] = [];
    const graphs: Field[] = [];
    for await (const field of this.wire.fields(0, this.source.size)) {
      if (field.number === 1) irVersion = field.value;
      if (field.number === 2) producer = this.string(await this.wire.content(field, small));
      if (field.number === 7 && field.wire === 2) graphs.push(field);
      if (field.number === 8) opsets.push(this.opset(await this.wire.content(field, small)));
    }
    const [place] = graphs;
    if (!place || graphs.length > 1)
      throw new UserError(
        `${this.source.name}: this is no ONNX model: it holds ${graphs.length === 0 ? 'no graph' : 'several graphs'}. Choose another file.`,
      );
    const graph = await this.graph(place);
    if (graph.nodes.length === 0 && graph.outputs.length === 0)
      throw new UserError(`${this.source.name}: this is no ONNX model: its graph is empty. Choose another file.`);
    return { irVersion, opsets, producer, ...graph, place };
  }

  private async graph(place: Field): Promise<Omit<Model, 'irVersion' | 'opsets' | 'producer' | 'place'>> {
    const found = {
      graph: '',
      nodes: [] as GraphNode[],
      weights: [] as Weights[],
      inputs: [] as GraphValue[],
      outputs: [] as GraphValue[],
      values: [] as GraphValue[],
    };
    for await (const field of this.wire.fields(place.start, place.end)) {
      if (field.wire !== 2) continue;
      if ([1, 5, 11, 12, 13].includes(field.number)) this.countItem();
      if (field.number === 1) found.nodes.push(await this.node(field));
      else if (field.number === 2) found.graph = this.string(await this.wire.content(field, small));
      else if (field.number === 5) found.weights.push(await this.tensor(field));
      else if (field.number === 11) found.inputs.push(await this.value(field));
      else if (field.number === 12) found.outputs.push(await this.value(field));
      else if (field.number === 13) found.values.push(await this.value(field));
    }
    // Before IR version 4 weights were inputs as well.
    const fed = new Set(found.weights.map(({ name }) => name));
    return { ...found, inputs: found.inputs.filter(({ name }) => !fed.has(name)) };
  }

  private async node(place: Field): Promise<GraphNode> {
    let [name, op, domain] = ['', '', ''];
    let constant: Weights | undefined;
    const inputs: string[] = [];
    const outputs: string[] = [];
    const attributes = new Map<string, readonly number[]>();
    const texts = new Map<string, string>();
    const floats = new Map<string, number>();
    for await (const [field, content] of this.parts(place)) {
      if (field.number === 1) inputs.push(this.string(content));
      if (field.number === 2) outputs.push(this.string(content));
      if (field.number === 3) name = this.string(content);
      if (field.number === 4) op = this.string(content);
      if (field.number === 7) domain = this.string(content);
      if (field.number !== 5) continue;
      const { key, integers, text, float, tensor } = this.attribute(content);
      if (integers.length > 0) attributes.set(key, integers);
      if (text !== '') texts.set(key, text);
      if (float !== undefined) floats.set(key, float);
      if (tensor) constant = readTensor(partsIn(tensor));
    }
    if (domain === 'ai.onnx') domain = '';
    return { name, op, domain, inputs, outputs, attributes, floats, texts, ...(constant && { constant }) };
  }

  private attribute(bytes: Buffer) {
    let [key, text] = ['', ''];
    let tensor: Buffer | undefined;
    let float: number | undefined;
    const integers: number[] = [];
    for (const [field, content] of partsIn(bytes)) {
      if (field.number === 2 && field.wire === 5) float = content.readFloatLE(0);
      if (field.number === 1) key = this.string(content);
      if (field.number === 3 || field.number === 8) integers.push(...integersOf(bytes, field));
      if (field.number === 4 && content.length <= 256) text = this.string(content);
      if (field.number === 5) tensor = content;
    }
    return { key, integers, text, float, tensor };
  }

  private async tensor(place: Field): Promise<Weights> {
    const parts: Part[] = [];
    for await (const part of this.parts(place)) parts.push(part);
    const weights = readTensor(parts);
    this.spend(weights.name.length);
    return { ...weights, place: { start: place.start, end: place.end } };
  }

  /** Fields of a message with what they hold; large ones are passed over. */
  private async *parts(place: Field): AsyncGenerator<Part, void> {
    if (place.end - place.start <= small) {
      yield* partsIn(await this.wire.content(place, small));
      return;
    }
    for await (const field of this.wire.fields(place.start, place.end)) {
      this.countItem();
      if (field.end - field.start <= small) yield [field, await this.wire.content(field, small)];
    }
  }

  private async value(place: Field): Promise<GraphValue> {
    const bytes = await this.wire.content(place, small);
    let name = '';
    let tensor: Buffer | undefined;
    for (const field of fieldsIn(bytes)) {
      const content = bytes.subarray(field.start, field.end);
      if (field.number === 1) name = this.string(content);
      // Of the kinds of values, only tensors have a shape and a dtype.
      if (field.number === 2) tensor = within(content, 1);
    }
    if (!tensor) return { name, dtype: null, shape: null };
    let dtype: string | null = null;
    let shape: Dim[] | null = null;
    for (const field of fieldsIn(tensor)) {
      if (field.number === 1) dtype = dtypeName(field.value);
      if (field.number === 2) shape = this.shape(tensor.subarray(field.start, field.end));
    }
    return { name, dtype, shape };
  }

  private shape(bytes: Buffer): Dim[] {
    const dims: Dim[] = [];
    for (const { number, start, end } of fieldsIn(bytes)) {
      if (number !== 1) continue;
      let dim: Dim = null;
      const one = bytes.subarray(start, end);
      for (const field of fieldsIn(one)) {
        // Exporters write -1, or 0, for what is free.
        if (field.number === 1) dim = field.value > 0 ? field.value : null;
        if (field.number === 2) dim = this.string(one.subarray(field.start, field.end)) || null;
      }
      dims.push(dim);
    }
    return dims;
  }

  private opset(bytes: Buffer): { domain: string; version: number } {
    const opset = { domain: '', version: 0 };
    for (const field of fieldsIn(bytes)) {
      if (field.number === 1) opset.domain = this.string(bytes.subarray(field.start, field.end));
      if (field.number === 2) opset.version = field.value;
    }
    return opset;
  }

  private string(bytes: Buffer): string {
    this.spend(bytes.length);
    return bytes.toString('utf8');
  }

  private spend(bytes: number): void {
    this.text += bytes;
    if (this.text > mostText)
      throw new UserError(`${this.source.name}: its names take more than ${size(mostText)}. No such model is read.`);
  }

  private countItem(): void {
    if (++this.items > mostItems)
      throw new UserError(`${this.source.name}: it has more than ${count(mostItems)} parts. No such model is read.`);
  }
}

/** The first message of that number within another. */
function within(bytes: Buffer, number: number): Buffer | undefined {
  for (const field of fieldsIn(bytes)) {
    if (field.number === number && field.wire === 2) return bytes.subarray(field.start, field.end);
  }
  return undefined;
}
