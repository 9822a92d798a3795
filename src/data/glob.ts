import { byNumber } from '../protocol/words';

/** True where `pattern` matches all of `name`: `*` any characters, `?` one; upper and lower case differ. */
export function matches(pattern: string, name: string): boolean {
  let p = 0;
  let star = -1;
  let resume = 0;
  for (let n = 0; n < name.length; ) {
    if (pattern[p] === '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++resume;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** The names that a pattern chooses, in counting order. A name that is the pattern, character by character, wins alone. */
export function choose(names: readonly string[], pattern: string): string[] {
  if (names.includes(pattern)) return [pattern];
  return names.filter((name) => matches(pattern, name)).sort(byNumber);
}
