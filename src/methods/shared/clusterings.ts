/** How often each cluster of one clustering meets each of another. */
function contingency(a: ArrayLike<number>, b: ArrayLike<number>) {
  const cells = new Map<string, number>();
  const rows = new Map<number, number>();
  const columns = new Map<number, number>();
  const count = <K>(map: Map<K, number>, key: K) => map.set(key, (map.get(key) ?? 0) + 1);
  for (let i = 0; i < a.length; i++) {
    count(cells, `${a[i]} ${b[i]}`);
    count(rows, a[i] as number);
    count(columns, b[i] as number);
  }
  return { cells: [...cells.values()], rows: [...rows.values()], columns: [...columns.values()] };
}

/** The adjusted Rand index: 1 for the same clustering, 0 on the average of random ones. Hubert and Arabie 1985. */
export function adjustedRand(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const pairs = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
  const { cells, rows, columns } = contingency(a, b);
  const [both, left, right] = [pairs(cells), pairs(rows), pairs(columns)];
  const all = (a.length * (a.length - 1)) / 2;
  const expected = (left * right) / all;
  const most = (left + right) / 2;
  return most === expected ? 1 : (both - expected) / (most - expected);
}

/** Mutual information over the mean of both entropies; 1 for the same clustering. Above 0 for random ones. */
export function normalisedInformation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length;
  const entropy = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum - (size / n) * Math.log(size / n), 0);
  const { cells, rows, columns } = contingency(a, b);
  const [left, right] = [entropy(rows), entropy(columns)];
  if (left + right === 0) return 1;
  return Math.max(0, Math.min(1, (2 * (left + right - entropy(cells))) / (left + right)));
}
