/** 10^0 to 10^22: the powers of ten that a double holds exactly. */
const powers = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const decimal = /^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|inf(inity)?)$/i;
const [plus, minus, point, zero, nine] = [43, 45, 46, 48, 57];

/**
 * The nearest float64 to the decimal number in `bytes[start, end)`; undefined where there is no number. Up to 15 digits and
 * 22 places it is one correctly rounded operation on exact operands (Clinger, "How to read floating point numbers
 * accurately", 1990); the rest is left to the language.
 */
export function parseDecimal(bytes: Buffer, start: number, end: number): number | undefined {
  const sign = bytes[start];
  let at = sign === minus || sign === plus ? start + 1 : start;
  let [mantissa, digits, places] = [0, 0, -1];
  for (; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte >= zero && byte <= nine) {
      mantissa = mantissa * 10 + byte - zero;
      if (mantissa > 0) digits++;
      if (places >= 0) places++;
    } else if (byte === point && places < 0) places = 0;
    else break;
  }
  const some = at - start > (sign === minus || sign === plus ? 1 : 0) + (places < 0 ? 0 : 1);
  if (at === end && some && digits <= 15 && places <= 22) {
    const value = places > 0 ? mantissa / (powers[places] as number) : mantissa;
    return sign === minus ? -value : value;
  }
  // Longer ones are no numbers that anything writes, and would make the expression below slow.
  if (end - start > 400) return undefined;
  const text = bytes.toString('latin1', start, end);
  if (!decimal.test(text)) return undefined;
  return Number(text.replace(/^([+-]?)(inf|infinity)$/i, '$1Infinity'));
}
