import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { confine } from '../../src/data/roots';
import { imagesNamed, imagesOfRows } from '../../src/models/row-images';
import { scratch } from './data-files';

const { folder } = scratch();
const at = (path: string) => join(folder, path);
for (const name of ['workspace', 'workspace/faces', 'elsewhere']) mkdirSync(at(name));
for (const path of [
  'workspace/faces/2.png',
  'workspace/faces/10.JPG',
  'workspace/faces/notes.txt',
  'elsewhere/secret.png',
])
  writeFileSync(at(path), 'an image');
symlinkSync(at('elsewhere/secret.png'), at('workspace/link.png'));

afterEach(() => confine([]));

test('the images of a folder or a pattern are rows in counting order; beyond them there is none', () => {
  const found = [at('workspace/faces/2.png'), at('workspace/faces/10.JPG'), null];
  expect(imagesOfRows(at('workspace/faces'), [0, 1, 2])).toEqual(found);
  expect(imagesOfRows(at('workspace/faces/*.JPG'), [0, 1])).toEqual([found[1], null]);
});

test('a cell names an image in the folder of its table, and nothing outside of it', async () => {
  confine([at('workspace')]);
  const named = ['faces/2.png', ' faces/10.JPG ', 'faces/3.png', 'faces/notes.txt', 'faces', ''];
  const found = [at('workspace/faces/2.png'), at('workspace/faces/10.JPG'), null, null, null, null];
  expect(await imagesNamed(at('workspace/rows.csv'), named)).toEqual(found);
  const outside = [
    '../elsewhere/secret.png',
    at('elsewhere/secret.png'),
    'link.png',
    '//host/share/x.png',
    'C:\\x.png',
    '\\\\h\\x.png',
  ];
  expect(await imagesNamed(at('workspace/rows.csv'), outside)).toEqual(outside.map(() => null));
});
