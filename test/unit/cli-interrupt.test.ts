import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { type CommandLine, commandLine } from './cli-process';
import { temporaryFolder, writeMatrix } from './engine-files';

let sextant: CommandLine;
beforeAll(async () => {
  sextant = await commandLine('cli-interrupt', 'test/unit/cli-stuck-worker.ts');
});

function folderWithInputs(): string {
  const folder = temporaryFolder();
  for (const name of ['a.npy', 'b.npy']) writeMatrix(folder, name, [[1], [2], [4]]);
  return folder;
}

async function interrupted(method: string) {
  const folder = folderWithInputs();
  const { child, ended } = sextant.start(['run', method, 'a.npy', 'b.npy', '--json'], folder);
  await vi.waitFor(() => expect(existsSync(join(folder, 'begun'))).toBe(true), { timeout: 20_000 });
  child.kill('SIGINT');
  return ended;
}

test('SIGINT ends a method that looks at its signal, with 130 and nothing to read', async () => {
  expect(await interrupted('linear-cka')).toEqual({ code: 130, signal: null, stdout: '', stderr: '' });
});

test('SIGINT ends a method that hears nothing, by the signal itself, which shells report as 130', async () => {
  expect(await interrupted('procrustes')).toEqual({ code: null, signal: 'SIGINT', stdout: '', stderr: '' });
});

test('a worker that crashes is a failed analysis, in words', async () => {
  const { code, stdout, stderr } = await sextant.run(['run', 'rsa', 'a.npy', 'b.npy'], folderWithInputs());
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^sextant: The worker thread crashed: out of luck\..*\n$/);
});
