/** Points of a map: one list of numbers for each of its two or three axes. */
export type Places = readonly (readonly number[])[];

export interface Alignment {
  /** Of the points that were moved. */
  readonly places: Places;
  /** Squared distances that are left, as a share of those from the middle: 0 where the maps are the same, 1 where they have nothing in common. */
  readonly residual: number;
}

/**
 * `moving` shifted, turned, mirrored and scaled so that its points lie as near those of `still` as can be: ordinary Procrustes
 * analysis (Gower and Dijksterhuis 2004, chapter 4), B c R with R = U Vᵀ of BᵀA = U S Vᵀ and c = tr S / |B|².
 * Null where one of them spans less than its axes, so that there is no one best way.
 */
export function aligned(moving: Places, still: Places): Alignment | null {
  const axes = moving.length;
  const [from, to] = [centred(moving), centred(still)];
  const product = from.lists.map((b) => to.lists.map((a) => dot(b, a)));
  const turned = polar(product);
  if (!turned || still.length !== axes) return null;
  const scale = turned.nuclear / from.square;
  const places = to.middle.map((middle, axis) => {
    const out = new Array<number>(moving[0]?.length ?? 0);
    for (let i = 0; i < out.length; i++) {
      let sum = 0;
      for (let k = 0; k < axes; k++) sum += (from.lists[k]?.[i] as number) * (turned.rotation[k]?.[axis] as number);
      out[i] = middle + scale * sum;
    }
    return out;
  });
  return { places, residual: Math.max(0, 1 - turned.nuclear ** 2 / (from.square * to.square)) };
}

function centred(places: Places) {
  const middle = places.map((list) => list.reduce((sum, value) => sum + value, 0) / Math.max(1, list.length));
  const lists = places.map((list, axis) => list.map((value) => value - (middle[axis] as number)));
  return { middle, lists, square: lists.reduce((sum, list) => sum + dot(list, list), 0) };
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** The orthogonal factor U Vᵀ and the sum of the singular values, by one-sided Jacobi rotations of the columns. */
function polar(matrix: readonly (readonly number[])[]) {
  const n = matrix.length;
  const column = (rows: readonly (readonly number[])[], c: number) => rows.map((row) => row[c] as number);
  const w = matrix.map((_, c) => column(matrix, c));
  const v = matrix.map((_, c) => matrix.map((_, r) => (r === c ? 1 : 0)));
  for (let sweep = 0; sweep < 30; sweep++) {
    let most = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const [a, b] = [w[p] as number[], w[q] as number[]];
        const off = dot(a, b);
        const [aa, bb] = [dot(a, a), dot(b, b)];
        if (Math.abs(off) <= 1e-15 * Math.sqrt(aa * bb) || off === 0) continue;
        most = Math.max(most, Math.abs(off) / Math.sqrt(aa * bb));
        const zeta = (bb - aa) / (2 * off);
        const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const c = 1 / Math.hypot(1, t);
        rotate(a, b, c, c * t);
        rotate(v[p] as number[], v[q] as number[], c, c * t);
      }
    }
    if (most < 1e-14) break;
  }
  const lengths = w.map((list) => Math.sqrt(dot(list, list)));
  const largest = Math.max(...lengths);
  if (!lengths.every((length) => length > 1e-12 * largest)) return null;
  const rotation = matrix.map((_, r) =>
    matrix.map((_, c) =>
      w.reduce((sum, list, k) => sum + ((list[r] as number) / (lengths[k] as number)) * (v[k]?.[c] as number), 0),
    ),
  );
  return { rotation, nuclear: lengths.reduce((sum, length) => sum + length, 0) };
}

function rotate(a: number[], b: number[], c: number, s: number): void {
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    a[i] = c * x - s * y;
    b[i] = s * x + c * y;
  }
}
