import { difference } from './pair-list';

/**
 * Variance, over all permutations π of the rows of one side, of the number of neighbours Σᵢⱼ aᵢⱼ b_π(i)π(j) that two
 * lists share, a and b being the 0-1 matrices of "j is among the k nearest of i". Pairs of pairs of different rows fall
 * into seven kinds that permutations do not mix; each contributes the product of the two sides' sums over its number
 * (Mantel, Cancer Research 27, 1967; Hubert and Schultz, British J. Math. Stat. Psych. 29, 1976).
 * @param a,b row i's neighbours at places i k to i k + k - 1
 */
export function overlapVariance(a: Int32Array, b: Int32Array, rows: number, k: number): number {
  const n = rows;
  const [x, y] = [kinds(a, n, k), kinds(b, n, k)];
  const pairs = n * (n - 1);
  const sizes = [pairs, pairs, ...Array(4).fill(pairs * (n - 2)), pairs * (n - 2) * (n - 3)];
  const square = sizes.reduce((sum, size, kind) => sum + ((x[kind] as number) * (y[kind] as number)) / size, 0);
  const mean = (n * k * k) / (n - 1);
  return Math.max(0, difference(square, mean * mean));
}

/** Σ aᵢⱼ a_kl over the pairs of pairs: the same, turned round, same first, same second, in a chain (twice), disjoint. */
function kinds(list: Int32Array, n: number, k: number): number[] {
  const chosen = new Int32Array(n);
  for (const j of list) chosen[j] = (chosen[j] as number) + 1;
  const mutual = mutualPairs(list, chosen, k);
  const edges = n * k;
  const sameSecond = chosen.reduce((sum, count) => sum + count * count, 0) - edges;
  const chain = edges * k - mutual;
  const touching = [edges, mutual, edges * (k - 1), sameSecond, chain, chain];
  return [...touching, edges * edges - touching.reduce((sum, value) => sum + value, 0)];
}

/** Pairs i, j of which each is in the list of the other, counted twice. @param chosen in how many lists each is */
function mutualPairs(list: Int32Array, chosen: Int32Array, k: number): number {
  // Those that have each in their list, one after the other: where those of the next begin is where the last of them was put.
  const ends = new Int32Array(chosen.length);
  for (let j = 1; j < ends.length; j++) ends[j] = (ends[j - 1] as number) + (chosen[j - 1] as number);
  const choosers = new Int32Array(list.length);
  for (const [place, j] of list.entries()) {
    choosers[ends[j] as number] = Math.floor(place / k);
    ends[j] = (ends[j] as number) + 1;
  }
  const near = new Int32Array(chosen.length).fill(-1);
  let mutual = 0;
  for (let i = 0, from = 0; i < chosen.length; i++) {
    for (let place = i * k; place < i * k + k; place++) near[list[place] as number] = i;
    for (const end = ends[i] as number; from < end; from++) if (near[choosers[from] as number] === i) mutual++;
  }
  return mutual;
}

/** Chance that two sets of k out of `size` have exactly m in common. */
export function hypergeometric(m: number, k: number, size: number): number {
  if (m > k || 2 * k - m > size) return 0;
  // C(k, m) C(size - k, k - m) / C(size, k), in logarithms: the binomials leave the range of doubles.
  return Math.exp(logBinomial(k, m) + logBinomial(size - k, k - m) - logBinomial(size, k));
}

function logBinomial(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= k; i++) sum += Math.log((n - k + i) / i);
  return sum;
}
