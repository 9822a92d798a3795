/**
 * Seeded pseudo-random numbers: xoshiro128** (Blackman and Vigna 2018), its state filled by splitmix32. The same seed
 * gives the same numbers on every platform. Not for secrets.
 */
export class Random {
  private readonly state = new Uint32Array(4);
  private spare: number | null = null;

  constructor(readonly seed: number) {
    let z = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      z = (z + 0x9e3779b9) >>> 0;
      let t = z ^ (z >>> 16);
      t = Math.imul(t, 0x21f0aaad);
      t ^= t >>> 15;
      t = Math.imul(t, 0x735a2d97);
      this.state[i] = t ^ (t >>> 15);
    }
  }

  private next32(): number {
    const s = this.state;
    const [s0, s1, s2, s3] = s as unknown as [number, number, number, number];
    const scrambled = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0;
    const t = s1 << 9;
    s[2] = s2 ^ s0;
    s[3] = s3 ^ s1;
    s[1] = s1 ^ s[2];
    s[0] = s0 ^ s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11);
    return scrambled;
  }

  /** Uniform in [0, 1), with 53 random bits. */
  uniform(): number {
    return ((this.next32() >>> 5) * 67108864 + (this.next32() >>> 6)) / 9007199254740992;
  }

  /** Uniform among 0, 1, ..., bound - 1. */
  integer(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Standard normal, by the polar method. */
  normal(): number {
    if (this.spare !== null) {
      const value = this.spare;
      this.spare = null;
      return value;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const r = u * u + v * v;
      if (r >= 1 || r === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(r)) / r);
      this.spare = v * factor;
      return u * factor;
    }
  }

  /** 0, 1, ..., n - 1 in random order (Fisher and Yates). */
  permutation(n: number): Int32Array {
    return this.sample(n, n);
  }

  /** `count` different numbers among 0, 1, ..., n - 1, in random order. */
  sample(n: number, count: number): Int32Array {
    if (count < n / 16) return this.few(n, count);
    const all = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = 0; i < Math.min(count, n); i++) {
      const j = i + this.integer(n - i);
      const kept = all[i] as number;
      all[i] = all[j] as number;
      all[j] = kept;
    }
    return all.slice(0, count);
  }

  /** Ascending: 0, 1, ..., n - 1 where they are no more than `most`, and otherwise so many of them. */
  atMost(n: number, most: number): Int32Array {
    return n <= most ? Int32Array.from({ length: n }, (_, i) => i) : this.sample(n, most).sort();
  }

  /** As `sample`, to the number, without room for all n. */
  private few(n: number, count: number): Int32Array {
    const moved = new Map<number, number>();
    return Int32Array.from({ length: count }, (_, i) => {
      const j = i + this.integer(n - i);
      const drawn = moved.get(j) ?? j;
      moved.set(j, moved.get(i) ?? i);
      return drawn;
    });
  }
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}
