/**
 * e^-x Iₖ(x) of the modified Bessel functions for k = 0 to `order`, x >= 0, from the far end down by their recurrence (Miller's
 * algorithm: Abramowitz and Stegun 9.12).
 */
export function scaledBessel(x: number, order: number): Float64Array {
  const out = new Float64Array(order + 1);
  if (x === 0) {
    out[0] = 1;
    return out;
  }
  const start = order + 40 + 2 * Math.ceil(x + 10 * Math.sqrt(x));
  let [above, here, sum] = [0, 1e-280, 0];
  for (let k = start; k >= 0; k--) {
    if (k <= order) out[k] = here;
    sum += (k === 0 ? 1 : 2) * here;
    [above, here] = [here, above + ((2 * k) / x) * here];
    if (here > 1e250) {
      const scale = 1e-250;
      here *= scale;
      above *= scale;
      sum *= scale;
      for (let j = k; j <= order; j++) out[j] = (out[j] as number) * scale;
    }
  }
  // I₀ + 2 Σ Iₖ = e^x.
  return out.map((value) => value / sum);
}
