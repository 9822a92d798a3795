// The editor writes what passes between extension host and page as JSON, on the thread that all extensions share:
// about 20 ms for the 130,000 numbers of a pair of heatmaps. Typed arrays it copies as bytes.

/** Numbers in a list from which on it is packed. */
const long = 512;

/** Stands for a list of numbers in a packed message; a list that has anything else in it travels as it is. */
interface Packed {
  readonly packed: Float64Array;
}

/** A message whose long lists of finite numbers are bytes; nothing of the original is changed. */
export function pack(message: unknown): unknown {
  if (Array.isArray(message)) {
    if (message.length < long) return message.map(pack);
    return message.every(Number.isFinite) ? { packed: Float64Array.from(message) } : message.map(pack);
  }
  return each(message, pack);
}

/** What {@link pack} was given. */
export function unpack(message: unknown): unknown {
  if (Array.isArray(message)) return message.map(unpack);
  if (isPacked(message)) return [...message.packed];
  return each(message, unpack);
}

function isPacked(value: unknown): value is Packed {
  return typeof value === 'object' && value !== null && 'packed' in value && value.packed instanceof Float64Array;
}

/** A plain object with `change` made to each of its values; anything else as it is. */
function each(value: unknown, change: (value: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item)]));
}
