import { isNumpyArray } from './numpy-pickle';
import { PickleError } from './pickle-bytes';
import {
  type Pickled,
  PickledCall,
  PickledDict,
  PickledList,
  PickledName,
  PickledReference,
  PickledTuple,
} from './pickle-values';
import { type Refused, type TorchView, torchTensor } from './torch-tensors';

/** Something of a checkpoint that is or could have been a tensor. */
export interface Found {
  /** `state_dict.layer1.weight`; null where the file holds it alone. */
  readonly name: string | null;
  readonly content: TorchView | Refused | PickledCall;
}

const most = { depth: 64, visits: 1_000_000, found: 500_000, name: 4096 };

/** Attributes in which a module of PyTorch keeps its parts; the names of a state_dict leave them away. */
const transparent = new Set(['_parameters', '_buffers', '_modules']);

/** Plain values of Python and PyTorch: neither tensors nor worth a word. */
const plainCalls =
  /^(torch\.(Size|device|Generator|finfo)|torch\.serialization\._get_layout|(builtins|__builtin__)\.(set|frozenset|complex|slice|range|bytearray|object)|numpy\.(dtype|_?core\.multiarray\.scalar)|_codecs\.encode|datetime\.\w+|pathlib\.\w+|decimal\.Decimal|fractions\.Fraction)$/;

/**
 * The tensors of a pickle under the names of the dictionaries and lists that hold them, and the objects in which there is
 * none. Attributes of objects count as entries, so a module that was saved whole has the names of its state_dict.
 * @throws PickleError when values are nested deeper, or more of them, than any checkpoint has.
 */
export function findTensors(root: Pickled): Found[] {
  const finder = new Finder();
  finder.visit(root, null, false);
  return finder.found;
}

class Finder {
  readonly found: Found[] = [];
  private readonly names = new Set<string>();
  /** What holds the value that is visited: a hostile pickle can hold itself. */
  private readonly above = new Set<Pickled>();
  private visits = 0;

  /** @param quiet within an object, which is named itself when it holds no tensor. */
  visit(value: Pickled, path: string | null, quiet: boolean): void {
    this.count(1);
    // A storage that an object is made of is no tensor by itself.
    const part = quiet && value instanceof PickledReference;
    const plain = value === null || typeof value !== 'object' || value instanceof Uint8Array || part;
    const tensor = plain ? undefined : torchTensor(value);
    if (tensor) this.add(path, tensor);
    else if (value instanceof PickledCall) this.within(value, () => this.visitCall(value, path, quiet));
    else if (value instanceof PickledDict) this.within(value, () => this.visitEntries(value, path, quiet));
    else if (value instanceof PickledList || value instanceof PickledTuple)
      this.within(value, () => this.visitItems(value.items, path, quiet));
  }

  private within(value: Pickled, work: () => void): void {
    if (this.above.has(value)) return;
    if (this.above.size >= most.depth) throw new PickleError(`it nests values more than ${most.depth} deep`);
    this.above.add(value);
    work();
    this.above.delete(value);
  }

  /** Numbers and texts are passed over so quickly that many count as one. */
  private count(visits: number): void {
    this.visits += visits;
    if (this.visits > most.visits) throw new PickleError('it nests more values than are read');
  }

  private visitItems(items: readonly Pickled[], path: string | null, quiet: boolean): void {
    this.count(items.length / 32);
    for (let i = 0; i < items.length; i++) {
      const item = items[i] as Pickled;
      if (typeof item === 'object' && item !== null) this.visit(item, join(path, String(i)), quiet);
    }
  }

  private visitEntries({ keys, values }: PickledDict, path: string | null, quiet: boolean): void {
    this.count(keys.length / 4);
    const last = new Map(keys.map((key, i) => [keyText(key, i), values[i] as Pickled]));
    for (const [key, item] of last) this.visit(item, quiet && transparent.has(key) ? path : join(path, key), quiet);
  }

  private visitCall(call: PickledCall, path: string | null, quiet: boolean): void {
    const callee = String(call.callee);
    if (plainCalls.test(callee)) return;
    const before = this.found.length;
    if (isNumpyArray(call)) this.add(path, call);
    else if (/^collections\.(OrderedDict|defaultdict|deque)$/.test(callee)) {
      const [pairs] = call.args;
      const items = pairs instanceof PickledList ? fromPairs(pairs) : null;
      for (const part of [items, call.dict, call.list]) if (part) this.visit(part, path, quiet);
    } else {
      const state = call.state instanceof PickledTuple ? call.state.items : [call.state];
      for (const part of [call.dict, call.list, ...state, new PickledTuple(call.args)])
        if (part && typeof part === 'object') this.visit(part, path, true);
      if (this.found.length === before && !quiet) this.add(path, call);
    }
  }

  private add(path: string | null, content: Found['content']): void {
    if (this.found.length >= most.found) throw new PickleError(`it holds more than ${most.found} tensors`);
    let name = path;
    for (let k = 2; name !== null && this.names.has(name); k++) name = `${path} (${k})`;
    if (name !== null) this.names.add(name);
    this.found.push({ name, content });
  }
}

/** An ordered dictionary of Python 2: a list of pairs. */
function fromPairs(pairs: PickledList): PickledDict {
  const dict = new PickledDict();
  for (const pair of pairs.items) {
    const [key, value] = pair instanceof PickledList || pair instanceof PickledTuple ? pair.items : [];
    if (key === undefined || value === undefined) continue;
    dict.keys.push(key);
    dict.values.push(value);
  }
  return dict;
}

function join(path: string | null, key: string): string {
  const name = path === null ? key : `${path}.${key}`;
  if (name.length > most.name) throw new PickleError(`it has names of more than ${most.name} characters`);
  return name;
}

/** Keys that are neither text nor numbers count by their place. */
function keyText(key: Pickled, place: number): string {
  if (key instanceof PickledTuple && key.items.every((item) => typeof item !== 'object')) return key.items.join(',');
  return key === null || typeof key === 'object' ? `[${place}]` : String(key);
}

/** The class of an object that is not made: "models.Net". */
export function classOf({ callee, args }: PickledCall): string {
  const made = /^copy_?reg\.(_reconstructor|__newobj__)$/.test(String(callee)) ? args[0] : callee;
  // torch.save of old names the class of a module by ('module', class, file, source).
  const [kind, inner] =
    made instanceof PickledReference && made.id instanceof PickledTuple ? made.id.items : ['', made];
  const name = kind === 'module' ? inner : made;
  return name instanceof PickledName ? String(name).slice(0, 200) : 'unknown';
}
