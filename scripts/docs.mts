// npm run docs: docs/methods, a page for each method and an index, from the definitions. A test holds them to be current.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMethod } from '../src/engine/describe';
import { referenceIndex, referencePage } from '../src/figures/reference';
import { catalogue } from '../src/methods/catalogue';

/** Every file of docs/methods by its name. */
export function pages(): Map<string, string> {
  const methods = catalogue.map(describeMethod);
  const own = methods.map((method): [string, string] => [`${method.id}.md`, `${referencePage(method)}\n`]);
  return new Map([['README.md', `${referenceIndex(methods)}\n`], ...own]);
}

export function writePages(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of pages()) writeFileSync(join(folder, name), text);
}

if (process.argv[1]?.endsWith('docs.mts')) writePages(join(import.meta.dirname, '..', 'docs', 'methods'));
