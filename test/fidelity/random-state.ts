/** NumPy's RandomState of a seed: the Mersenne Twister (Matsumoto and Nishimura 1998), for numbers that were published from it. */
export class RandomState {
  private readonly words = new Uint32Array(624);
  private place = 624;
  private kept: number | null = null;

  constructor(seed: number) {
    this.words[0] = seed;
    for (let i = 1; i < 624; i++) {
      const last = this.words[i - 1] as number;
      this.words[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i;
    }
  }

  /** As `random_sample` gives them. */
  uniform(): number {
    const high = this.word() >>> 5;
    return (high * 2 ** 26 + (this.word() >>> 6)) / 2 ** 53;
  }

  /** As `randn` gives them: two at a time, by the polar method (Marsaglia 1964). */
  normal(): number {
    const { kept } = this;
    this.kept = null;
    if (kept !== null) return kept;
    for (;;) {
      const [x, y] = [2 * this.uniform() - 1, 2 * this.uniform() - 1];
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.kept = factor * x;
      return factor * y;
    }
  }

  /** The next 32 bits. */
  word(): number {
    if (this.place === 624) this.turn();
    let y = this.words[this.place++] as number;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  private turn(): void {
    const { words } = this;
    for (let i = 0; i < 624; i++) {
      const y = ((words[i] as number) & 0x80000000) | ((words[(i + 1) % 624] as number) & 0x7fffffff);
      words[i] = (words[(i + 397) % 624] as number) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.place = 0;
  }
}

/** As `torch.manual_seed(seed); torch.randn(count)` gives them, but for single precision: sixteen at a time, by Box and Muller. */
export function torchNormals(seed: number, count: number): Float64Array {
  if (count % 16 !== 0) throw new RangeError('PyTorch draws the last ones of others anew.');
  const state = new RandomState(seed);
  const drawn = Float64Array.from({ length: count }, () => (state.word() % 2 ** 24) / 2 ** 24);
  return drawn.map((value, i) => {
    const second = i % 16 >= 8;
    const [share, turn] = second ? [drawn[i - 8] as number, value] : [value, drawn[i + 8] as number];
    const radius = Math.sqrt(-2 * Math.log(1 - share));
    return radius * (second ? Math.sin(2 * Math.PI * turn) : Math.cos(2 * Math.PI * turn));
  });
}
