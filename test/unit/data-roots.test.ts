import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { confine } from '../../src/data/roots';
import { Hashes } from '../../src/engine/hash';
import { array, read, refusal, scratch } from './data-files';

const { folder } = scratch();
for (const name of ['workspace', 'workspace/deep', 'workspace-2', 'elsewhere']) mkdirSync(join(folder, name));
const at = (path: string) => join(folder, path);
for (const path of ['workspace/own.npy', 'workspace-2/other.npy', 'elsewhere/secret.npy'])
  writeFileSync(at(path), array([2], [1, 2]));
symlinkSync(at('elsewhere/secret.npy'), at('workspace/link.npy'));
symlinkSync(at('elsewhere'), at('workspace/deep/folder'));
symlinkSync(at('workspace/link.npy'), at('workspace/deep/twice.npy'));
symlinkSync(at('workspace/own.npy'), at('workspace/deep/inside.npy'));
symlinkSync(at('workspace-2/other.npy'), at('workspace/across.npy'));
symlinkSync(at('workspace'), at('root'));
symlinkSync(at('workspace/own.npy'), at('elsewhere/in.npy'));

afterEach(() => confine([]));

test('a link out of the workspace is refused, whether of a file, of a folder or of a link', async () => {
  confine([at('workspace')]);
  for (const path of ['workspace/link.npy', 'workspace/deep/folder/secret.npy', 'workspace/deep/twice.npy']) {
    expect(await refusal(read(at(path)))).toBe(
      `${at(path)}: this is a symbolic link, or in a folder that is one, to ${at('elsewhere/secret.npy')}, outside this ` +
        'workspace. Open that file itself.',
    );
    expect(await refusal(new Hashes().of(at(path)))).toContain('outside this workspace');
  }
  expect(await refusal(read(at('workspace/across.npy')))).toContain('outside this workspace');
});

test('files of the workspace, links within it and files that were chosen elsewhere are read', async () => {
  const opens = async (path: string) => expect(Array.from((await read(at(path))).data)).toEqual([1, 2]);
  confine([at('workspace'), at('workspace-2')]);
  for (const path of ['workspace/own.npy', 'workspace/deep/inside.npy', 'workspace/across.npy']) await opens(path);
  for (const path of ['elsewhere/secret.npy', 'elsewhere/in.npy']) await opens(path);
  // A workspace that is a link itself.
  confine([at('root')]);
  await opens('root/own.npy');
  expect(await refusal(read(at('root/link.npy')))).toContain('outside this workspace');
});

test('the command line has no workspace', async () => {
  expect((await read(at('workspace/link.npy'))).shape).toEqual([2]);
});

test('a link that leads nowhere is a missing file', async () => {
  symlinkSync(at('none.npy'), at('workspace/dangling.npy'));
  confine([at('workspace')]);
  expect(await refusal(read(at('workspace/dangling.npy')))).toContain('there is no such file');
});
