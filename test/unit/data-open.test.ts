import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openData } from '../../src/data/file';
import { dataFilesIn } from '../../src/data/folder';
import { array, read, refusal, scratch } from './data-files';

const { folder, write } = scratch();
const path = (name: string) => join(folder, name);

test('a missing file', async () => {
  expect(await refusal(openData(path('missing.npy')))).toBe(
    `${path('missing.npy')}: there is no such file. Check the path.`,
  );
  write('file.npy', array([1], [1]));
  expect(await refusal(openData(path('file.npy/x.npy')))).toContain('part of the path is a file, not a folder');
  expect(await refusal(openData(path(`${'x'.repeat(300)}.npy`)))).toContain('the name is too long');
  expect(await refusal(openData('a\0b.npy'))).toContain('cannot be opened');
});

test('a folder', async () => {
  expect(() => dataFilesIn(path('none'))).toThrow('none: there is no such file. Check the path.');
  mkdirSync(path('folder.npy'));
  expect(await refusal(openData(path('folder.npy')))).toBe(
    `${path('folder.npy')}: this is a folder. Choose a file in it.`,
  );
});

test.runIf(process.platform !== 'win32')('a file that may not be read', async () => {
  const secret = write('secret.npy', array([1], [1]));
  chmodSync(secret, 0);
  // To the superuser nothing is forbidden.
  const root = process.geteuid?.() === 0;
  chmodSync(folder, 0o755);
  if (root) process.seteuid?.(65534);
  try {
    expect(await refusal(openData(secret))).toBe(`${secret}: you may not read it. Change its permissions, or copy it.`);
  } finally {
    if (root) process.seteuid?.(0);
  }
});

test.runIf(process.platform !== 'win32')('pipes and devices are refused and never waited for', async () => {
  execFileSync('mkfifo', [path('pipe.npy')]);
  symlinkSync('/dev/zero', path('zero.npy'));
  symlinkSync(path('pipe.npy'), path('link-to-pipe.csv'));
  for (const name of ['pipe.npy', 'zero.npy', 'link-to-pipe.csv'])
    expect(await refusal(openData(path(name)))).toContain('this is a pipe, socket or device');
});

test.runIf(process.platform !== 'win32')('symbolic links', async () => {
  write('real.npy', array([1], [7]));
  symlinkSync('real.npy', path('link.npy'));
  expect((await read(path('link.npy'))).data).toEqual(Float32Array.of(7));
  symlinkSync('loop.npy', path('loop.npy'));
  expect(await refusal(openData(path('loop.npy')))).toContain('the symbolic link leads back to itself');
  symlinkSync('gone.npy', path('dangling.npy'));
  expect(await refusal(openData(path('dangling.npy')))).toContain('there is no such file');
});

test('extensions in any case; unknown formats are told the known ones', async () => {
  expect((await read(write('UPPER.NPY', array([1], [7])))).data).toEqual(Float32Array.of(7));
  const known = 'unknown format. Sextant reads .npy, .npz, .safetensors, ';
  expect(await refusal(openData(write('data.xyz', 'x')))).toContain(`data.xyz: ${known}`);
  expect(await refusal(openData(write('noextension', 'x')))).toContain(`noextension: ${known}`);
});

test('pickles are never opened', async () => {
  for (const name of ['x.pkl', 'x.pickle', 'x.joblib'])
    expect(await refusal(openData(write(name, 'PK')))).toContain(
      'can run code when they are opened; Sextant never opens them',
    );
});

test('a file whose content is another format says which', async () => {
  expect(await refusal(openData(write('table.csv', Buffer.from('\x93NUMPY', 'latin1'))))).toBe(
    'table.csv: this is no .csv file but a single NumPy array. Rename it to .npy if that is meant.',
  );
  expect(await refusal(openData(write('archive.npy', 'PK\x03\x04')))).toContain('no .npy file but a zip archive');
  expect(await refusal(openData(write('pointer.npy', 'version https://git-lfs')))).toContain('Run `git lfs pull`');
});
