import { messageOf } from '../../src/protocol/errors';
import type { Range } from '../../src/protocol/slice';
import type { WindowCell, WindowValues } from '../../src/protocol/window';

/** Rows and columns that are asked for together. */
const tall = 64;
const wide = 32;
/** Tiles that are kept, and that are asked for at the same time. */
const kept = 256;
const atOnce = 2;

/** The values in sight and those that were, in tiles: asked for as they come into sight, newest wishes first. */
export class Tiles {
  readonly #tiles = new Map<string, WindowValues | { readonly failure: string }>();
  readonly #coming = new Set<string>();
  #wanted: { readonly key: string; readonly rows: Range; readonly columns: Range }[] = [];

  /**
   * Asks at once for what is seen first: its values come while the grid is laid out.
   * @param changed called when values have come
   */
  constructor(
    private readonly shape: readonly [rows: number, columns: number],
    private readonly fetch: (rows: Range, columns: Range) => Promise<WindowValues>,
    private readonly changed: () => void,
  ) {
    this.want([0, Math.min(1, shape[0])], [0, Math.min(1, shape[1])]);
  }

  /** Undefined while it is on its way. */
  at(row: number, column: number): WindowCell | undefined {
    const tile = this.#tiles.get(keyOf(Math.floor(row / tall), Math.floor(column / wide)));
    if (!tile || 'failure' in tile) return undefined;
    return tile.values[(row - tile.rows[0]) * (tile.columns[1] - tile.columns[0]) + column - tile.columns[0]];
  }

  /** Why values in sight cannot be shown. */
  get failure(): string | undefined {
    for (const tile of this.#tiles.values()) if ('failure' in tile) return tile.failure;
    return undefined;
  }

  /** Says what is in sight. */
  want([top, bottom]: Range, [left, right]: Range): void {
    const [rows, columns] = this.shape;
    this.#wanted = [];
    for (let i = Math.floor(top / tall); i * tall < bottom; i++) {
      for (let j = Math.floor(left / wide); j * wide < right; j++) {
        const key = keyOf(i, j);
        const tile = this.#tiles.get(key);
        if (tile) {
          // The newest last.
          this.#tiles.delete(key);
          this.#tiles.set(key, tile);
        } else if (!this.#coming.has(key)) {
          const span = (at: number, size: number, end: number): Range => [at * size, Math.min(end, (at + 1) * size)];
          this.#wanted.push({ key, rows: span(i, tall, rows), columns: span(j, wide, columns) });
        }
      }
    }
    this.#advance();
  }

  #advance(): void {
    while (this.#coming.size < atOnce) {
      const next = this.#wanted.shift();
      if (!next) return;
      void this.#load(next);
    }
  }

  async #load({ key, rows, columns }: { key: string; rows: Range; columns: Range }): Promise<void> {
    this.#coming.add(key);
    const tile = await this.fetch(rows, columns).catch((error: unknown) => ({ failure: messageOf(error) }));
    this.#coming.delete(key);
    this.#tiles.set(key, tile);
    for (const old of [...this.#tiles.keys()].slice(0, Math.max(0, this.#tiles.size - kept))) this.#tiles.delete(old);
    this.changed();
    this.#advance();
  }
}

function keyOf(i: number, j: number): string {
  return `${i} ${j}`;
}
