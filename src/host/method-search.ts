import type { MethodDescription } from '../protocol/catalogue';

/**
 * Methods that carry every word of `query`, those first that carry it in title, id or summary. In the rest of what a method says of
 * itself a word has to begin there: "ARI" is not in "variance".
 */
export function searchMethods(methods: readonly MethodDescription[], query: string): MethodDescription[] {
  const words = plain(query)
    .split(' ')
    .map((word) => word.replace(/(?<=...)(ality|ing|s)$/, ''));
  const named: MethodDescription[] = [];
  const mentioned: MethodDescription[] = [];
  for (const method of methods) {
    const head = plain(`${method.title} ${method.id} ${method.summary}`);
    const rest = restOf(method);
    const body = ` ${plain(rest)} ${plain(rest.replaceAll('-', ' '))}`;
    if (words.every((word) => head.includes(word))) named.push(method);
    else if (words.every((word) => head.includes(word) || body.includes(` ${word}`))) mentioned.push(method);
  }
  return [...named, ...mentioned];
}

function restOf({ formula, citation, blindTo, values, parameters }: MethodDescription): string {
  const asked = Object.values(parameters.properties).flatMap((one) => [
    one.title,
    one.description,
    ...(one.enum ?? []),
  ]);
  return [formula, citation, blindTo, ...values.map(({ title }) => title), ...asked].join(' ');
}

/** Words with a space between, without accents and hyphens, and alike in British and American spelling. */
function plain(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\p{M}’'-]/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .replaceAll('z', 's')
    .replaceAll('our', 'or')
    .replace(/centr(?=e|ing)/g, 'center');
}
