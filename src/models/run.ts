import { basename, dirname } from 'node:path';
import { openSource, type Signal } from '../data/source';
import { count, dims, plural, size } from '../data/words';
import type { Real } from '../linalg/matrix';
import { type ModelSession, type ModelTensor, openModel } from '../linalg/session';
import { messageOf, UserError } from '../protocol/errors';
import type { ModelDim } from '../protocol/model';
import type { LayerReduction, ModelRun } from '../protocol/result';
import { type ChosenLayer, chooseLayers } from './choose-layers';
import { weightFiles } from './describe';
import { withOutputs } from './edit';
import { type Feeds, openFeeds } from './feed';
import { Graph } from './layers';
import { readModel } from './onnx-read';
import { type Mask, reduceRows, stepOf } from './reduce';
import { decoded } from './values';

/** Rows that are run at once unless a person or the model says otherwise. */
const usualBatch = 32;

/** What is wanted of a model. */
export interface LayerRequest extends ModelRun {
  /** Absolute. */
  readonly path: string;
  /** Names and globs; none: every layer. */
  readonly layers: readonly string[];
  readonly batch?: number;
}

/** One layer, as it will come. */
export interface LayerHead {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly double: boolean;
}

/** Where activations go, block by block. */
export interface LayerSink {
  /** Once, when the first rows are there. */
  begin(heads: readonly LayerHead[]): Promise<void>;
  /** The next rows of the layer at that place. */
  put(place: number, data: Real): Promise<void>;
}

/** What a run leaves to be said. */
export interface LayerNotes {
  readonly rows: number;
  /** Done to all layers. */
  readonly steps: readonly string[];
  /** Done to each, in the order of the heads. */
  readonly own: readonly (readonly string[])[];
  readonly warnings: readonly string[];
}

export interface Surroundings {
  readonly base: string;
  readonly memory: number;
  readonly signal: Signal;
  progress(fraction: number | null, message: string): void;
}

/**
 * Runs a model on all rows of the data, in batches, and hands over what the layers made of them, reduced to a matrix each.
 * The layers become outputs of the model in memory; the file stays as it is.
 * @throws UserError where the model, the data or a layer cannot be used, with what onnxruntime says in words.
 */
export async function runLayers(request: LayerRequest, sink: LayerSink, around: Surroundings): Promise<LayerNotes> {
  const { base, memory, signal } = around;
  const name = basename(request.path);
  around.progress(null, `Opening ${name}`);
  const source = await openSource(request.path);
  try {
    const graph = new Graph(await readModel(source));
    const { model } = graph;
    const chosen = chooseLayers(name, graph.layers, request.layers);
    await weightFiles(request.path, model);
    const feeds = await openFeeds(name, model.inputs, request.data, base, { limit: memory, signal });
    try {
      const outputs = new Set(model.outputs.map((output) => output.name));
      const added = chosen.map(({ layer }) => layer.name).filter((layer) => !outputs.has(layer));
      const bytes = await withOutputs(source, model, added, memory);
      const session = await openModel(bytes, dirname(request.path)).catch((error: unknown) => {
        throw new UserError(`${name}: onnxruntime refuses this model: ${reasonOf(error)}`);
      });
      try {
        return await new Run(name, request, feeds, session, sink, around).all(chosen, graph);
      } finally {
        await session.close();
      }
    } finally {
      await feeds.close();
    }
  } finally {
    await source.close();
  }
}

/** A layer whose rows are those of the data. */
interface Layer {
  readonly name: string;
  readonly exact: boolean;
  readonly unitsLast: boolean;
}

interface Batch {
  readonly end: number;
  readonly inputs: Readonly<Record<string, ModelTensor>>;
  readonly made: Readonly<Record<string, ModelTensor>>;
}

class Run {
  private readonly warnings: string[] = [];
  private readonly how: LayerReduction;
  private height: number;

  constructor(
    private readonly model: string,
    request: LayerRequest,
    private readonly feeds: Feeds,
    private readonly session: ModelSession,
    private readonly sink: LayerSink,
    private readonly around: Surroundings,
  ) {
    this.how = request.reduce ?? 'flatten';
    this.height = feeds.fixed ?? request.batch ?? usualBatch;
  }

  async all(chosen: readonly ChosenLayer[], graph: Graph): Promise<LayerNotes> {
    const { rows } = this.feeds;
    if (this.feeds.fixed === undefined) this.bound(chosen);
    let layers = chosen.map(({ layer: { name }, exact }): Layer => ({ name, exact, unitsLast: graph.unitsLast(name) }));
    let heads: LayerHead[] = [];
    let own: string[][] = [];
    for (let row = 0; row < rows; ) {
      this.around.signal.throwIfAborted();
      this.around.progress(row / rows, `Running ${this.model}`);
      const batch = await this.batch(row, layers);
      const mask = maskOf(batch.inputs);
      if (row === 0) {
        layers = layers.filter((layer) => this.isUsable(layer, batch, mask));
        if (layers.length === 0) throw new UserError(`${this.model}: no layer is left. ${this.warnings.join(' ')}`);
      }
      const blocks = layers.map((layer) => this.reduce(layer, batch, mask, row));
      if (row === 0) {
        heads = blocks.map((data, i) => headOf(layers[i] as Layer, data, rows, batch.end));
        own = layers.map(({ name, unitsLast }) => {
          const step = stepOf(this.how, batch.made[name]?.shape ?? [], unitsLast, mask !== undefined);
          return step === undefined ? [] : [step];
        });
        await this.sink.begin(heads);
      }
      for (const [i, data] of blocks.entries()) await this.put(heads[i] as LayerHead, i, data, row, batch.end);
      row = batch.end;
    }
    const steps = [`run on ${plural(rows, 'row')}, ${count(this.height)} at a time`, ...this.feeds.notes()];
    return { rows, steps, own, warnings: this.warnings };
  }

  /** Fewer rows at once where the layers of one batch would take much of the memory. */
  private bound(chosen: readonly ChosenLayer[]): void {
    const { free } = this.feeds;
    const length = (dim: ModelDim) => (typeof dim === 'number' ? dim : (free.get(dim ?? '') ?? 1));
    const width = ({ layer }: ChosenLayer) =>
      (layer.shape ?? []).slice(1).reduce((product: number, dim) => product * length(dim), 1);
    // As float32, and once more as it is reduced and written.
    const perRow = 8 * chosen.reduce((sum, layer) => sum + width(layer), 0);
    const most = Math.max(1, Math.floor(this.around.memory / 2 / Math.max(1, perRow)));
    if (most >= this.height) return;
    this.warnings.push(
      `${plural(most, 'row')} at a time instead of ${count(this.height)}: the layers take ${size(perRow)} of memory for each row.`,
    );
    this.height = most;
  }

  /** Runs some rows; where memory is refused, half as many, and so on. */
  private async batch(row: number, layers: readonly Layer[]): Promise<Batch> {
    for (;;) {
      const end = Math.min(this.feeds.rows, row + this.height);
      const inputs = await this.feeds.take(row, end, this.feeds.fixed ?? end - row);
      try {
        return {
          end,
          inputs,
          made: await this.session.run(
            inputs,
            layers.map(({ name }) => name),
          ),
        };
      } catch (error) {
        const halved = Math.floor((end - row) / 2);
        if (!isMemory(error) || this.feeds.fixed !== undefined || halved < 1) throw this.refused(error);
        this.warnings.push(
          `There was not enough memory for ${plural(end - row, 'row')} at a time; ${count(halved)} were run.`,
        );
        this.height = halved;
      }
    }
  }

  /** @throws UserError where a layer that was asked for by name has no row for each sample, or cannot be reduced so. */
  private isUsable(layer: Layer, batch: Batch, mask: Mask | undefined): boolean {
    const { shape = [] } = batch.made[layer.name] ?? {};
    const expected = this.feeds.fixed ?? batch.end;
    let reason: string;
    if (shape[0] !== expected)
      reason = `its shape is ${dims(shape)} for ${plural(expected, 'row')} of data: its first axis is not that of the samples`;
    else if (shape.includes(0)) reason = `its shape is ${dims(shape)}: it is empty`;
    else {
      try {
        this.reduce(layer, batch, mask, 0);
        return true;
      } catch (error) {
        if (layer.exact || !(error instanceof UserError)) throw error;
        this.warnings.push(`Left out: ${error.message}`);
        return false;
      }
    }
    if (layer.exact)
      throw new UserError(`${this.model}: layer '${layer.name}' is no representation: ${reason}. Choose another.`);
    this.warnings.push(`${layer.name} left out: ${reason}.`);
    return false;
  }

  private reduce({ name, unitsLast }: Layer, batch: Batch, mask: Mask | undefined, row: number): Real {
    const tensor = batch.made[name] as ModelTensor;
    try {
      const data = reduceRows({ shape: tensor.shape, data: decoded(tensor) }, this.how, unitsLast, mask, row);
      // Rows that only fill up a batch are cut off again.
      const rows = tensor.shape[0] as number;
      return data.subarray(0, (data.length / rows) * (batch.end - row));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`${this.model}: layer '${name}' ${error.message}.`);
    }
  }

  private put(head: LayerHead, place: number, data: Real, row: number, end: number): Promise<void> {
    if (data.length !== head.columns * (end - row))
      throw new UserError(
        `${this.model}: layer '${head.name}' has ${count(head.columns)} units in the first rows, and ` +
          `${count(Math.round(data.length / (end - row)))} from row ${count(row)} on. Choose a reduction other than flatten.`,
      );
    return this.sink.put(place, head.double && data instanceof Float32Array ? Float64Array.from(data) : data);
  }

  private refused(error: unknown): UserError {
    const what = isMemory(error) ? 'there is not enough memory for one row' : 'onnxruntime cannot run it on this data';
    return new UserError(`${this.model}: ${what}: ${reasonOf(error)}`);
  }
}

function headOf({ name }: Layer, data: Real, rows: number, height: number): LayerHead {
  return { name, rows, columns: data.length / height, double: data instanceof Float64Array };
}

function maskOf(inputs: Batch['inputs']): Mask | undefined {
  const mask = inputs.attention_mask;
  return mask && { shape: mask.shape, data: decoded(mask) };
}

function isMemory(error: unknown): boolean {
  return /bad_alloc|failed to allocate|out of memory|allocation failed|array buffer allocation/i.test(messageOf(error));
}

/** What onnxruntime says, as one sentence. */
function reasonOf(error: unknown): string {
  const text = messageOf(error)
    .replace(/\s+/g, ' ')
    // Where in its own source it is says nothing to anybody here.
    .replace(/\/\S+:\d+ [^()]*\([^()]*\) /, '')
    .replace(/ Please fix either the inputs\/outputs or the model\.?/, '')
    .trim();
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
