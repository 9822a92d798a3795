/** Sizes of the pieces that a text is cut into. */
export interface Pieces {
  /** Longest run of words; 0: none. */
  readonly words: number;
  /** Longest run of characters within a word, from 3 on; 0: none. */
  readonly characters: number;
}

const shortest = 3;

/**
 * The pieces of a text, in order and as often as they occur: runs of 1 to `words` words, a space between them; and of every word,
 * with a space before and after it, the runs of 3 to `characters` characters, marked as such. Text is in lower case and in
 * Unicode's compatibility form (NFKC); a word is a run of letters, marks, digits and underscores.
 */
export function* piecesOf(text: string, { words: most, characters }: Pieces): Generator<string> {
  const words =
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}_]+/gu) ?? [];
  for (let length = 1; length <= most; length++)
    for (let i = 0; i + length <= words.length; i++) yield words.slice(i, i + length).join(' ');
  for (const word of words) {
    const spaced = [...` ${word} `];
    for (let length = shortest; length <= characters; length++)
      for (let i = 0; i + length <= spaced.length; i++) yield `#${spaced.slice(i, i + length).join('')}`;
  }
}

const encoder = new TextEncoder();

/** The 32-bit hash of a text's UTF-8 bytes from seed 0, unsigned: MurmurHash3_x86_32 (Appleby, public domain). */
export function murmur3(text: string): number {
  const bytes = encoder.encode(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let hash = 0;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    hash ^= scramble(view.getUint32(at, true));
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  let tail = 0;
  for (let i = bytes.length - 1; i >= at; i--) tail = (tail << 8) | (bytes[i] as number);
  if (at < bytes.length) hash ^= scramble(tail);
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}
