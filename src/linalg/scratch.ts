/** Room for what does not fit into memory: bytes are written at places and read back from there. */
export interface Scratch {
  write(bytes: Uint8Array, position: number): void;
  /** Fills `into` with what was written at `position`. */
  read(into: Uint8Array, position: number): void;
}

/** Records of a few numbers each, laid by in pages of equal size; within a page each number has its column. */
export class Pages {
  private readonly free: number[] = [];
  private next = 0;

  /** @param width numbers of a record @param height records of a page */
  constructor(
    private readonly scratch: Scratch,
    readonly width: number,
    readonly height: number,
  ) {}

  page(): Float64Array {
    return new Float64Array(this.width * this.height);
  }

  write(page: Float64Array): number {
    const place = this.free.pop() ?? this.next++;
    this.scratch.write(bytesOf(page), place * page.byteLength);
    return place;
  }

  read(place: number, page: Float64Array): void {
    this.scratch.read(bytesOf(page), place * page.byteLength);
  }

  /** Its place may be written to again. */
  release(place: number): void {
    this.free.push(place);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Records in the order in which they came: pages that are full are laid by, the last one is in memory until it is sealed. */
export class Bucket {
  count = 0;
  /** Of the numbers by which the records were sorted into buckets. */
  least = Number.POSITIVE_INFINITY;
  most = Number.NEGATIVE_INFINITY;
  private places: number[] = [];
  private last: Float64Array | null = null;

  constructor(private readonly pages: Pages) {}

  add(record: Float64Array, key: number): void {
    const { width, height } = this.pages;
    this.last ??= this.pages.page();
    const at = this.count++ % height;
    for (let c = 0; c < width; c++) this.last[c * height + at] = record[c] as number;
    if (key < this.least) this.least = key;
    if (key > this.most) this.most = key;
    if (at === height - 1) this.places.push(this.pages.write(this.last));
  }

  /** No more comes: nothing of it stays in memory. */
  seal(): void {
    if (this.last !== null && this.count % this.pages.height > 0) this.places.push(this.pages.write(this.last));
    this.last = null;
  }

  /**
   * The records of one page after the other, each good until the next is asked for.
   * @param keep whether they can be read once more: otherwise their pages are free when this ends
   */
  *read(keep = false): Generator<{ readonly columns: readonly Float64Array[]; readonly count: number }> {
    const { pages, places } = this;
    const { width, height } = pages;
    const page = pages.page();
    const columns = Array.from({ length: width }, (_, c) => page.subarray(c * height, (c + 1) * height));
    for (const [k, place] of places.entries()) {
      pages.read(place, page);
      if (!keep) pages.release(place);
      yield { columns, count: Math.min(height, this.count - k * height) };
    }
    if (!keep) this.places = [];
  }

  /** One of the numbers of every record. */
  column(c: number, out: Float64Array): Float64Array {
    let at = 0;
    for (const { columns, count } of this.read(true)) {
      out.set((columns[c] as Float64Array).subarray(0, count), at);
      at += count;
    }
    return out.subarray(0, at);
  }

  /** All numbers of all records, whose pages are free afterwards. */
  take(out: readonly Float64Array[]): void {
    let at = 0;
    for (const { columns, count } of this.read()) {
      for (const [c, column] of columns.entries()) (out[c] as Float64Array).set(column.subarray(0, count), at);
      at += count;
    }
  }
}

/** Sorts records into buckets by one of their numbers: those below the first edge, from it to the second, and so on. */
export class Spread {
  readonly buckets: readonly Bucket[];
  private readonly record: Float64Array;

  constructor(
    pages: Pages,
    private readonly edges: Float64Array,
    private readonly key: number,
  ) {
    this.buckets = Array.from({ length: edges.length + 1 }, () => new Bucket(pages));
    this.record = new Float64Array(pages.width);
  }

  /** Returns the place of its bucket. */
  add(record: Float64Array): number {
    const { edges } = this;
    const value = record[this.key] as number;
    let low = 0;
    let high = edges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((edges[middle] as number) <= value) low = middle + 1;
      else high = middle;
    }
    (this.buckets[low] as Bucket).add(record, value);
    return low;
  }

  /** The same of the record whose numbers have place t in their columns. */
  addFrom(columns: readonly Float64Array[], t: number): number {
    const { record } = this;
    for (let c = 0; c < record.length; c++) record[c] = (columns[c] as Float64Array)[t] as number;
    return this.add(record);
  }

  seal(): readonly Bucket[] {
    for (const bucket of this.buckets) bucket.seal();
    return this.buckets;
  }
}
