import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { Cancelled, EngineLost, UserError } from '../../src/protocol/errors';
import { type EngineService, engineClient, serveEngine } from '../../src/protocol/rpc';

/** A client and a server that talk through streams in memory. */
function connect(service: Partial<EngineService>) {
  const there = new PassThrough();
  const back = new PassThrough();
  const client = createMessageConnection(new StreamMessageReader(back), new StreamMessageWriter(there));
  const server = createMessageConnection(new StreamMessageReader(there), new StreamMessageWriter(back));
  serveEngine(server, service as EngineService);
  client.listen();
  server.listen();
  return { engine: engineClient(client), client };
}

const never = new Promise<never>(() => {});
const asked = { method: 'm', inputs: [{ path: 'a.npy' }] };

test('a call carries its argument, progress and answer; settings arrive first', async () => {
  const seen: unknown[] = [];
  const { engine } = connect({
    configure: (settings) => void seen.push(settings),
    methods: async () => [],
    inspect: async (input, { onProgress }) => {
      seen.push(input);
      onProgress({ fraction: 0.5, message: 'half', etaSeconds: null });
      return { path: 'a.npy', format: 'npy', bytes: 1, tensors: [] };
    },
  });
  engine.configure({ memory: 1, threads: 2, cache: null });
  const progress: unknown[] = [];
  const file = await engine.inspect('a.npy', { onProgress: (p) => progress.push(p) });
  expect(file.format).toBe('npy');
  expect(await engine.methods()).toEqual([]);
  expect(seen).toEqual([{ memory: 1, threads: 2, cache: null }, 'a.npy']);
  expect(progress).toEqual([{ fraction: 0.5, message: 'half', etaSeconds: null }]);
});

test('an error comes out as the class that went in', async () => {
  const errors = [new UserError('fix a.npy'), new Cancelled(), new EngineLost('gone'), new RangeError('bug')];
  const { engine } = connect({
    run: async () => {
      throw errors.shift();
    },
  });
  await expect(engine.run(asked)).rejects.toThrow(new UserError('fix a.npy'));
  await expect(engine.run(asked)).rejects.toBeInstanceOf(Cancelled);
  await expect(engine.run(asked)).rejects.toBeInstanceOf(EngineLost);
  const bug = await engine.run(asked).catch((error: Error) => error);
  expect(bug).toMatchObject({ name: 'Error', message: 'bug', stack: expect.stringContaining('engine-rpc.test') });
});

test('aborting the signal aborts the signal of the service', async () => {
  const { engine } = connect({
    run: (_request, { signal, onProgress }) => {
      onProgress({ fraction: null, message: 'started', etaSeconds: null });
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  });
  const controller = new AbortController();
  const running = engine.run(asked, { signal: controller.signal, onProgress: () => controller.abort() });
  await expect(running).rejects.toBeInstanceOf(Cancelled);
});

test('a connection that breaks loses the calls that wait, and a cancelled one was cancelled', async () => {
  const { engine, client } = connect({ run: () => never, inspect: () => never });
  const controller = new AbortController();
  const running = expect(engine.run(asked)).rejects.toBeInstanceOf(EngineLost);
  const cancelled = expect(engine.inspect('a', { signal: controller.signal })).rejects.toBeInstanceOf(Cancelled);
  controller.abort();
  client.dispose();
  await Promise.all([running, cancelled]);
  await expect(engine.inspect('b')).rejects.toBeInstanceOf(EngineLost);
});
