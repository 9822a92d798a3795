import { readFileSync } from 'node:fs';
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

/** The process that a method has begun in. */
async function begun(folder: string): Promise<number> {
  const pid = () => Number(readFileSync(join(folder, 'begun'), 'utf8'));
  await vi.waitFor(() => expect(pid()).toBeGreaterThan(0), { timeout: 20_000 });
  return pid();
}

async function interrupted(method: string) {
  const folder = folderWithInputs();
  const { child, ended } = sextant.start(['run', method, 'a.npy', 'b.npy', '--json'], folder);
  await begun(folder);
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
  const { code, stdout, stderr } = await sextant.start(['run', 'rsa', 'a.npy', 'b.npy'], folderWithInputs()).ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^sextant: The worker thread crashed: out of luck\..*\n$/);
});

/** A server of the Model Context Protocol in a call of a method that has begun, and the end of that method's process. */
async function serving(method: string) {
  const folder = folderWithInputs();
  const { child, ended } = sextant.start(['mcp'], folder, 'pipe');
  const send = (message: object) => child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const params = { name: 'run', arguments: { method, inputs: ['a.npy', 'b.npy'] } };
  send({ id: 1, method: 'tools/call', params });
  const pid = await begun(folder);
  const gone = () => vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), { timeout: 5000 });
  return { child, ended, send, gone };
}

test.each(['linear-cka', 'procrustes'])('a call of %s that is cancelled ends, and is not answered', async (method) => {
  const { child, ended, send, gone } = await serving(method);
  send({ method: 'notifications/cancelled', params: { requestId: 1 } });
  await gone();
  send({ id: 2, method: 'ping' });
  child.stdin?.end();
  const stdout = '{"jsonrpc":"2.0","id":2,"result":{}}\n';
  expect(await ended).toEqual({ code: 0, signal: null, stdout, stderr: '' });
});

test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('%s ends the server, and its calls with it', async (signal) => {
  const { child, ended, gone } = await serving('procrustes');
  child.kill(signal);
  expect(await ended).toEqual({ code: null, signal, stdout: '', stderr: '' });
  await gone();
});
