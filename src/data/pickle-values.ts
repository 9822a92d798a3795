/**
 * What a pickle says, as plain data. Nothing of it is ever called or looked up: a class or function stays its name, and a
 * call stays the name and the arguments.
 */
export type Pickled =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickledTuple
  | PickledList
  | PickledDict
  | PickledName
  | PickledCall
  | PickledReference;

export class PickledTuple {
  constructor(readonly items: readonly Pickled[]) {}
}

/** A list or a set. */
export class PickledList {
  readonly items: Pickled[] = [];
}

/** Keys and values in the order in which they were set; of equal keys the last counts. */
export class PickledDict {
  readonly keys: Pickled[] = [];
  readonly values: Pickled[] = [];
}

/** A class or function of Python: "torch.FloatStorage". */
export class PickledName {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}

  toString(): string {
    return `${this.module}.${this.name}`;
  }
}

/** What would be made by a call, and is not: an object of a class, or whatever a function returns. */
export class PickledCall {
  /** What the object would be given after it is made: mostly a dictionary of its attributes. */
  state: Pickled = null;
  /** Items that would be appended, and entries that would be set. */
  list: PickledList | undefined;
  dict: PickledDict | undefined;

  constructor(
    readonly callee: Pickled,
    readonly args: readonly Pickled[],
  ) {}
}

/** An object that is kept outside the pickle, by its identifier. */
export class PickledReference {
  constructor(readonly id: Pickled) {}
}

/** The value of a key that is text: undefined where there is none. */
export function entryOf(dict: PickledDict, key: string): Pickled | undefined {
  const at = dict.keys.lastIndexOf(key);
  return at < 0 ? undefined : dict.values[at];
}
