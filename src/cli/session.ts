import { resolve } from 'node:path';
import type { Engine } from '../engine/engine';
import { defaultSettings, localEngine } from '../engine/local';
import { preparationParameters } from '../engine/preparation';
import type { ParameterProperty, ParameterSchema } from '../protocol/catalogue';
import type { Progress } from '../protocol/engine';
import { Cancelled, UserError } from '../protocol/errors';
import type { InputSpec, LabelSpec, ModelRun, RunRequest } from '../protocol/result';
import {
  type Arguments,
  bytesFlag,
  countFlag,
  inputFlags,
  isSet,
  listFlag,
  rawFlag,
  textFlag,
  withReduction,
} from './arguments';
import { layersFolder } from './layers-folder';
import { oneLine } from './text';

/** Milliseconds that an interrupted command has to end by itself. */
const PATIENCE = 450;

/** Ends this process by the signal itself, which shells report as 130: `process.exit` would wait for native code. */
function endNow(): void {
  process.removeAllListeners('SIGINT');
  process.kill(process.pid, 'SIGINT');
}

/** The engine in this process, as the flags set it; SIGINT cancels what it does. */
export class Session {
  readonly engine: Engine;
  private readonly controller = new AbortController();
  private readonly quiet: boolean;

  constructor(private readonly args: Arguments) {
    const { memory, threads, cache } = defaultSettings();
    const settings = {
      memory: bytesFlag(args, 'memory', memory),
      threads: countFlag(args, 'threads', threads),
      provider: textFlag(args, 'provider') ?? 'cpu',
      cache,
      layers: layersFolder(),
    };
    this.quiet = isSet(args, 'quiet');
    this.engine = localEngine(settings, (why) => why === 'stuck' && endNow());
    process.once('SIGINT', () => {
      this.controller.abort(new Cancelled());
      setTimeout(endNow, PATIENCE).unref();
    });
  }

  /** Goes with every call of the engine. */
  get options() {
    const shown = process.stderr.isTTY === true && !this.quiet;
    return { signal: this.controller.signal, onProgress: shown ? showProgress : undefined };
  }

  /** Clears the line of progress, and says on standard error what the person should know. */
  finish(warnings: readonly string[]): void {
    if (process.stderr.isTTY && !this.quiet) process.stderr.write('\r\x1b[K');
    if (!this.quiet) for (const warning of warnings) process.stderr.write(`sextant: warning: ${oneLine(warning)}\n`);
  }

  /**
   * Inputs from `path#tensor`; `every`: a file of several tensors without `#` stands for all of them.
   * @param schema of the method, whose parameters `--set` is about first of all.
   * @throws UserError where there are neither one nor as many identifiers as inputs.
   */
  async inputs(texts: readonly string[], every: boolean, schema?: ParameterSchema): Promise<InputSpec[]> {
    const flags = inputFlags(this.args);
    const preparation = this.preparation(schema);
    const ids = this.identifiersOf(texts);
    const specs = texts.map((text, i) => {
      const parsed = this.engine.parse(text);
      const { model } = parsed;
      const own = model && { model: { ...model, ...preparation } };
      const spec = withReduction({ ...parsed, ...own, ...flags, ...rawFlag(this.args, parsed.path) }, this.args);
      const one = ids[i] ?? ids[0];
      return one === undefined ? spec : { ...spec, ids: this.identifiers(one, spec) };
    });
    this.spare(specs);
    const expanded: InputSpec[] = [];
    for (const spec of specs) {
      this.controller.signal.throwIfAborted();
      expanded.push(...(every || spec.tensor !== undefined ? await this.engine.expand(spec) : [spec]));
    }
    return expanded;
  }

  /** What `--set` says of the data of models: what is no parameter of the method that is run. */
  preparation(schema?: ParameterSchema): Pick<ModelRun, 'preparation'> {
    const { own, data } = settings(listFlag(this.args, 'set'), schema);
    if (this.args.command === 'extract' && own.length > 0)
      throw new UserError(
        `extract has no parameter "${oneLine(nameOf(own[0] as string))}". Data is prepared by: ${Object.keys(preparationParameters.properties).join(', ')}.`,
      );
    const preparation = parametersOf(data, preparationParameters);
    return { ...(preparation && { preparation }) };
  }

  /** Raw data from `path` or `path#column`; what is in the file is not looked at yet. */
  sources(texts: readonly string[]): InputSpec[] {
    const flags = inputFlags(this.args);
    const specs = texts.map((text) => ({ ...this.engine.parse(text), ...flags }));
    this.spare(specs);
    return specs;
  }

  /** @throws UserError where what is written would take the place of what is read. */
  private spare(specs: readonly InputSpec[]): void {
    const out = textFlag(this.args, 'out');
    if (out === undefined) return;
    const read = specs.flatMap(({ path, model }) => [path, ...(model?.data ?? []).map((data) => data.path)]);
    if (read.some((path) => resolve(path) === resolve(out)))
      throw new UserError(`--out is one of the inputs, which it would take the place of: ${out}. Choose another name.`);
  }

  /** `--ids` of the inputs that these are: given once, for all; otherwise for each, references after inputs. */
  private identifiersOf(texts: readonly string[]): readonly string[] {
    const { args } = this;
    const given = listFlag(args, 'ids');
    const references = args.against.length;
    const asked = args.command === 'run' ? args.positionals.length - 1 : args.positionals.length;
    if (given.length > 1 && given.length !== asked + references) {
      throw new UserError(
        `--ids was given ${given.length} times for ${asked + references} inputs. Give it once for all of them, or once for each, in their order.`,
      );
    }
    return texts === args.against && given.length > 1 ? given.slice(asked) : given;
  }

  /** A column of the input's own file, or `PATH[#column]`. */
  private identifiers(text: string, { path }: InputSpec): LabelSpec {
    const column = text.startsWith('#') ? text.slice(1) : text;
    if (column !== text || (!text.includes('#') && !this.engine.isFile(text))) return { path, column };
    return this.columnOf(text);
  }

  /** `--labels PATH[#column]`, and what else is given so. */
  column(flag: 'labels' | 'groups' | 'scores'): LabelSpec | undefined {
    const text = textFlag(this.args, flag);
    return text === undefined ? undefined : this.columnOf(text);
  }

  private columnOf(text: string): LabelSpec {
    const { path, tensor } = this.engine.parse(text);
    return tensor === undefined ? { path } : { path, column: tensor };
  }

  /**
   * Everything of a request but its inputs.
   * @param inputs where one is a layer of a model, `--set` may be about its data.
   */
  common(schema: ParameterSchema | undefined, inputs: readonly InputSpec[]) {
    const labels = this.column('labels');
    const set = listFlag(this.args, 'set');
    const models = inputs.some(({ model }) => model);
    if (textFlag(this.args, 'provider') !== undefined && !models)
      throw new UserError('--provider says what runs models on data, and none is given. Leave it out.');
    const parameters = parametersOf(models ? settings(set, schema).own : set, schema);
    const sample = countFlag(this.args, 'sample', 0);
    if (sample < 2 && textFlag(this.args, 'sample') !== undefined)
      throw new UserError('--sample takes the number of rows to compute on, 2 or more.');
    return {
      seed: countFlag(this.args, 'seed', 0),
      ...uncertainty(this.args),
      ...(sample > 0 && { sample }),
      ...(labels && { labels }),
      ...(parameters && { parameters }),
    };
  }
}

/** `--permutations N [--within]`, and `--bootstrap N` or `--subsample N`. @throws UserError */
function uncertainty(args: Arguments): Pick<RunRequest, 'permutations' | 'within' | 'resample'> {
  const permutations = countFlag(args, 'permutations', 0);
  const counts = { bootstrap: countFlag(args, 'bootstrap', 0), subsample: countFlag(args, 'subsample', 0) };
  if (counts.bootstrap > 0 && counts.subsample > 0)
    throw new UserError('--bootstrap and --subsample are two ways to one interval. Choose one of them.');
  if (isSet(args, 'within') && permutations === 0)
    throw new UserError('--within is about random pairings. Say how many, as --permutations 200.');
  const kind = counts.subsample > 0 ? 'subsample' : 'bootstrap';
  return {
    ...(permutations > 0 && { permutations }),
    ...(isSet(args, 'within') && { within: true }),
    ...(counts[kind] > 0 && { resample: { kind, count: counts[kind] } }),
  };
}

function showProgress({ fraction, message, etaSeconds }: Progress): void {
  const percent = fraction === null ? '' : ` ${Math.floor(100 * fraction)} %`;
  const left = etaSeconds === null ? '' : `, ${duration(etaSeconds)} left`;
  const width = (process.stderr.columns || 80) - 1;
  process.stderr.write(`\r\x1b[K${oneLine(`${message}${percent}${left}`).slice(0, width)}`);
}

function duration(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}

/** The name of `name=value`; empty where there is none. */
function nameOf(text: string): string {
  return text.slice(0, Math.max(0, text.indexOf('='))).trim();
}

/** Of `--set`, what is about the method, and what is about the data of models. */
function settings(texts: readonly string[], schema: ParameterSchema | undefined) {
  const isData = (text: string) =>
    Object.hasOwn(preparationParameters.properties, nameOf(text)) &&
    !Object.hasOwn(schema?.properties ?? {}, nameOf(text));
  return { own: texts.filter((text) => !isData(text)), data: texts.filter(isData) };
}

/** `--set name=value`, typed by the schema. What does not fit its type stays text, and the engine says what would. */
function parametersOf(texts: readonly string[], schema: ParameterSchema | undefined) {
  if (texts.length === 0) return undefined;
  const pairs = texts.map((text) => {
    const at = text.indexOf('=');
    if (at < 1) throw new UserError(`--set cannot be "${oneLine(text)}"; it takes name=value.`);
    const name = text.slice(0, at).trim();
    return [name, typed(text.slice(at + 1).trim(), schema?.properties[name])] as const;
  });
  return Object.fromEntries(pairs);
}

function typed(text: string, property: Pick<ParameterProperty, 'type' | 'items'> | undefined): unknown {
  switch (property?.type) {
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'number':
    case 'integer':
      return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
    case 'array':
      return text === '' ? [] : text.split(',').map((item) => typed(item.trim(), property.items));
    default:
      return text;
  }
}
