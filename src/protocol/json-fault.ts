const token = /\s*("(?:[^"\\\n\r\t]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[[\]{},:])/y;
const conflict = /^(<{7}|={7}|>{7}|\|{7})( |$)/;

/**
 * Where text stops being JSON, and how: "line 3, column 7: Unexpected token". JSON.parse says where for some faults alone, and of
 * a part of a document counts from the beginning of the part.
 */
export function jsonFault(text: string): string {
  const told = messageOf(text);
  const at = Number(/ position (\d+)/.exec(told)?.[1] ?? lexed(text));
  const before = text.slice(0, at).split('\n');
  const line = text.split('\n', before.length).at(-1) ?? '';
  const place = `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
  if (conflict.test(line)) return `${place}: a mark of a merge that was not finished`;
  if (at >= text.trimEnd().length) return `${place}: the rest is missing`;
  return `${place}: ${told.replace(/ (in JSON )?at position .*|( is not valid| in) JSON$/, '').replace(/\s+/g, ' ')}`;
}

function messageOf(text: string): string {
  try {
    JSON.parse(text);
    return 'it cannot be read';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Where there is none of the tokens, or one that cannot follow the one before. */
function lexed(text: string): number {
  let end = 0;
  let before = '';
  token.lastIndex = 0;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [, own = ''] = match;
    if (/^([,:][,:\]}]|[[{][,:])$/.test(before + own)) return token.lastIndex - own.length;
    before = own;
    end = token.lastIndex;
  }
  while (/\s/.test(text.charAt(end))) end++;
  return end;
}
