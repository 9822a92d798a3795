/** ψ(x), the derivative of ln Γ, for x > 0: recurrence up to 10, then the asymptotic series, to some 1e-14. */
export function digamma(x: number): number {
  let [at, shift] = [x, 0];
  for (; at < 10; at++) shift -= 1 / at;
  const s = 1 / (at * at);
  const series = s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s * (1 / 132 - s * (691 / 32760))))));
  return shift + Math.log(at) - 0.5 / at - series;
}

/** ln Γ(x) for x > 0, by Stirling's series from 10 on, to some 1e-14. */
export function logGamma(x: number): number {
  let [at, shift] = [x, 0];
  for (; at < 10; at++) shift -= Math.log(at);
  const s = 1 / (at * at);
  const series = (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s / 1188)))) / at;
  return shift + (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series;
}
