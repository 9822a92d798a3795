/** Bytes between two pauses. */
const stride = 2 ** 18;

const [quote, backslash, comma] = [...'"\\,'].map((c) => c.charCodeAt(0));
const [brace, endOfBrace, bracket, endOfBracket] = [...'{}[]'].map((c) => c.charCodeAt(0));
/** By a byte: whether it has a part in how the text is nested. */
const nests = Uint8Array.from({ length: 256 }, (_, c) => Number('"{}[],'.includes(String.fromCharCode(c))));

/**
 * What bytes of JSON say. The members of the outermost object, and the items of lists among them, are parsed one by one with
 * pauses between: JSON.parse holds its thread for a tenth of a second with 20 MB.
 * @throws SyntaxError
 */
export function* parsingParts(bytes: Uint8Array): Generator<void, unknown> {
  const decoder = new TextDecoder();
  const members: [string, unknown][] = [];
  /** The list that is read, and whether one has just been. */
  let list: unknown[] | undefined;
  let closed = false;
  let depth = 0;
  let from = 0;
  let pause = stride;
  const text = (to: number) => {
    const part = decoder.decode(bytes.subarray(from, to));
    from = to + 1;
    return part;
  };
  const member = (part: string, at: number) => {
    if (closed || part.trim() === '') throw wrong(at);
    members.push(...Object.entries(JSON.parse(`{${part}}`)));
  };
  const wrong = (at: number) =>
    new SyntaxError(`Unexpected ${decoder.decode(bytes.subarray(at, at + 1))} at byte ${at}`);

  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i] as number;
    if (nests[c] === 0) continue;
    if (c === quote) {
      for (i++; i < bytes.length && bytes[i] !== quote; i++) if (bytes[i] === backslash) i++;
    } else if (c === brace || c === bracket) {
      depth++;
      if (depth === 1) {
        if (c === bracket || text(i).trim() !== '') break;
      } else if (depth === 2 && c === bracket) {
        member(`${text(i)}[]`, i);
        list = members.at(-1)?.[1] as unknown[];
      }
    } else if (c === endOfBrace || c === endOfBracket) {
      const part = depth === 1 || (depth === 2 && list) ? text(i) : '';
      if (depth === 1) {
        if (c === endOfBracket) throw wrong(i);
        if (part.trim() !== '' || !(closed || members.length === 0)) member(part, i);
      } else if (depth === 2 && list) {
        if (c === endOfBrace) throw wrong(i);
        if (part.trim() !== '' || list.length > 0) list.push(JSON.parse(part));
        list = undefined;
        closed = true;
      }
      depth--;
      if (depth === 0) break;
    } else if (c === comma && depth === 2 && list) {
      list.push(JSON.parse(text(i)));
    } else if (c === comma && depth === 1) {
      const part = text(i);
      if (!closed || part.trim() !== '') member(part, i);
      closed = false;
    }
    if (i < pause) continue;
    yield;
    pause = i + stride;
  }
  const rest = decoder.decode(bytes.subarray(from));
  // Anything else than an object, and what is wrong at its end, is told by JSON.parse.
  return depth === 0 && from > 0 && rest.trim() === ''
    ? Object.fromEntries(members)
    : JSON.parse(decoder.decode(bytes));
}
