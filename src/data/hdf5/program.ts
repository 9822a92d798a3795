/** What the library's program shows of itself. */
export interface Program {
  readonly memory: WebAssembly.Memory;
  readonly __indirect_function_table: WebAssembly.Table;
  malloc(bytes: number): number;
  free(address: number): void;
}

export type Call = (...given: (number | bigint)[]) => number;

/** Where the program keeps its filters (H5Z_class2_t) by their numbers, and which functions read for it. */
export interface Places {
  readonly filters: ReadonlyMap<number, number>;
  readonly reads: readonly number[];
}

const { Instance } = WebAssembly;
const [i32, i64] = [0x7f, 0x7e];
/** Parameters: flags, how many numbers of its own and where, bytes, size and place of the memory that holds them. */
const filterType = [i32, i32, i32, i32, i32, i32];
/** Parameters: the file, what is read, a property list, from, bytes, to. */
const readType = [i32, i32, i64, i64, i32, i32];

/**
 * Looks for the library's structures, which are public, by their versions, numbers and names.
 * @param names of filters by their numbers.
 * @throws when there are others than expected.
 */
export function findPlaces({ memory }: Program, names: ReadonlyMap<number, string>): Places {
  const [words, text] = [new Uint32Array(memory.buffer), Buffer.from(memory.buffer)];
  const [filters, reads] = [new Map<number, number>(), [] as number[]];
  // Both structures begin with their version, which is 1. Of a driver the library has made itself a copy.
  for (let at = words.indexOf(1); at >= 0; at = words.indexOf(1, at + 1)) {
    const named = (index: number, name: string) => {
      const from = words[at + index] as number;
      return text.toString('latin1', from, from + name.length + 1) === `${name}\0`;
    };
    const number = words[at + 1] as number;
    const name = names.get(number);
    if (name && named(4, name)) filters.set(number, 4 * at);
    if (number === 0 && named(2, 'sec2')) reads.push(4 * (at + 29));
    if (filters.size === names.size && reads.length === 2) return { filters, reads };
  }
  throw new Error("HDF5's library is not laid out as expected");
}

/** Has a function of JavaScript called in the place of a filter's. */
export function replaceFilter(program: Program, at: number, by: (original: Call) => Call): void {
  replace(program, at + 28, filterType, by);
}

/** The same for one that reads. */
export function replaceRead(program: Program, at: number, by: (original: Call) => Call): void {
  replace(program, at, readType, by);
}

function replace(program: Program, at: number, parameters: readonly number[], by: (original: Call) => Call): void {
  const { memory, __indirect_function_table: table } = program;
  const word = new Uint32Array(memory.buffer, at, 1);
  const index = table.grow(1);
  table.set(index, inProgram(by(table.get(word[0] as number)), parameters));
  word[0] = index;
}

/** A function as the program can call it: what a module exports, and had imported. */
function inProgram(call: Call, parameters: readonly number[]): unknown {
  const section = (id: number, ...content: readonly number[]) => [id, content.length, ...content];
  const type = section(1, 1, 0x60, parameters.length, ...parameters, 1, i32);
  const code = [
    0,
    97,
    115,
    109,
    1,
    0,
    0,
    0,
    ...type,
    ...section(2, 1, 1, 101, 1, 102, 0, 0),
    ...section(7, 1, 1, 102, 0, 0),
  ];
  return new Instance(new WebAssembly.Module(Uint8Array.from(code)), { e: { f: call } }).exports.f;
}

/** An instance of a filter that is a plugin. @param loaded is told where it is kept, before the library looks there. */
export function loadPlugin(
  [module, imports]: ConstructorParameters<typeof Instance>,
  loaded: (at: number) => void,
): { readonly exports: WebAssembly.Exports } {
  if (!imports?.env) return new Instance(module, imports);
  // Why it failed it asks of a function that is not there. The place that this one gives says nothing.
  const env = new Proxy(imports.env, {
    get: (own, name, it) => (name === '__errno_location' ? () => 0 : Reflect.get(own, name, it)),
  });
  const { exports } = new Instance(module, { ...imports, env });
  const { __wasm_apply_data_relocs: link, H5PLget_plugin_info: info } = exports as Record<string, () => number>;
  const linked = () => {
    link?.();
    if (info) loaded(info());
  };
  return { exports: { ...exports, __wasm_apply_data_relocs: linked } };
}
