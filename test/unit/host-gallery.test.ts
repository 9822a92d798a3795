import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { readPictures } from '../../src/host/gallery';
import { scratch } from './data-files';

vi.mock('vscode', () => ({}));
const { folder, write } = scratch();

test('a picture that is gone, or cannot be read, leaves the others', async () => {
  const there = write('a.png', 'pixels');
  const pixels = Buffer.from('pixels').toString('base64');
  expect(await readPictures([there, join(folder, 'gone.png'), folder, null, there])).toEqual([
    pixels,
    null,
    null,
    null,
    pixels,
  ]);
});
