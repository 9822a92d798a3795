import { UserError } from '../protocol/errors';

/** A Python literal, as far as a .npy header has them. Tuples and lists stay apart: a shape must be a tuple. */
export type Literal = string | number | boolean | null | Tuple | Literal[] | Map<string, Literal>;

export class Tuple {
  constructor(readonly items: readonly Literal[]) {}
}

const words: Readonly<Record<string, boolean | null>> = { True: true, False: false, None: null };
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', "'": "'", '"': '"' };
const deepest = 32;

/**
 * Parses one literal that fills the text: strings, integers (also Python 2's `3L`), decimals, True, False, None, tuples,
 * lists and dictionaries with string keys.
 * @throws UserError at anything else, saying where: `where` begins the sentence, positions count from `base`.
 */
export function parseLiteral(text: string, where: string, base: number): Literal {
  let at = 0;

  const fail = (expected: string): never => {
    const found = at < text.length ? JSON.stringify(text.slice(at, at + 12)) : 'its end';
    throw new UserError(
      `${where}: the header cannot be read at byte ${base + at}: expected ${expected}, found ${found}.`,
    );
  };
  const space = () => {
    while (text[at] === ' ' || text[at] === '\n' || text[at] === '\t' || text[at] === '\r') at++;
  };
  const take = (token: string): boolean => {
    space();
    if (text[at] !== token) return false;
    at++;
    return true;
  };

  const items = (close: string, depth: number): { list: Literal[]; comma: boolean } => {
    const list: Literal[] = [];
    let comma = false;
    while (!take(close)) {
      if (list.length > 0 && !comma) fail(`',' or '${close}'`);
      list.push(value(depth + 1));
      comma = take(',');
    }
    return { list, comma };
  };
  const dictionary = (depth: number): Map<string, Literal> => {
    const map = new Map<string, Literal>();
    let comma = true;
    while (!take('}')) {
      if (!comma) fail("',' or '}'");
      const start = at;
      const key = value(depth + 1);
      if (typeof key !== 'string' || map.has(key)) {
        at = start;
        return fail('a new key in quotes');
      }
      if (!take(':')) fail("':'");
      map.set(key, value(depth + 1));
      comma = take(',');
    }
    return map;
  };
  const string = (): string => {
    const quote = text[at++];
    let out = '';
    for (; text[at] !== quote; at++) {
      if (at >= text.length || text[at] === '\n') fail('a closing quote');
      if (text[at] !== '\\') out += text[at];
      else out += escapes[text[++at] ?? ''] ?? fail('a known escape');
    }
    at++;
    return out;
  };
  const value = (depth: number): Literal => {
    if (depth > deepest) fail('less nesting');
    space();
    if (text[at] === "'" || text[at] === '"') return string();
    if (take('{')) return dictionary(depth);
    if (take('[')) return items(']', depth).list;
    if (take('(')) {
      const { list, comma } = items(')', depth);
      // Python's rule: (3) is the number, (3,) the tuple.
      return list.length === 1 && !comma ? (list[0] as Literal) : new Tuple(list);
    }
    const token = /[A-Za-z0-9_.+-]*/y;
    token.lastIndex = at;
    const word = token.exec(text)?.[0] ?? '';
    const constant = words[word];
    if (constant === undefined && !/^[+-]?\d+(\.\d*|L)?$/.test(word)) return fail('a value');
    at += word.length;
    return constant === undefined ? Number(word.replace('L', '')) : constant;
  };

  const result = value(0);
  space();
  return at === text.length ? result : fail('the end of the header');
}
