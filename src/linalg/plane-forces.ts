import * as wasm from './wasm';

const DOUBLE = 8;
/** A coordinate so large that nothing comes from there, and small enough that its square is a number. */
const NOWHERE = 1e150;

/** Forces between all pairs of points in a plane, which are written to `x` and `y` first. */
export interface PlaneForces {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Σⱼ q²ᵢⱼ (yᵢ - yⱼ) for q = (1 + d²)⁻¹, along both axes. */
  readonly forces: readonly [Float64Array, Float64Array];
  /** Renews the forces. @returns Σᵢ<ⱼ qᵢⱼ */
  sum(): number;
}

/** Of so many points; two pairs at a time in WebAssembly where it can be had. */
export function planeForces(count: number): PlaneForces {
  // Pairs may reach one place beyond the last point, where there is none.
  const room = count + 1;
  const bytes = (4 * room + 2) * DOUBLE;
  const instance = wasm.instantiate<'sum', Native>([routine], bytes);
  const memory = instance?.memory ?? new ArrayBuffer(bytes);
  const [x, y, fx, fy] = [0, 1, 2, 3].map((part) => new Float64Array(memory, part * room * DOUBLE, room)) as Four;
  const total = new Float64Array(memory, 4 * room * DOUBLE, 2);
  x[count] = NOWHERE;
  y[count] = NOWHERE;
  total[1] = 1;
  const last = (count - 1) * DOUBLE;
  return {
    x: x.subarray(0, count),
    y: y.subarray(0, count),
    forces: [fx.subarray(0, count), fy.subarray(0, count)],
    sum() {
      fx.fill(0);
      fy.fill(0);
      if (!instance) return inJavaScript(x, y, fx, fy, count);
      if (count === 0) return 0;
      instance.native.sum(x.byteOffset, y.byteOffset, fx.byteOffset, fy.byteOffset, last, total.byteOffset);
      return total[0] as number;
    },
  };
}

type Four = [Float64Array, Float64Array, Float64Array, Float64Array];

/** Addresses in bytes: of all x, all y and the forces along both; of the last x; of the sum, behind which there is a one. */
type Native = (x: number, y: number, fx: number, fy: number, last: number, total: number) => void;

const routine: wasm.Routine = {
  name: 'sum',
  parameters: Array.from({ length: 6 }, () => 'address'),
  variables: [
    ...Array.from({ length: 4 }, () => 'address' as const),
    ...Array.from({ length: 9 }, () => 'pair' as const),
  ],
  body(x, y, fx, fy, last, total, ...variables) {
    const [x2, y2, fx2, fy2, one, z, ownX, ownY, sumX, sumY, dx, dy, q] = variables as [
      ...[wasm.Local, wasm.Local, wasm.Local, wasm.Local, wasm.Local, wasm.Local, wasm.Local],
      ...[wasm.Local, wasm.Local, wasm.Local, wasm.Local, wasm.Local, wasm.Local],
    ];
    const square = (local: wasm.Local) => wasm.productOf(local.get, local.get);
    const behind = (local: wasm.Local, of: wasm.Local) => local.set(wasm.ahead(of, DOUBLE));
    const takenFrom = (force: wasm.Local, part: wasm.Local) =>
      wasm.storePair(force.get, wasm.differenceOf(wasm.loadPair(force.get), part.get));
    const addedTo = (force: wasm.Local, sum: wasm.Local) => [
      ...wasm.addTo(sum, wasm.loadOne(force.get)),
      ...wasm.storeSum(force.get, sum),
    ];
    return [
      ...one.set(wasm.loadBoth(total.get, DOUBLE)),
      ...wasm.whileUpTo(x.get, last.get, [
        ...ownX.set(wasm.loadBoth(x.get)),
        ...ownY.set(wasm.loadBoth(y.get)),
        ...[sumX, sumY].flatMap((sum) => sum.set(wasm.ZEROS)),
        ...[behind(x2, x), behind(y2, y), behind(fx2, fx), behind(fy2, fy)].flat(),
        ...wasm.whileUpTo(x2.get, last.get, [
          ...dx.set(wasm.differenceOf(ownX.get, wasm.loadPair(x2.get))),
          ...dy.set(wasm.differenceOf(ownY.get, wasm.loadPair(y2.get))),
          ...q.set(wasm.quotientOf(one.get, wasm.sumOf(one.get, wasm.sumOf(square(dx), square(dy))))),
          ...wasm.addTo(z, q.get),
          ...q.set(square(q)),
          ...dx.set(wasm.productOf(q.get, dx.get)),
          ...dy.set(wasm.productOf(q.get, dy.get)),
          ...wasm.addTo(sumX, dx.get),
          ...wasm.addTo(sumY, dy.get),
          ...takenFrom(fx2, dx),
          ...takenFrom(fy2, dy),
          ...wasm.forward(2 * DOUBLE, x2, y2, fx2, fy2),
        ]),
        ...addedTo(fx, sumX),
        ...addedTo(fy, sumY),
        ...wasm.forward(DOUBLE, x, y, fx, fy),
      ]),
      ...wasm.storeSum(total.get, z),
    ];
  },
};

function inJavaScript(x: Float64Array, y: Float64Array, fx: Float64Array, fy: Float64Array, count: number): number {
  let z = 0;
  for (let i = 0; i < count; i++) {
    const [ownX, ownY] = [x[i] as number, y[i] as number];
    let [sumX, sumY] = [0, 0];
    for (let j = i + 1; j < count; j++) {
      const dx = ownX - (x[j] as number);
      const dy = ownY - (y[j] as number);
      const q = 1 / (1 + dx * dx + dy * dy);
      z += q;
      sumX += q * q * dx;
      sumY += q * q * dy;
      fx[j] = (fx[j] as number) - q * q * dx;
      fy[j] = (fy[j] as number) - q * q * dy;
    }
    fx[i] = (fx[i] as number) + sumX;
    fy[i] = (fy[i] as number) + sumY;
  }
  return z;
}
