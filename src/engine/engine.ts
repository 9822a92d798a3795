import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { told } from '../data/atomic';
import { openData } from '../data/file';
import { dataFilesIn } from '../data/folder';
import { isFile, parseData, parseInput } from '../data/input';
import { expandTensors } from '../data/representation';
import { confine } from '../data/roots';
import { Matrix } from '../linalg/matrix';
import type { Method } from '../methods/method';
import { describeModel, expandLayers, isModel } from '../models/describe';
import { mediaFilesOf, mediaOf } from '../models/media-files';
import { imagesNamed, imagesOfRows } from '../models/row-images';
import type { MethodDescription } from '../protocol/catalogue';
import type {
  EngineSettings,
  FileDescription,
  ImagesRequest,
  InputState,
  PreparationDescription,
  SelfTest,
} from '../protocol/engine';
import { Cancelled } from '../protocol/errors';
import type {
  CompareRequest,
  Comparison,
  Extraction,
  ExtractRequest,
  InputRecord,
  InputSpec,
  LayerSpec,
  MakeRequest,
  ModelData,
  Result,
  RunRequest,
} from '../protocol/result';
import type { NeighboursRequest, RowNeighbours, RowValues, RowValuesRequest } from '../protocol/rows';
import type { EngineService } from '../protocol/rpc';
import type { Study, StudyRequest } from '../protocol/study';
import type { Reading, Summary, SummaryRequest, WindowRequest, WindowValues } from '../protocol/window';
import { strangeSource } from './anchor-file';
import { chooseMeasures } from './compare';
import { describeMethod, findMethod } from './describe';
import { Hashes } from './hash';
import type { JobOptions, Jobs } from './jobs';
import { KeptResults } from './kept-results';
import { Lookups } from './lookup';
import { checkMade, MadeLast, writeMade } from './made';
import { OpenFiles } from './open-files';
import { parseParameters } from './parameters';
import { describePreparation } from './preparation';
import { rowValues } from './row-values';
import type { RunAnswer, Surroundings } from './task';
import { windowOf } from './window';

/** Everything the engine does, on the thread that answers; what takes long goes to `jobs`. */
export class Engine implements EngineService {
  private readonly hashes = new Hashes();
  private readonly kept: KeptResults;
  private readonly files = new OpenFiles();
  private readonly made = new MadeLast();
  private readonly lookups = new Lookups();

  /** @param base folder in which relative paths start. */
  constructor(
    private readonly jobs: Jobs,
    private readonly catalogue: readonly Method[],
    private settings: EngineSettings,
    private readonly base: string,
  ) {
    this.kept = new KeptResults(this.hashes, base);
  }

  configure(settings: EngineSettings): void {
    this.settings = settings;
    confine(settings.roots ?? []);
  }

  async methods(): Promise<readonly MethodDescription[]> {
    return this.catalogue.map(describeMethod);
  }

  /** @throws UserError that lists the methods there are. */
  describe(id: string): MethodDescription {
    return describeMethod(findMethod(this.catalogue, id));
  }

  async inspect(input: string | InputSpec): Promise<FileDescription> {
    const spec = typeof input === 'string' ? { path: input } : input;
    const path = resolve(this.base, spec.path);
    if (isModel(path)) return describeModel(path);
    const file = await openData(path, spec);
    try {
      return { ...file.describe(), path };
    } finally {
      await file.close();
    }
  }

  async open(reading: Reading): Promise<FileDescription> {
    const located = this.located(reading);
    const media = mediaOf(located.path);
    if (!media) return this.files.use(located, async ({ data }) => data.describe());
    const { length } = mediaFilesOf(located.path, media);
    return { path: located.path, format: media, bytes: 0, tensors: [], ...(media === 'images' && { images: length }) };
  }

  window(request: WindowRequest): Promise<WindowValues> {
    return this.files.use(this.located(request), (file) => windowOf(file, request));
  }

  /** The nearest rows of one row. Answered at once, whatever is being computed; of a layer of a model, once it has been. */
  neighbours(request: NeighboursRequest, { signal, onProgress }: JobOptions = {}): Promise<RowNeighbours> {
    const around = this.surroundings();
    return this.lookups.neighbours(request, {
      base: this.base,
      room: this.settings.memory / 4,
      signal: signal ?? new AbortController().signal,
      onProgress: onProgress ?? (() => {}),
      layer: async (spec) => {
        const { data, rows, columns } = await this.jobs.submit({
          kind: 'layer',
          request: { inputs: [spec] },
          ...around,
        });
        return new Matrix(data, rows, columns);
      },
      graph: (asked, options) => this.jobs.submit({ kind: 'graph', request: asked, ...around }, options),
    });
  }

  /** One value of every row of a file, for colours. */
  rowValues(request: RowValuesRequest, { signal }: JobOptions = {}): Promise<RowValues> {
    return rowValues(request, this.base, this.settings.memory / 4, signal);
  }

  async images({ path, column, rows }: ImagesRequest): Promise<readonly (string | null)[]> {
    const located = this.located({ path });
    if (column === undefined) return imagesOfRows(located.path, rows);
    const texts = await this.files.use(located, async (file) => {
      const { values } = await file.column(column);
      return rows.map((row) => String(values[row] ?? ''));
    });
    return imagesNamed(located.path, texts);
  }

  /** What is in the columns, or in some rows, of a plane. */
  summarise(request: SummaryRequest, options: JobOptions = {}): Promise<Summary> {
    return this.jobs.submit({ kind: 'summary', request, ...this.surroundings() }, options);
  }

  /** Reads `path`, `path#tensor` or `MODEL.onnx#LAYER@DATA`. */
  parse(text: string): InputSpec {
    return parseInput(text, this.base);
  }

  /** Reads what stands for data of a model's input: `path#tensor` or `name=path`. */
  parseData(text: string): ModelData {
    return parseData(text, this.base);
  }

  isFile(path: string): boolean {
    return isFile(resolve(this.base, path));
  }

  isFolder(path: string): boolean {
    return statSync(resolve(this.base, path), { throwIfNoEntry: false })?.isDirectory() ?? false;
  }

  /** The data files in a folder, in counting order. @throws UserError where there is none. */
  filesIn(folder: string): string[] {
    return dataFilesIn(resolve(this.base, folder)).map((path) => join(folder, basename(path)));
  }

  /** The inputs that one with a pattern for its tensor, or with none in a file of several, stands for. */
  expand(input: InputSpec): Promise<InputSpec[]> {
    return input.model ? expandLayers(input, this.base) : expandTensors(input, this.base);
  }

  async run(request: RunRequest, options: JobOptions = {}): Promise<Result> {
    const asked = this.asked(request);
    let answer: RunAnswer | undefined;
    const compute = async () => {
      answer = await this.runWithRepresentations(request, options);
      return answer.result;
    };
    return this.kept.resultOf([asked], asked, this.settings.cache, options, compute, (key) => {
      if (answer) this.made.keep(key, answer, this.settings.memory / 8);
    });
  }

  /**
   * Writes what a method makes besides its values; what it made last is not computed again.
   * @returns the files.
   * @throws UserError where it makes nothing, the request cannot be used, or a file cannot be written; Cancelled.
   */
  async make({ run, out }: MakeRequest, options: JobOptions = {}): Promise<readonly string[]> {
    const path = resolve(this.base, out);
    checkMade(path, findMethod(this.catalogue, run.method));
    const asked = this.asked(run);
    const kept = await this.kept.keyOf([asked], asked).then(
      (key) => this.made.get(key),
      // A file that cannot be hashed cannot be read either; the job says it in better words.
      () => undefined,
    );
    return writeMade(path, kept ?? (await this.runWithRepresentations(run, options)));
  }

  /** The request with all of its parameters. @throws UserError */
  private asked(request: RunRequest) {
    return { ...request, parameters: parseParameters(findMethod(this.catalogue, request.method), request.parameters) };
  }

  /** Like `run`, with the representations that the method made. */
  async runWithRepresentations(request: RunRequest, options: JobOptions = {}): Promise<RunAnswer> {
    const [answer, hashes] = await this.hashedWhile(request.inputs, () =>
      this.jobs.submit({ kind: 'run', request, ...this.surroundings() }, options),
    );
    const { result } = answer;
    const warnings = [...result.warnings, ...(await strangeSource(result, this.base, hashes))];
    return { ...answer, result: { ...result, warnings, inputs: withHashes(result.inputs, hashes) } };
  }

  /** Writes what a method made. @throws UserError when a file cannot be written. */
  async write(path: string, answer: RunAnswer): Promise<void> {
    await writeMade(path, answer);
  }

  async compare(request: CompareRequest, options: JobOptions = {}): Promise<Comparison> {
    const measures = chooseMeasures(this.catalogue, request.measures).map(({ id }) => id);
    const files = { inputs: [...request.inputs, ...(request.against ?? [])] };
    const about = { ...request, ...files };
    return this.kept.resultOf([request, measures], about, this.settings.cache, options, async () => {
      const [answer, hashes] = await this.hashedWhile(files.inputs, () =>
        this.jobs.submit({ kind: 'compare', request, ...this.surroundings() }, options),
      );
      const { against } = answer;
      return {
        ...answer,
        inputs: withHashes(answer.inputs, hashes),
        ...(against && { against: withHashes(against, hashes.slice(answer.inputs.length)) }),
      };
    });
  }

  /** The comparison of a study is an ordinary one: what was compared before is not computed again. */
  async study(request: StudyRequest, options: JobOptions = {}): Promise<Study> {
    const { measure, groups: _, scores: __, permutations: ___, labels, ...rest } = request;
    const used = labels && findMethod(this.catalogue, measure).labels ? { labels } : {};
    const comparison = await this.compare({ ...rest, ...used, measures: [measure] }, options);
    return this.jobs.submit({ kind: 'study', request, comparison, ...this.surroundings() }, options);
  }

  async check(records: readonly InputRecord[], { signal }: JobOptions = {}): Promise<readonly InputState[]> {
    const states: InputState[] = [];
    for (const record of records) {
      signal?.throwIfAborted();
      const hash = await this.hashes.ofInput(record, this.base).catch(() => null);
      states.push({ record, state: hash === null ? 'missing' : hash === record.sha256 ? 'same' : 'changed' });
    }
    return states;
  }

  async preparation(layer: LayerSpec, { signal }: JobOptions = {}): Promise<PreparationDescription> {
    return describePreparation(layer, this.base, signal ?? new AbortController().signal);
  }

  /**
   * Activations of a model's layers into a file, which is there when all of it is written and not before.
   * @throws UserError where the model, the data, a layer or the file cannot be used; Cancelled.
   */
  async extract(request: ExtractRequest, options: JobOptions = {}): Promise<Extraction> {
    const out = resolve(this.base, request.out);
    const draft = join(dirname(out), `.${basename(out).slice(0, 100)}.${randomUUID()}`);
    try {
      const answer = await this.jobs.submit({ kind: 'extract', request, draft, ...this.surroundings() }, options);
      await told(request.out, rename(draft, out));
      return answer;
    } finally {
      // A worker that was ended by force leaves what it had written.
      removeDrafts(draft);
    }
  }

  private located<R extends Reading>(reading: R): R {
    return { ...reading, path: resolve(this.base, reading.path) };
  }

  /** Computes the published values again. */
  selfTest(options: JobOptions = {}): Promise<SelfTest> {
    return this.jobs.submit({ kind: 'self-test', ...this.surroundings() }, options);
  }

  private surroundings(): Surroundings {
    const { memory, threads, provider, roots = [], cache, trusted } = this.settings;
    const layers = this.settings.layers ?? (cache === null ? undefined : join(cache, 'layers'));
    return { base: this.base, memory, threads, provider, roots, layers, trusted };
  }

  /** What `work` gives, and the hashes of the inputs, which are taken meanwhile: no longer than the work lasts where it fails. */
  private async hashedWhile<R>(
    files: readonly Pick<InputSpec, 'path' | 'model'>[],
    work: () => Promise<R>,
  ): Promise<readonly [R, readonly string[]]> {
    const stop = new AbortController();
    const hashed = this.hashes.ofInputs(files, this.base, stop.signal);
    try {
      return [await work(), await hashed];
    } catch (error) {
      stop.abort(new Cancelled());
      throw error;
    }
  }
}

/** A file and what it is written under before it is whole. */
function removeDrafts(draft: string): void {
  const [folder, name] = [dirname(draft), basename(draft)];
  try {
    for (const file of readdirSync(folder)) if (file.includes(name)) rmSync(join(folder, file), { force: true });
  } catch {
    // There is no such folder, as the job has said.
  }
}

function withHashes(records: readonly InputRecord[], hashes: readonly string[]): InputRecord[] {
  return records.map((record, i) => ({ ...record, sha256: hashes[i] ?? '' }));
}
