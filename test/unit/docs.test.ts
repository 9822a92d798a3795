import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import temml from 'temml';
import { expect, test } from 'vitest';
import { pages } from '../../scripts/docs.mjs';
import { catalogue } from '../../src/methods/catalogue';

const folder = join(import.meta.dirname, '../../docs/methods');

test('docs/methods is what the definitions say; `npm run docs` writes it', () => {
  const written = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  expect([...written.keys()].sort()).toEqual([...pages().keys()].sort());
  for (const [name, text] of pages()) expect(written.get(name), name).toBe(text);
});

test('what the order of two spaces does not matter to is the first value, where there are others', () => {
  expect(pages().get('hard-matching.md')).toContain(
    'does not matter to the first value, "Mean correlation of matched units"; the others may be of one space alone, and change with it.',
  );
  expect(pages().get('linear-cka.md')).toContain('The order of the two spaces does not matter.');
});

test('every measure has a formula that can be rendered', () => {
  for (const { id, tex, takes, alone } of catalogue) {
    // What runs other measures has no formula of its own.
    if (takes === 'pair' && !alone) expect(tex, id).toBeTruthy();
    if (tex !== undefined)
      expect(() => temml.renderToString(tex, { throwOnError: true, displayMode: true }), id).not.toThrow();
  }
});
