/** What of an input its name is made from. */
interface Named {
  readonly path: string;
  readonly tensor?: string | null;
}

/** A name that lost more than this says too little: "a" and "b". */
const shortest = 4;

/**
 * Display names, one for each input and all different, as short as they can be: the tensor alone within one file, the
 * file's name without what all files share ("seed0 layer8"), folders and endings only where names repeat.
 */
export function displayNames(inputs: readonly Named[]): string[] {
  const files = [...new Set(inputs.map(({ path }) => path))];
  const tensors = inputs.map(({ tensor }) => tensor ?? '');
  if (files.length === 1 && new Set(tensors).size === inputs.length && !tensors.includes('')) return tensors;
  const short = new Map(withoutShared(stems(files)).map((stem, i) => [files[i], stem]));
  return numbered(inputs.map(({ path, tensor }) => [short.get(path), ...(tensor ? [tensor] : [])].join(' ')));
}

/** File names without their ending; with it, or with as many folders as it takes, where they would be the same. */
function stems(files: readonly string[]): readonly string[] {
  const parts = files.map((path) => path.split(/[\\/]/).filter((part) => part !== ''));
  const deepest = Math.max(...parts.map(({ length }) => length));
  for (let depth = 1; depth <= deepest; depth++) {
    const named = parts.map((folders) => folders.slice(-depth).join('/'));
    for (const names of [named.map((name) => name.replace(/\.[^./]+$/, '')), named]) {
      if (new Set(names).size === files.length) return names;
    }
  }
  return files;
}

/** Drops the words at either end that all names share. */
function withoutShared(names: readonly string[]): readonly string[] {
  if (names.length < 2) return names;
  let kept = names;
  for (const edge of [/[-_. ]+[^-_. ]+$/, /^[^-_. ]+[-_. ]+/]) {
    for (;;) {
      const words = new Set(kept.map((name) => edge.exec(name)?.[0]));
      const next = kept.map((name) => name.replace(edge, ''));
      const told = next.every((name) => name.length >= shortest) && new Set(next).size === names.length;
      if (words.size !== 1 || words.has(undefined) || !told) break;
      kept = next;
    }
  }
  return kept;
}

/** Display names as parts of names of files, all different, where upper and lower case are the same too. */
export function fileNames(inputs: readonly Named[]): string[] {
  return apart(displayNames(inputs).map(filePart));
}

/** A name as part of the name of a file. */
export function filePart(name: string): string {
  return name.replace(/[^\p{L}\p{N}._-]+/gu, '-');
}

/** Parts of names of files, with numbers where they would be the same, upper and lower case too. */
export function apart(names: readonly string[]): string[] {
  return numbered(
    names,
    (name, count) => `${name}-${count}`,
    (name) => name.toLowerCase(),
  );
}

/** With numbers where they would be the same. */
export function numbered(
  names: readonly string[],
  counted = (name: string, count: number) => `${name} (${count})`,
  key = (name: string) => name,
): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let own = name;
    for (let count = 2; taken.has(key(own)); count++) own = counted(name, count);
    taken.add(key(own));
    return own;
  });
}

/** Head line of an analysis: one name, two with a cross between, or how many there are. */
export function titleOf(inputs: readonly Named[]): string {
  const names = displayNames(inputs);
  if (names.length <= 2) return names.join(' × ');
  const files = [...new Map(inputs.map((input) => [input.path, { path: input.path }])).values()];
  const what = files.length <= 2 ? displayNames(files).join(' × ') : `${files.length} files`;
  return `${what}, ${names.length} representations`;
}

/** Names without what all of them begin and end with, where that leaves something of each. */
export function shortNames(names: readonly string[]): string[] {
  if (names.length < 2) return [...names];
  // Exporters end every name so. A number stays with the word that it counts: blocks.0.
  const parts = names.map((name) => name.replace(/_output_\d+$/, '').split(/([/\s#]+|\.(?!\d))/));
  const same = (at: (list: readonly string[]) => string | undefined) =>
    parts.every((list) => at(list) === at(parts[0] ?? []));
  const shortest = Math.min(...parts.map((list) => list.length));
  let start = 0;
  while (start < shortest - 1 && same((list) => list[start])) start++;
  let end = 0;
  while (end < shortest - start - 1 && same((list) => list.at(-1 - end))) end++;
  const cut = parts.map((list) =>
    list
      .slice(start, list.length - end)
      .join('')
      .replace(/^[/\s#.]+|[/\s#.]+$/g, ''),
  );
  return new Set(cut).size === new Set(names).size && cut.every((name) => name !== '') ? cut : [...names];
}
