import { parseArgs } from 'node:util';
import { UserError } from '../protocol/errors';
import { endings } from '../protocol/formats';
import type { InputSpec, LayerReduction } from '../protocol/result';
import { oneLine } from './text';

/** Every flag there is; each command takes some of them. */
const all = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  debug: { type: 'boolean' },
  json: { type: 'boolean' },
  kind: { type: 'string' },
  quiet: { type: 'boolean' },
  out: { type: 'string' },
  labels: { type: 'string' },
  ids: { type: 'string', multiple: true },
  set: { type: 'string', multiple: true },
  rows: { type: 'string' },
  columns: { type: 'string' },
  query: { type: 'string' },
  raw: { type: 'string' },
  reduce: { type: 'string' },
  permutations: { type: 'string' },
  within: { type: 'boolean' },
  groups: { type: 'string' },
  'group-by': { type: 'string' },
  scores: { type: 'string' },
  bootstrap: { type: 'string' },
  subsample: { type: 'string' },
  seed: { type: 'string' },
  sample: { type: 'string' },
  threads: { type: 'string' },
  provider: { type: 'string' },
  memory: { type: 'string' },
  measure: { type: 'string', multiple: true },
  against: { type: 'string', multiple: true },
  input: { type: 'string', multiple: true },
  layer: { type: 'string', multiple: true },
  batch: { type: 'string' },
} as const;
type Flag = keyof typeof all;

const always: readonly Flag[] = ['help', 'version', 'debug'];
const inputs: readonly Flag[] = ['labels', 'ids', 'set', 'rows', 'columns', 'query', 'raw', 'reduce', 'seed', 'sample'];
const computing: readonly Flag[] = [...inputs, 'json', 'quiet', 'out', 'threads', 'memory', 'provider'];
/** What each command takes besides. */
export const commands = {
  inspect: ['json', 'raw', 'query'],
  methods: ['json', 'kind'],
  run: [...computing, 'permutations', 'within', 'bootstrap', 'subsample'],
  compare: [...computing, 'permutations', 'within', 'measure', 'against'],
  extract: ['input', 'layer', 'reduce', 'set', 'out', 'batch', 'json', 'quiet', 'threads', 'memory', 'provider'],
  embed: ['labels', 'set', 'rows', 'columns', 'query', 'seed', 'json', 'quiet', 'out', 'threads', 'memory'],
  'self-test': ['json', 'quiet', 'threads'],
  study: [...computing, 'permutations', 'measure', 'groups', 'group-by', 'scores'],
  mcp: [],
} as const satisfies Record<string, readonly Flag[]>;
export type Command = keyof typeof commands;

/** The command line, split; the values of flags are text still. */
export interface Arguments {
  readonly command: Command | undefined;
  readonly positionals: readonly string[];
  readonly against: readonly string[];
  readonly flags: Readonly<Record<string, unknown>>;
}

/** @throws UserError for an unknown command, or a flag that the command does not take. */
export function readArguments(args: readonly string[]): Arguments {
  const command = args.find((arg) => !arg.startsWith('-'));
  if (command !== undefined && !isCommand(command)) {
    const known = Object.keys(commands).join(', ');
    throw new UserError(`There is no command "${oneLine(command)}". The commands are: ${known}.`);
  }
  const taken = [...always, ...(command ? commands[command] : [])];
  const { values, tokens } = parse(args, taken, command ? `sextant ${command}` : 'sextant');
  const positionals: string[] = [];
  const against: string[] = [];
  // `--against a b c` takes what follows it, up to the next flag or `--`.
  let referring = false;
  for (const token of tokens) {
    // As of a variable of the shell that is not set.
    if (token.kind !== 'option-terminator' && token.value === '') {
      const what = token.kind === 'option' ? token.rawName : 'An argument';
      throw new UserError(`${what} is empty. Give it a value, or leave it out. See sextant ${command} --help.`);
    }
    if (token.kind !== 'positional') referring = token.kind === 'option' && token.name === 'against';
    if (token.kind === 'option' && referring) against.push(token.value ?? '');
    if (token.kind === 'positional') (referring ? against : positionals).push(token.value);
  }
  return { command, positionals: positionals.slice(1), against, flags: values };
}

function isCommand(text: string): text is Command {
  return Object.hasOwn(commands, text);
}

function parse(args: readonly string[], taken: readonly Flag[], name: string) {
  const options = Object.fromEntries(taken.map((flag) => [flag, all[flag]]));
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, tokens: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const flag = /'(--?[^' ]*)/.exec(message)?.[1] ?? '';
    const unknown = code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION';
    const what = unknown
      ? `${name} has no flag ${flag}.`
      : /does not take/.test(message)
        ? `${flag} takes no value.`
        : `${flag} needs a value, as ${flag}=VALUE where that begins with a dash.`;
    throw new UserError(`${oneLine(what)} See ${name} --help.`);
  }
}

export function textFlag({ flags }: Arguments, name: Flag): string | undefined {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
}

export function listFlag({ flags }: Arguments, name: Flag): readonly string[] {
  const value = flags[name];
  return Array.isArray(value) ? value : [];
}

export function isSet({ flags }: Arguments, name: Flag): boolean {
  return flags[name] === true;
}

/** The largest whole number that a flag takes. */
export const mostCount = 0xffffffff;

/** A whole number from 0, or `otherwise` where the flag is absent. @throws UserError */
export function countFlag(args: Arguments, name: Flag, otherwise: number): number {
  const text = textFlag(args, name);
  if (text === undefined) return otherwise;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value <= mostCount) return value;
  throw new UserError(`--${name} cannot be "${oneLine(text)}"; it takes a whole number from 0 to ${mostCount}.`);
}

/** `4G`, `512M`, `2GiB` or a number of bytes. @throws UserError */
export function bytesFlag(args: Arguments, name: Flag, otherwise: number): number {
  const text = textFlag(args, name);
  if (text === undefined) return otherwise;
  const [, number, unit = '', binary] = /^(\d+(?:\.\d+)?)([kmgt]?)(i?)b?$/i.exec(text) ?? [];
  const power = unit === '' ? 0 : 'kmgt'.indexOf(unit.toLowerCase()) + 1;
  const bytes = Number(number) * (binary ? 1024 : 1000) ** power;
  if (bytes >= 1) return Math.floor(bytes);
  throw new UserError(`--${name} cannot be "${oneLine(text)}"; it takes a number of bytes, as 4G or 512M.`);
}

/** What `--rows`, `--columns` and `--query` say of every input. @throws UserError */
export function inputFlags(args: Arguments): Omit<InputSpec, 'path' | 'tensor'> {
  const rows = rowsOf(textFlag(args, 'rows'));
  const columns = textFlag(args, 'columns');
  const query = textFlag(args, 'query');
  return {
    ...(rows && { rows }),
    ...(columns !== undefined && { columns }),
    ...(query !== undefined && { query }),
  };
}

/**
 * What `--raw` says of a file, of those that are read so; the others keep their format.
 * @throws UserError where none of the files is read so.
 */
export function rawFlag(args: Arguments, path: string): Pick<InputSpec, 'raw'> {
  const raw = textFlag(args, 'raw');
  const taken = (name: string) => endings.raw.some((ending) => name.toLowerCase().replace(/#.*$/, '').endsWith(ending));
  if (raw === undefined) return {};
  if (![path, ...args.positionals, ...args.against].some(taken))
    throw new UserError(`--raw says how ${endings.raw.join(' and ')} files are read, and none is given. Leave it out.`);
  return taken(path) ? { raw } : {};
}

function rowsOf(text: string | undefined): readonly [number, number] | undefined {
  if (text === undefined) return undefined;
  const [, start, end] = /^(\d+):(\d+)$/.exec(text) ?? [];
  const rows = [Number(start), Number(end)] as const;
  if (start !== undefined && rows[0] < rows[1] && Number.isSafeInteger(rows[1])) return rows;
  const form = 'it takes the first row and the one after the last, as 0:1000';
  throw new UserError(`--rows cannot be "${oneLine(text)}"; ${form}.`);
}

const reductions: readonly string[] = ['flatten', 'mean', 'max', 'first', 'last'] satisfies LayerReduction[];

/** @throws UserError */
export function reductionOf(text: string | undefined): LayerReduction | undefined {
  if (text === undefined || reductions.includes(text)) return text as LayerReduction | undefined;
  throw new UserError(
    `--reduce cannot be "${oneLine(text)}"; it takes flatten or mean, of layers of models also max, first or last.`,
  );
}

/** An input reduced as `--reduce` says: of a layer that is done before it is kept. @throws UserError */
export function withReduction(spec: InputSpec, args: Arguments): InputSpec {
  const reduce = reductionOf(textFlag(args, 'reduce'));
  if (reduce === undefined) return spec;
  if (spec.model) return { ...spec, model: { ...spec.model, reduce } };
  if (reduce === 'flatten' || reduce === 'mean') return { ...spec, reduce };
  throw new UserError(
    `--reduce ${reduce} is for layers of models, and ${oneLine(spec.path)} is none. Take flatten or mean.`,
  );
}
