import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { Cancelled, UserError } from '../../src/protocol/errors';
import { type EngineClient, engineClient } from '../../src/protocol/rpc';
import { bundle, temporaryFolder, writeMatrix } from './engine-files';

let program: string;
beforeAll(async () => {
  const entries = { engine: 'src/engine/main.ts', worker: 'test/unit/cli-stuck-worker.ts' };
  program = join(await bundle(entries, 'engine-process'), 'engine.js');
});

interface Running {
  readonly child: ChildProcess;
  readonly engine: EngineClient;
  readonly folder: string;
  readonly ended: Promise<unknown[]>;
}

/** The engine as the extension host starts it. */
function start(): Running {
  const folder = temporaryFolder();
  for (const name of ['a.npy', 'b.npy']) writeMatrix(folder, name, [[1], [2], [4]]);
  const child = fork(program, { cwd: folder, serialization: 'advanced' });
  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  connection.listen();
  const engine = engineClient(connection);
  engine.configure({ memory: 1e9, threads: 0, cache: null });
  return { child, engine, folder, ended: once(child, 'exit') };
}

const pair = (method: string) => ({ method, inputs: [{ path: 'a.npy' }, { path: 'b.npy' }] });
const begun = ({ folder }: Running) =>
  vi.waitFor(() => expect(existsSync(join(folder, 'begun'))).toBe(true), { timeout: 20_000 });

test('it answers while it computes, and goes on after a job that stops when told', async () => {
  const running = start();
  const { engine, child, ended } = running;
  const controller = new AbortController();
  const job = expect(engine.run(pair('linear-cka'), { signal: controller.signal })).rejects.toBeInstanceOf(Cancelled);
  await begun(running);
  expect((await engine.methods()).length).toBeGreaterThan(0);
  expect((await engine.inspect('a.npy')).tensors[0]?.shape).toEqual([3, 1]);
  controller.abort();
  await job;
  await expect(engine.run(pair('nothing'))).rejects.toBeInstanceOf(UserError);
  child.disconnect();
  expect(await ended).toEqual([null, 'SIGKILL']);
});

test('a job that hears nothing is cancelled all the same: the process ends itself by SIGKILL', async () => {
  const running = start();
  const controller = new AbortController();
  const job = expect(running.engine.run(pair('procrustes'), { signal: controller.signal })).rejects.toBeInstanceOf(
    Cancelled,
  );
  await begun(running);
  controller.abort();
  await job;
  expect(await running.ended).toEqual([null, 'SIGKILL']);
});

test('it does not outlive whoever started it, even in a job that hears nothing', async () => {
  const running = start();
  running.engine.run(pair('procrustes')).catch(() => {});
  await begun(running);
  running.child.disconnect();
  expect(await running.ended).toEqual([null, 'SIGKILL']);
});

test('a worker that crashes loses its job in words, and the process', async () => {
  const { engine, ended } = start();
  await expect(engine.run(pair('rsa'))).rejects.toThrow(/^The worker thread crashed: out of luck/);
  expect(await ended).toEqual([null, 'SIGKILL']);
});
