import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ResultCache } from '../../src/engine/cache';
import { temporaryFolder } from './engine-files';

const files = (folder: string) => readdirSync(folder).map((name) => join(folder, name));

test('what was kept is found by its key, and nothing else', async () => {
  const cache = new ResultCache(join(temporaryFolder(), 'new', 'folder'));
  expect(await cache.get('a')).toBeUndefined();
  await cache.set('a', { x: [1, null] });
  expect(await cache.get('a')).toEqual({ x: [1, null] });
  expect(await cache.get('b')).toBeUndefined();
});

test('a damaged entry, or one of another key, is none', async () => {
  const folder = temporaryFolder();
  const cache = new ResultCache(folder);
  await cache.set('a', 1);
  const [path] = files(folder) as [string];
  const text = readFileSync(path, 'utf8');
  for (const damaged of ['', text.slice(0, -3), 'null', JSON.stringify({ key: 'b', value: 2 })]) {
    writeFileSync(path, damaged);
    expect(await cache.get('a')).toBeUndefined();
  }
  await cache.set('a', 3);
  expect(await cache.get('a')).toBe(3);
});

test('what was used longest ago makes room', async () => {
  const folder = temporaryFolder();
  const cache = new ResultCache(folder, 3);
  for (const [i, key] of ['a', 'b', 'c'].entries()) {
    const before = new Set(files(folder));
    await cache.set(key, key);
    const added = files(folder).find((path) => !before.has(path)) as string;
    utimesSync(added, 1000 + i, 1000 + i);
  }
  // Use makes young again.
  await cache.get('a');
  await cache.set('d', 'd');
  expect(await Promise.all(['a', 'b', 'c', 'd'].map((key) => cache.get(key)))).toEqual(['a', undefined, 'c', 'd']);
});

test('the entries together stay within the bytes', async () => {
  const folder = temporaryFolder();
  const cache = new ResultCache(folder, 100, 3000);
  for (let i = 0; i < 5; i++) {
    await cache.set(`${i}`, 'x'.repeat(1000));
    for (const path of files(folder)) utimesSync(path, i, statSync(path).mtimeMs / 1000 - 10);
  }
  expect(files(folder)).toHaveLength(2);
  expect(await cache.get('4')).toHaveLength(1000);
});

test('a folder that cannot be written is a cache without entries', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  mkdirSync(join(folder, 'other'));
  const cache = new ResultCache(join(folder, 'file'));
  await cache.set('a', 1);
  expect(await cache.get('a')).toBeUndefined();
});
