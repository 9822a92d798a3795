// The editor writes what passes between extension host and page as JSON, on the thread that all extensions share:
// about 20 ms for the 130,000 numbers of a pair of heatmaps, a second for a map of a million rows. Typed arrays it copies as bytes;
// so does the channel to the engine.

/** Items in a list from which on it is packed. */
const long = 512;

/** Stands for a list in a packed message; a list that has anything else in it travels as it is. */
type Packed =
  /** Finite numbers, and NaN for null, which no message has otherwise. */
  | { readonly packed: Float64Array }
  /** Texts in UTF-8, with a zero between each two. */
  | { readonly packedTexts: Uint8Array };

/** A message whose long lists of finite numbers, gaps or texts are bytes; nothing of the original is changed. */
export function pack(message: unknown): unknown {
  if (!Array.isArray(message)) return each(message, pack);
  return (message.length >= long && (numbers(message) ?? texts(message))) || message.map(pack);
}

/** What {@link pack} was given. */
export function unpack(message: unknown): unknown {
  if (Array.isArray(message)) return message.map(unpack);
  if (!isPacked(message)) return each(message, unpack);
  if ('packedTexts' in message) return new TextDecoder().decode(message.packedTexts).split('\0');
  return listed(message.packed);
}

/** With null for NaN. What iterates over a typed array takes ten times as long, and this runs on the threads that must not wait. */
function listed(packed: Float64Array): (number | null)[] {
  const list = new Array<number | null>(packed.length);
  for (let i = 0; i < list.length; i++) {
    const value = packed[i] as number;
    list[i] = Number.isNaN(value) ? null : value;
  }
  return list;
}

function numbers(list: readonly unknown[]): Packed | null {
  const packed = new Float64Array(list.length);
  for (let i = 0; i < packed.length; i++) {
    const item = list[i];
    if (item !== null && !Number.isFinite(item)) return null;
    packed[i] = item === null ? Number.NaN : (item as number);
  }
  return { packed };
}

function texts(list: readonly unknown[]): Packed | null {
  if (!list.every((item) => typeof item === 'string')) return null;
  const joined = list.join('\0');
  // Half a surrogate pair has no bytes in UTF-8; a zero within a text would part it.
  if (/\p{Surrogate}/u.test(joined) || list.some((text) => text.includes('\0'))) return null;
  return { packedTexts: new TextEncoder().encode(joined) };
}

function isPacked(value: unknown): value is Packed {
  if (typeof value !== 'object' || value === null) return false;
  if ('packed' in value) return value.packed instanceof Float64Array;
  return 'packedTexts' in value && value.packedTexts instanceof Uint8Array;
}

/** A plain object with `change` made to each of its values; anything else as it is. */
function each(value: unknown, change: (value: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item)]));
}
