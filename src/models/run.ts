import { basename, dirname } from 'node:path';
import { openSource, type Signal } from '../data/source';
import type { Real } from '../linalg/matrix';
import { threadCount } from '../linalg/runtime';
import { type ModelSession, type ModelTensor, openModel, release } from '../linalg/session';
import { messageOf, UserError } from '../protocol/errors';
import type { ModelDim } from '../protocol/model';
import type { LayerReduction, ModelRun, Preparation } from '../protocol/result';
import { count, dims, plural, size, some } from '../protocol/words';
import { type Afterwards, afterSteps, applyAfter, openAfter } from './after';
import { type ChosenLayer, chooseLayers } from './choose-layers';
import { weightFiles } from './describe';
import { withOutputs } from './edit';
import { type AllSeen, type Batch, type Feeds, openFeeds, seenOf } from './feed';
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
  /** A model of the same inputs and outputs that is run in the place of the file's. */
  readonly bytes?: Uint8Array;
  /** Where an earlier run of the same request was stopped. */
  readonly from?: RunState | undefined;
}

/** One layer, as it will come. */
export interface LayerHead {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly double: boolean;
}

/** How far a run has come, as plain data: what it takes to go on from there. */
export interface RunState {
  /** The first that is not done. */
  readonly row: number;
  /** Rows that are run at once. */
  readonly height: number;
  readonly heads: readonly LayerHead[];
  readonly own: readonly (readonly string[])[];
  readonly warnings: readonly string[];
  readonly seen: AllSeen;
}

/** Where activations go, block by block. */
export interface LayerSink {
  /** Once, when the first rows are there; not for a run that goes on from a state. */
  begin(heads: readonly LayerHead[], prepared: Preparation): Promise<void>;
  /** The next rows of the layer at that place, which are there until this resolves. */
  put(place: number, data: Real): Promise<void>;
  /** All layers have the rows before `state.row`. */
  reached?(state: RunState): Promise<void>;
}

/** What a run leaves to be said. */
export interface LayerNotes {
  readonly rows: number;
  readonly heads: readonly LayerHead[];
  /** The reduction, and how the data became what the model takes. */
  readonly prepared: Preparation;
  /** Done to all layers. */
  readonly steps: readonly string[];
  /** Done to each, in the order of the heads. */
  readonly own: readonly (readonly string[])[];
  readonly warnings: readonly string[];
}

export interface Surroundings {
  readonly base: string;
  readonly memory: number;
  /** What of onnxruntime runs the model; absent: cpu. */
  readonly provider?: string | undefined;
  readonly signal: Signal;
  progress(fraction: number | null, message: string): void;
}

/**
 * Runs a model on all rows of the data, in batches, and hands over what the layers made of them, reduced to a matrix each.
 * The layers become outputs of the model in memory; the file stays as it is.
 * @throws UserError where the model, the data or a layer cannot be used, with what onnxruntime says in words.
 */
export async function runLayers(request: LayerRequest, sink: LayerSink, around: Surroundings): Promise<LayerNotes> {
  const { base, memory, signal, provider = 'cpu' } = around;
  const name = basename(request.path);
  around.progress(null, `Opening ${name}`);
  const source = await openSource(request.path);
  try {
    const graph = new Graph(await readModel(source));
    const { model } = graph;
    const chosen = chooseLayers(name, graph, request.layers);
    await weightFiles(request.path, model);
    const feeds = await openFeeds(request.path, model.inputs, request, base, { limit: memory, signal });
    try {
      const layers = layersOf(name, chosen, graph, request.from);
      const after = await openAfter(feeds.prepared, { limit: memory, signal });
      const all = (session?: ModelSession) => new Run(name, request, feeds, session, after, sink, around).all(layers);
      // What a model is given is known without running it.
      if (layers.every(({ fed }) => fed)) return await all();
      const outputs = new Set(model.outputs.map((output) => output.name));
      const added = layers.flatMap(({ name: layer, fed }) => (fed || outputs.has(layer) ? [] : layer));
      const bytes = request.bytes ?? (await withOutputs(source, model, added, memory));
      const session = await openModel(bytes, dirname(request.path), provider).catch((error: unknown) => {
        if (error instanceof UserError) throw error;
        const where =
          provider === 'cpu' ? '' : ` with the execution provider ${provider}, which may need more than is installed`;
        throw new UserError(`${name}: onnxruntime refuses this model${where}: ${reasonOf(error)}`);
      });
      try {
        return await all(session);
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
interface Layer extends ChosenLayer {
  readonly name: string;
  readonly unitsLast: boolean;
  /** The model is given it, rather than that it makes it. */
  readonly fed: boolean;
  /** The model itself gives it. */
  readonly given: boolean;
}

/** Those that were chosen; of a run that goes on, those that it had. */
function layersOf(model: string, chosen: readonly ChosenLayer[], graph: Graph, from: RunState | undefined): Layer[] {
  const all = chosen.map((one): Layer => {
    const { name } = one.layer;
    const given = graph.model.outputs.some((output) => output.name === name);
    const fed = graph.inputs.includes(one.layer);
    return { ...one, name, unitsLast: graph.unitsLast(name), given, fed };
  });
  if (!from) return all;
  return from.heads.map(({ name }) => {
    const layer = all.find((one) => one.name === name);
    if (!layer) throw new UserError(`${model}: what was computed before has a layer '${name}', which there is not.`);
    return layer;
  });
}

interface Made extends Pick<Batch, 'inputs' | 'missing' | 'seen'> {
  readonly end: number;
  readonly mask: Mask | undefined;
  readonly made: Readonly<Record<string, ModelTensor>>;
}

class Run {
  private readonly warnings: string[];
  private readonly how: LayerReduction;
  private height: number;
  private seen: AllSeen;

  constructor(
    private readonly model: string,
    private readonly request: LayerRequest,
    private readonly feeds: Feeds,
    private readonly session: ModelSession | undefined,
    private readonly after: Afterwards,
    private readonly sink: LayerSink,
    private readonly around: Surroundings,
  ) {
    const { prepared, fixed } = feeds;
    this.how = prepared.reduce;
    this.height = fixed ?? request.from?.height ?? request.batch ?? usualBatch;
    this.warnings = [...(request.from?.warnings ?? [])];
    this.seen = request.from?.seen ?? [];
  }

  async all(chosen: readonly Layer[]): Promise<LayerNotes> {
    const { rows, prepared } = this.feeds;
    const { from } = this.request;
    if (this.feeds.fixed === undefined && !from) this.bound(chosen);
    let layers = chosen;
    let heads = from?.heads ?? [];
    let own: readonly (readonly string[])[] = from?.own ?? [];
    for (let row = from?.row ?? 0; row < rows; ) {
      this.around.signal.throwIfAborted();
      this.around.progress(row / rows, this.doing);
      const batch = await this.batch(row, layers);
      if (row === 0) {
        const shorter = await this.shorter(batch, layers);
        const leftOut = new Map<string, string[]>();
        layers = layers.filter((layer) => {
          const reason = this.unusable(layer, batch, shorter);
          if (reason !== undefined) leftOut.set(reason, [...(leftOut.get(reason) ?? []), layer.name]);
          return reason === undefined;
        });
        for (const [reason, names] of leftOut) this.warnings.push(`${some(names)} left out: ${reason}.`);
        if (layers.length === 0) throw new UserError(`${this.model}: no layer is left. ${this.warnings.join(' ')}`);
      }
      const blocks = layers.map((layer) => this.reduce(layer, batch, row));
      if (row === 0) {
        heads = blocks.map((data, i) => headOf(layers[i] as Layer, data, rows, batch.end));
        own = layers.map((layer) => this.stepsOf(layer, batch));
        await this.sink.begin(heads, prepared.values);
      }
      for (const [i, data] of blocks.entries()) await this.put(heads[i] as LayerHead, i, data, row, batch.end);
      release(Object.values(batch.made));
      row = batch.end;
      this.seen = seenOf(this.seen, batch.seen);
      const { height, warnings, seen } = this;
      await this.sink.reached?.({ ...{ row, height, heads, own }, warnings: [...warnings], seen });
    }
    return {
      ...{ rows, heads, own, prepared: prepared.values },
      steps: [
        `${this.session ? 'run on' : 'not run:'} ${plural(rows, 'row')}, ${count(this.height)} at a time${this.by()}`,
        ...this.feeds.notes(this.seen),
      ],
      warnings: [...this.warnings, ...this.feeds.warnings(this.seen)],
    };
  }

  private get doing(): string {
    return this.session ? `Running ${this.model}` : `Preparing what ${this.model} is given`;
  }

  /** What the model runs on. */
  private by(): string {
    if (!this.session) return ', as the model is given them';
    const threads = threadCount();
    return `, on ${this.around.provider ?? 'cpu'} with ${threads === 0 ? 'one thread per core' : plural(threads, 'thread')}`;
  }

  /** Fewer rows at once where the layers of one batch would take much of the memory. */
  private bound(chosen: readonly Layer[]): void {
    const { free } = this.feeds;
    const length = (dim: ModelDim) => (typeof dim === 'number' ? dim : (free.get(dim ?? '') ?? 1));
    const width = ({ layer }: Layer) =>
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
  private async batch(row: number, layers: readonly Layer[]): Promise<Made> {
    for (;;) {
      const end = Math.min(this.feeds.rows, row + this.height);
      const taken = await this.feeds.take(row, end, this.feeds.fixed ?? end - row);
      try {
        const made = await this.make(taken.inputs, layers);
        return { ...taken, end, made, mask: taken.mask ?? maskOf(taken.inputs) };
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

  private async make(inputs: Made['inputs'], layers: readonly Layer[]): Promise<Made['made']> {
    const names = layers.flatMap(({ name, fed }) => (fed ? [] : name));
    const given = layers.flatMap(({ name, fed }) =>
      fed ? [[name, copied(inputs[name] as ModelTensor)] as const] : [],
    );
    const made = names.length > 0 ? await this.session?.run(inputs, names) : {};
    return { ...made, ...Object.fromEntries(given) };
  }

  /** A run of one row with fewer tokens than the first batch, where batches differ in that. */
  private async shorter(batch: Made, layers: readonly Layer[]): Promise<Made | undefined> {
    const taken = await this.feeds.shorter(batch);
    if (!taken || this.feeds.fixed !== undefined) return undefined;
    const made = await this.make(taken.inputs, layers).catch(() => undefined);
    return made && { ...taken, end: 1, made, missing: [], seen: [], mask: taken.mask };
  }

  /**
   * Why a layer is no representation; undefined where it is one.
   * @throws UserError where it was asked for by name.
   */
  private unusable(layer: Layer, batch: Made, shorter: Made | undefined): string | undefined {
    const reason = this.reasonAgainst(layer, batch, shorter);
    if (reason === undefined || !layer.exact) return reason;
    throw new UserError(`${this.model}: layer '${layer.name}' is no representation: ${reason}. Choose another.`);
  }

  private reasonAgainst(layer: Layer, batch: Made, shorter: Made | undefined): string | undefined {
    const { shape = [] } = batch.made[layer.name] ?? {};
    const expected = this.feeds.fixed ?? batch.end;
    if (shape[0] !== expected)
      return `the shape is ${dims(shape)} for ${plural(expected, 'row')} of data: the first axis is not that of the samples`;
    if (shape.includes(0)) return `the shape is ${dims(shape)}, which is empty`;
    try {
      const { length } = this.reduce(layer, batch, 0);
      if (!shorter || this.reduce(layer, shorter, 0).length * batch.end === length) return undefined;
      return (
        `reduced by ${this.how}, there would be as many units as a text has tokens, and texts differ in that ` +
        '(not where they are padded to max-length)'
      );
    } catch (error) {
      if (layer.exact || !(error instanceof UserError)) throw error;
      return error.message.replace(/^.*?' (?:has )?| *\.$/g, '');
    }
  }

  /** What follows the reduction: modules of the folder go on from what the model gives for tokens, and from nothing else. */
  private afterOf({ given, unitsLast }: Layer, { shape }: Pick<ModelTensor, 'shape'>) {
    return given && unitsLast && shape.length === 3 && this.how !== 'flatten' ? this.after.given : this.after.others;
  }

  private stepsOf(layer: Layer, { made, mask }: Made): string[] {
    const tensor = made[layer.name] as ModelTensor;
    const step = stepOf(this.how, tensor.shape, layer.unitsLast, mask !== undefined);
    const after = this.afterOf(layer, tensor);
    return [...(step === undefined ? [] : [step]), ...afterSteps(after, tensor.shape.at(-1) ?? 1)];
  }

  private reduce(layer: Layer, { made, mask, missing, end }: Made, row: number): Real {
    const { name, unitsLast } = layer;
    const tensor = made[name] as ModelTensor;
    try {
      const data = reduceRows({ shape: tensor.shape, data: decoded(tensor) }, this.how, unitsLast, mask, row);
      // Rows that only fill up a batch are cut off again.
      const units = data.length / (tensor.shape[0] as number);
      const rows = applyAfter(this.afterOf(layer, tensor), data.subarray(0, units * (end - row)), units);
      const width = rows.length / (end - row);
      for (const i of missing) rows.fill(Number.NaN, i * width, (i + 1) * width);
      return rows;
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

/** What becomes of a layer's values is not to be seen where they come from. */
function copied(tensor: ModelTensor): ModelTensor {
  return { ...tensor, data: (tensor.data as Float32Array).slice() };
}

function headOf({ name }: Layer, data: Real, rows: number, height: number): LayerHead {
  return { name, rows, columns: data.length / height, double: data instanceof Float64Array };
}

function maskOf(inputs: Made['inputs']): Mask | undefined {
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
