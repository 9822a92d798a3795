import { Matrix } from '../../linalg/matrix';

/**
 * Inputs with published values, made without a data file: G0 and G1337 are what NumPy's legacy generator gives for a seed
 * (Matsumoto and Nishimura's MT19937), bit for bit; T is a pair of tiny integer matrices.
 */
export interface Pair {
  readonly x: Matrix<Float64Array>;
  readonly y: Matrix<Float64Array>;
}

/** 30 x 25 and 30 x 25, uniform in [0, 1): `numpy.random.seed(0)`. */
export function g0(): Pair {
  const random = new MersenneTwister(0);
  const x = fill(30, 25, () => random.uniform());
  return { x, y: fill(30, 25, () => random.uniform()) };
}

/** 100 x 10 standard normal, and the same plus as much noise: `numpy.random.seed(1337)`. */
export function g1337(): Pair {
  const random = new MersenneTwister(1337);
  const x = fill(100, 10, () => random.normal());
  return { x, y: fill(100, 10, (k) => random.normal() + (x.data[k] as number)) };
}

/** Two tiny integer matrices, 6 x 3. */
export function t(): Pair {
  return {
    x: Matrix.of([
      [1, 0, 2],
      [0, 1, 1],
      [2, 1, 0],
      [3, 2, 1],
      [1, 3, 2],
      [2, 2, 4],
    ]),
    y: Matrix.of([
      [0, 1, 1],
      [1, 0, 2],
      [1, 2, 0],
      [3, 1, 1],
      [2, 3, 0],
      [2, 4, 5],
    ]),
  };
}

function fill(rows: number, columns: number, value: (k: number) => number): Matrix<Float64Array> {
  return new Matrix(
    Float64Array.from({ length: rows * columns }, (_, k) => value(k)),
    rows,
    columns,
  );
}

class MersenneTwister {
  private readonly state = new Uint32Array(624);
  private next = 624;
  private spare: number | null = null;

  constructor(seed: number) {
    const { state } = this;
    state[0] = seed;
    for (let i = 1; i < 624; i++) {
      const previous = state[i - 1] as number;
      state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  uniform(): number {
    return ((this.word() >>> 5) * 67108864 + (this.word() >>> 6)) / 9007199254740992;
  }

  /** Polar method; NumPy's legacy generator hands out the second of each two first. */
  normal(): number {
    if (this.spare !== null) {
      const value = this.spare;
      this.spare = null;
      return value;
    }
    for (;;) {
      const first = 2 * this.uniform() - 1;
      const second = 2 * this.uniform() - 1;
      const square = first * first + second * second;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.spare = factor * first;
      return factor * second;
    }
  }

  private word(): number {
    if (this.next === 624) this.twist();
    let y = this.state[this.next++] as number;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  private twist(): void {
    const { state } = this;
    for (let i = 0; i < 624; i++) {
      const y = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % 624] as number) & 0x7fffffff);
      state[i] = (state[(i + 397) % 624] as number) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.next = 0;
  }
}
