import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readLabels, readNames } from '../../src/data/labels';
import { limit, read, refusal, scratch } from './data-files';

const { folder, write } = scratch();
/** A folder with files of its own. */
function pair(name: string, files: Record<string, string>): string {
  mkdirSync(join(folder, name));
  for (const [file, content] of Object.entries(files)) write(join(name, file), content);
  return join(folder, name);
}
const tensors = '0\t1\n2\t3.5\n4\t5\n';

test('one column of metadata has no header: its first line is the first name', async () => {
  const at = pair('one', { 'tensors.tsv': tensors, 'metadata.tsv': 'the\nof\nand\n' });
  expect(Array.from((await read(join(at, 'tensors.tsv'))).data)).toEqual([0, 1, 2, 3.5, 4, 5]);
  expect(await readNames(join(at, 'tensors.tsv'), { limit })).toEqual(['the', 'of', 'and']);
  expect(await readLabels({ path: 'metadata.tsv' }, at, { limit })).toMatchObject({ categories: ['and', 'of', 'the'] });
});

test('several columns have one, and a prefix of both is theirs', async () => {
  const at = pair('several', {
    'mnist_tensors.tsv': tensors,
    'mnist_metadata.tsv': 'Class\tFile\n7\ta.png\n7\tb.png\n3\tc.png\n',
  });
  expect(await readNames(join(at, 'mnist_tensors.tsv'), { limit })).toEqual(['a.png', 'b.png', 'c.png']);
  expect(await readLabels({ path: 'mnist_metadata.tsv', column: 'Class' }, at, { limit })).toMatchObject({
    name: 'Class',
    categories: ['3', '7'],
  });
});

test('metadata with other rows is told', async () => {
  const at = pair('short', { 'vectors.tsv': tensors, 'metadata.tsv': 'the\nof\n' });
  expect(await refusal(readNames(join(at, 'vectors.tsv'), { limit }))).toBe(
    'metadata.tsv has 2 rows, vectors.tsv beside it has 3. Metadata needs one row for each vector, and column names only ' +
      'where it has several columns.',
  );
});

test('files that only look like a pair are tables as any', async () => {
  const at = pair('alone', { 'metadata.tsv': 'word\nof\nand\n', 'mytensors.tsv': tensors, 'tensors.tsv.csv': '1,2\n' });
  expect(await readLabels({ path: 'metadata.tsv' }, at, { limit })).toMatchObject({ name: 'word' });
  expect(await readNames(join(at, 'mytensors.tsv'), { limit })).toBeNull();
});
