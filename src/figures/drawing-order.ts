const orders = new Map<number, Uint32Array>();

/**
 * The places 0 to count - 1 in an order that looks random and is the same every time: no class is drawn over the others because
 * it comes last, and the first part of the points is a fair sample of them.
 */
export function drawingOrder(count: number): Uint32Array {
  const known = orders.get(count);
  if (known) return known;
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  let state = 0x9e3779b9;
  for (let i = count - 1; i > 0; i--) {
    // Xorshift (Marsaglia 2003).
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = (state >>> 0) % (i + 1);
    const swapped = order[i] as number;
    order[i] = order[j] as number;
    order[j] = swapped;
  }
  if (orders.size > 7) orders.clear();
  orders.set(count, order);
  return order;
}

/** Ink that points put down where they would cover the panel `covered` times: where they overlap, more of them are darker. */
export function opacity(covered: number): number {
  return Math.min(0.8, Math.max(0.1, 1.6 / (1 + covered)));
}
