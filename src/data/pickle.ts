import { count } from '../protocol/words';
import { PickleBytes, PickleError } from './pickle-bytes';
import {
  type Pickled,
  PickledCall,
  PickledDict,
  PickledList,
  PickledName,
  PickledReference,
  PickledTuple,
} from './pickle-values';

/**
 * Bounds, each beyond what a checkpoint of a hundred thousand tensors takes; together they keep the memory of a hostile
 * pickle near 200 MiB.
 */
const most = { steps: 6_000_000, memo: 2_000_000, objects: 1_500_000, stack: 2_000_000 };

const mark = Symbol('mark');
type Slot = Pickled | typeof mark;

/**
 * Reads one pickle, protocols 0 to 5 (opcodes as CPython's Lib/pickletools.py documents them), into plain data. No class is
 * looked up, no function is called: those are kept by name.
 * @returns the value, where the next byte after the pickle lies, and every reference to what is kept outside it.
 * @throws PickleEnd when the bytes end first; PickleError when the pickle is damaged or exceeds a bound.
 */
export function readPickle(
  bytes: Uint8Array,
  start = 0,
): { value: Pickled; end: number; references: readonly PickledReference[] } {
  const machine = new Machine(new PickleBytes(bytes, start));
  return { value: machine.run(), end: machine.bytes.at, references: machine.references };
}

class Machine {
  readonly references: PickledReference[] = [];
  private readonly stack: Slot[] = [];
  private readonly memo = new Map<number, Pickled>();
  private objects = 0;

  constructor(readonly bytes: PickleBytes) {}

  run(): Pickled {
    for (let steps = 0; steps < most.steps; steps++) {
      const opcode = this.bytes.byte();
      if (opcode === 0x2e) return this.pop();
      const step = opcodes[opcode];
      if (!step) throw this.bytes.wrong(`byte 0x${opcode.toString(16).padStart(2, '0')} is no opcode`);
      step(this, this.bytes);
      if (this.stack.length > most.stack) throw new PickleError('it stacks up more values than are read');
    }
    throw new PickleError(`it takes more than ${count(most.steps)} steps`);
  }

  mark(): void {
    this.stack.push(mark);
  }

  /** The last value or mark goes. */
  drop(): void {
    if (this.stack.pop() === undefined) throw this.bytes.wrong('a value is missing');
  }

  duplicate(): void {
    this.push(this.top());
  }

  pushTuple(items: readonly Pickled[]): void {
    this.push(this.made(new PickledTuple(items)));
  }

  pushList(items: readonly Pickled[]): void {
    this.push(this.made(new PickledList()));
    this.append(items);
  }

  pushDict(items: readonly Pickled[]): void {
    this.push(this.made(new PickledDict()));
    this.set(items);
  }

  pushName(module: Pickled | undefined, name: Pickled | undefined): void {
    if (typeof module !== 'string' || typeof name !== 'string')
      throw this.bytes.wrong('the name of a class is no text');
    this.push(this.made(new PickledName(module, name)));
  }

  pushCall(callee: Pickled | undefined, args: Pickled | undefined): void {
    if (callee === undefined || !(args instanceof PickledTuple))
      throw this.bytes.wrong('a call has no name, or no tuple of arguments');
    this.push(this.made(new PickledCall(callee, args.items)));
  }

  pushReference(id: Pickled): void {
    const reference = this.made(new PickledReference(id));
    this.references.push(reference);
    this.push(reference);
  }

  /** Attributes for the object on top. */
  build(state: Pickled): void {
    const top = this.top();
    if (!(top instanceof PickledCall)) throw this.bytes.wrong('attributes are given to what is no object');
    top.state = state;
  }

  private made<T>(object: T): T {
    if (++this.objects > most.objects) throw new PickleError(`it holds more than ${count(most.objects)} objects`);
    return object;
  }

  push(value: Pickled): void {
    this.stack.push(value);
  }

  pop(): Pickled {
    const value = this.top();
    this.stack.pop();
    return value;
  }

  private top(): Pickled {
    const value = this.stack.at(-1);
    if (value === undefined || value === mark) throw this.bytes.wrong('a value is missing');
    return value;
  }

  popMany(count: number): Pickled[] {
    const values = this.stack.splice(Math.max(0, this.stack.length - count));
    if (values.length < count || values.includes(mark)) throw this.bytes.wrong('a value is missing');
    return values as Pickled[];
  }

  popMark(): Pickled[] {
    const at = this.stack.lastIndexOf(mark);
    if (at < 0) throw this.bytes.wrong('a mark is missing');
    const values = this.stack.splice(at);
    return values.slice(1) as Pickled[];
  }

  /** Items for the list on top. */
  append(items: readonly Pickled[]): void {
    const top = this.top();
    if (top instanceof PickledCall) top.list ??= this.made(new PickledList());
    const list = top instanceof PickledCall ? top.list : top;
    if (!(list instanceof PickledList)) throw this.bytes.wrong('items are added to what is no list');
    for (const item of items) list.items.push(item);
  }

  /** Entries for the dictionary on top: key, value, key, value. */
  set(items: readonly Pickled[]): void {
    const top = this.top();
    if (top instanceof PickledCall) top.dict ??= this.made(new PickledDict());
    const dict = top instanceof PickledCall ? top.dict : top;
    if (!(dict instanceof PickledDict)) throw this.bytes.wrong('entries are set in what is no dictionary');
    if (items.length % 2 === 1) throw this.bytes.wrong('a key has no value');
    for (let i = 0; i < items.length; i += 2) {
      dict.keys.push(items[i] as Pickled);
      dict.values.push(items[i + 1] as Pickled);
    }
  }

  remember(index = this.memo.size): void {
    this.memo.set(index, this.top());
    if (this.memo.size > most.memo) throw new PickleError('it remembers more values than are read');
  }

  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw this.bytes.wrong(`value ${index} was never remembered`);
    this.push(value);
  }
}

type Step = (machine: Machine, bytes: PickleBytes) => void;

const never = (what: string) => () => {
  throw new PickleError(`${what}, which torch.save never does`);
};
const buffers = never('it refers to buffers outside it');
const extensions = never('it names classes by numbers');

/** By the characters that pickletools gives them; STOP is the machine's own. */
const steps: Readonly<Record<string, Step>> = {
  // PROTO and FRAME
  '\x80': (_, bytes) => {
    if (bytes.byte() > 5) throw new PickleError('its protocol is later than 5');
  },
  '\x95': (_, bytes) => bytes.skip(8),
  // Values
  N: (m) => m.push(null),
  '\x88': (m) => m.push(true),
  '\x89': (m) => m.push(false),
  K: (m, bytes) => m.push(bytes.byte()),
  M: (m, bytes) => m.push(bytes.uint16()),
  J: (m, bytes) => m.push(bytes.int32()),
  '\x8a': (m, bytes) => m.push(bytes.integer(1)),
  '\x8b': (m, bytes) => m.push(bytes.integer(4)),
  I: (m, bytes) => m.push(bytes.integerLine()),
  L: (m, bytes) => m.push(bytes.integerLine()),
  G: (m, bytes) => m.push(bytes.double()),
  F: (m, bytes) => m.push(bytes.floatLine()),
  '\x8c': (m, bytes) => m.push(bytes.text(1)),
  X: (m, bytes) => m.push(bytes.text(4)),
  '\x8d': (m, bytes) => m.push(bytes.text(8)),
  V: (m, bytes) => m.push(bytes.textLine()),
  // Text of Python 2
  S: (m, bytes) => m.push(bytes.quotedLine()),
  U: (m, bytes) => m.push(bytes.block(1).toString('latin1')),
  T: (m, bytes) => m.push(bytes.block(4).toString('latin1')),
  C: (m, bytes) => m.push(bytes.block(1)),
  B: (m, bytes) => m.push(bytes.block(4)),
  '\x8e': (m, bytes) => m.push(bytes.block(8)),
  '\x96': (m, bytes) => m.push(bytes.block(8)),
  // The stack and the memo
  '(': (m) => m.mark(),
  '0': (m) => m.drop(),
  '1': (m) => m.popMark(),
  '2': (m) => m.duplicate(),
  p: (m, bytes) => m.remember(bytes.index()),
  q: (m, bytes) => m.remember(bytes.byte()),
  r: (m, bytes) => m.remember(bytes.uint32()),
  '\x94': (m) => m.remember(),
  g: (m, bytes) => m.recall(bytes.index()),
  h: (m, bytes) => m.recall(bytes.byte()),
  j: (m, bytes) => m.recall(bytes.uint32()),
  // Containers; sets are lists here
  ')': (m) => m.pushTuple([]),
  '\x85': (m) => m.pushTuple(m.popMany(1)),
  '\x86': (m) => m.pushTuple(m.popMany(2)),
  '\x87': (m) => m.pushTuple(m.popMany(3)),
  t: (m) => m.pushTuple(m.popMark()),
  ']': (m) => m.pushList([]),
  '\x8f': (m) => m.pushList([]),
  l: (m) => m.pushList(m.popMark()),
  '\x91': (m) => m.pushList(m.popMark()),
  a: (m) => m.append(m.popMany(1)),
  e: (m) => m.append(m.popMark()),
  '\x90': (m) => m.append(m.popMark()),
  '}': (m) => m.pushDict([]),
  d: (m) => m.pushDict(m.popMark()),
  s: (m) => m.set(m.popMany(2)),
  u: (m) => m.set(m.popMark()),
  // What would be looked up or called: GLOBAL, STACK_GLOBAL, REDUCE, NEWOBJ, NEWOBJ_EX, INST, OBJ, BUILD, PERSID
  c: (m, bytes) => m.pushName(bytes.line(), bytes.line()),
  '\x93': (m) => m.pushName(...(m.popMany(2) as [Pickled, Pickled])),
  R: (m) => m.pushCall(...(m.popMany(2) as [Pickled, Pickled])),
  '\x81': (m) => m.pushCall(...(m.popMany(2) as [Pickled, Pickled])),
  '\x92': (m) => {
    const [callee, args] = m.popMany(3);
    m.pushCall(callee, args);
  },
  i: (m, bytes) => {
    const name = new PickledName(bytes.line(), bytes.line());
    m.pushCall(name, new PickledTuple(m.popMark()));
  },
  o: (m) => {
    const [callee, ...args] = m.popMark();
    m.pushCall(callee, new PickledTuple(args));
  },
  b: (m) => m.build(m.pop()),
  P: (m, bytes) => m.pushReference(bytes.line()),
  Q: (m) => m.pushReference(m.pop()),
  '\x97': buffers,
  '\x98': buffers,
  '\x82': extensions,
  '\x83': extensions,
  '\x84': extensions,
};
const opcodes = Array.from({ length: 256 }, (_, code) => steps[String.fromCharCode(code)]);
