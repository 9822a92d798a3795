/** ln of the mean of exp(-t d²) over pairs that are spread evenly over the sphere of length one in p dimensions. */
export function evenUniformity(p: number, t: number): number {
  // E exp(κ cos θ), κ = 2t, is ₀F₁(p / 2; t²): terms until they vanish beside the sum, kept in logarithms.
  let [log, sum] = [0, 0];
  let peak = 0;
  const logs = [0];
  for (let m = 1; m < 100_000; m++) {
    log += Math.log((t * t) / (m * (p / 2 + m - 1)));
    logs.push(log);
    peak = Math.max(peak, log);
    if (log < peak - 40) break;
  }
  for (const one of logs) sum += Math.exp(one - peak);
  return -2 * t + peak + Math.log(sum);
}
