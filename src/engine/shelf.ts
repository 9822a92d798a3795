import type { Matrix } from '../linalg/matrix';

/**
 * What measures of one comparison make of the same inputs: the first that needs a singular value decomposition or the lists of
 * neighbours computes it, the next finds it here. Only of the inputs themselves; of copies, as random pairings make them,
 * nothing is kept. It takes what memory is free and gives it up when a measure needs it.
 */
export class Shelf {
  private readonly kept = new Map<Matrix, Map<string, unknown>>();
  /** Bytes that are kept. */
  bytes = 0;

  constructor(inputs: Iterable<Matrix>) {
    for (const input of inputs) this.kept.set(input, new Map());
  }

  /** @param room bytes that what is kept may take */
  async get<T>(of: Matrix, key: string, bytes: number, room: number, make: () => Promise<T>): Promise<T> {
    const own = this.kept.get(of);
    if (own?.has(key)) return own.get(key) as T;
    const made = await make();
    if (own && this.bytes + bytes <= room) {
      own.set(key, made);
      this.bytes += bytes;
    }
    return made;
  }

  clear(): void {
    for (const own of this.kept.values()) own.clear();
    this.bytes = 0;
  }
}
