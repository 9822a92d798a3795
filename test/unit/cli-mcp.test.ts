import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandLine, commandLine } from './cli-process';
import { temporaryFolder } from './engine-files';

const cache = temporaryFolder();
let sextant: CommandLine;
let server: ReturnType<CommandLine['start']>;
const waiting = new Map<unknown, (answer: Answer) => void>();
const answered = new Set<unknown>();

interface Answer {
  readonly result?: {
    readonly content?: readonly { readonly text: string }[];
    readonly [key: string]: unknown;
  };
  readonly error?: { readonly code: number; readonly message: string };
}

beforeAll(async () => {
  sextant = await commandLine('cli-mcp');
  server = sextant.start(['mcp'], undefined, 'pipe', cache);
  const lines = createInterface({ input: server.child.stdout ?? process.stdin });
  lines.on('line', (line) => {
    const message = JSON.parse(line);
    answered.add(message.id);
    waiting.get(message.id)?.(message);
  });
});
afterAll(async () => {
  server.child.stdin?.end();
  expect(await server.ended).toMatchObject({ code: 0, stderr: '' });
});

function send(line: string): void {
  server.child.stdin?.write(`${line}\n`);
}

/** The answer to a line, which has this id. */
function answerTo(line: string, id: unknown): Promise<Answer> {
  const answer = new Promise<Answer>((resolve) => waiting.set(id, resolve));
  send(line);
  return answer;
}

let count = 0;
function ask(method: string, params?: unknown): { id: number; answer: Promise<Answer> } {
  const id = ++count;
  return { id, answer: answerTo(JSON.stringify({ jsonrpc: '2.0', id, method, params }), id) };
}

async function call(name: string, given: unknown) {
  const { result } = await ask('tools/call', { name, arguments: given }).answer;
  const text = result?.content?.[0]?.text ?? '';
  return { isError: result?.isError, text, value: result?.isError ? text : JSON.parse(text) };
}

const [a, b] = [0, 1].map((seed) => `digits/digits-cnn-seed${seed}-activations.npz#layer8`);

test('a client is greeted in its revision, and in the newest where it has one of its own', async () => {
  const greeted = async (protocolVersion: string) => {
    const params = { protocolVersion, capabilities: {}, clientInfo: { name: 'test', version: '1' } };
    const { result } = await ask('initialize', params).answer;
    return result;
  };
  expect(await greeted('2024-11-05')).toMatchObject({
    ...{ protocolVersion: '2024-11-05', capabilities: { tools: {} } },
    serverInfo: { name: 'sextant' },
  });
  for (const other of ['1999-01-01', '2999-01-01'])
    expect(await greeted(other)).toMatchObject({ protocolVersion: '2025-11-25' });
  // Its servers have to take batches of messages.
  expect(await greeted('2025-03-26')).toMatchObject({ protocolVersion: '2024-11-05' });
  send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }));
  expect(await ask('ping').answer).toMatchObject({ result: {} });
});

test('every tool says what it takes', async () => {
  const { result } = await ask('tools/list').answer;
  const tools = result?.tools as { name: string; inputSchema: { type: string; required?: string[] } }[];
  expect(tools.map(({ name }) => name)).toEqual(['methods', 'inspect', 'run', 'compare']);
  expect(tools.map(({ inputSchema }) => inputSchema.required)).toEqual([
    ...[undefined, ['files'], ['method', 'inputs'], ['inputs']],
  ]);
});

test('methods are listed in a line each, one of them in full; files are looked into', async () => {
  const { value: all } = await call('methods', { kind: 'match' });
  expect(all[0]).toEqual({
    id: 'hard-matching',
    kind: 'match',
    title: expect.anything(),
    summary: expect.anything(),
    takes: 'pair',
  });
  const { value: one } = await call('methods', { method: 'rsa' });
  expect(one).toMatchObject({ id: 'rsa', formula: expect.anything(), parameters: { type: 'object' } });
  expect((await call('methods', { kind: 'match', method: 'rsa' })).value).toEqual(one);
  const { value: files } = await call('inspect', { files: ['digits/digits-test-labels.npy'] });
  expect(JSON.stringify(files)).toContain('[450]');
});

test('values are those of the command line; long tables and figures are shortened, and say so', async () => {
  const { value: compared } = await call('compare', { inputs: [a], against: [b], measures: ['linear-cka'] });
  // NumPy's, from the data's own guide.
  expect(compared.measures['linear-cka'].matrix[0][0]).toBeCloseTo(0.8432, 4);
  expect((await call('compare', { inputs: [a, b], measures: [] })).value.measures).toHaveProperty('procrustes');
  const parameters = { anchors: 64 };
  const { value } = await call('run', { method: 'relative-agreement', inputs: [a, b], parameters, seed: 1 });
  expect(value).toMatchObject({ method: 'relative-agreement', seed: 1, parameters });
  expect(value.figures[0]).toEqual({ kind: expect.any(String), title: expect.any(String) });
  const { value: matched } = await call('run', { method: 'hard-matching', inputs: [a, b] });
  expect(matched.tables.matches).toMatchObject({ rowsLeftOff: 14 });
  expect(matched.tables.matches.rows).toHaveLength(50);
});

test('a model is run and nothing of it is kept', async () => {
  const layer = 'digits/digits-cnn-seed0.onnx#logits@digits/digits-test-images.npy';
  const { value } = await call('run', { method: 'overview', inputs: [layer] });
  expect(value.inputs[0]).toMatchObject({ used: [450, 10] });
  expect(readdirSync(cache)).toEqual([]);
});

test('what is wrong is told in words, and nothing that a client says is taken for a flag', async () => {
  expect(await call('run', { inputs: [] })).toMatchObject({
    isError: true,
    text: expect.stringContaining('at method'),
  });
  const flag = await call('run', { method: 'rsa', inputs: ['--out=stolen.csv', '--debug'] });
  expect(flag).toMatchObject({
    isError: true,
    text: expect.stringMatching(/^.*--out=stolen\.csv: there is no/),
  });
  const unknown = { isError: true, text: expect.stringContaining('no method "cka"') };
  expect(await call('methods', { method: 'cka' })).toMatchObject(unknown);
  expect(await call('compare', { inputs: [a], nonsense: 1 })).toMatchObject({ isError: true });
  expect((await ask('tools/call', { name: 'erase' }).answer).error?.message).toMatch(/The tools are: methods/);
  expect((await ask('resources/list').answer).error?.code).toBe(-32601);
  for (const method of ['initialize', 'tools/call'])
    expect((await ask(method, null).answer).error).toEqual({
      code: -32602,
      message: expect.stringMatching(/parameters of a request are an object; null was given/),
    });
});

test('what is no message has an error of JSON-RPC, with the id where there is one', async () => {
  // The examples of the specification of JSON-RPC 2.0, section 7, and its table of errors, section 5.1.
  const broken = '{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]';
  expect((await answerTo(broken, null)).error?.code).toBe(-32700);
  for (const line of ['{"jsonrpc": "2.0", "method": 1, "params": "bar"}', '[]', '[1,2,3]', '1', 'null', '"ping"', '{}'])
    expect((await answerTo(line, null)).error?.code).toBe(-32600);
  for (const id of [0, -5, 'five', ''])
    for (const rest of [{}, { method: 5 }, { method: null }])
      expect((await answerTo(JSON.stringify({ jsonrpc: '2.0', id, ...rest }), id)).error?.code).toBe(-32600);
  // The Model Context Protocol knows no requests without an id that is a string or a number.
  for (const id of [null, true, {}])
    expect((await answerTo(JSON.stringify({ jsonrpc: '2.0', id, method: 'ping' }), null)).error?.code).toBe(-32600);
  for (const id of [0, 'five', ''])
    expect(await answerTo(JSON.stringify({ jsonrpc: '2.0', id, method: 'ping' }), id)).toMatchObject({ result: {} });
});

test('answers and notifications are not answered, not even those that make no sense', async () => {
  answered.clear();
  for (const method of ['notifications/cancelled', '$/cancelRequest', '$/progress', 'foobar'])
    for (const params of [undefined, null, {}, [], { requestId: null }, { requestId: 12345 }])
      send(JSON.stringify({ jsonrpc: '2.0', method, params }));
  for (const rest of [{ id: 1, result: null }, { id: null, error: {} }, { error: { code: -32600, message: 'what?' } }])
    send(JSON.stringify({ jsonrpc: '2.0', ...rest }));
  const { id, answer } = ask('ping');
  await answer;
  expect([...answered]).toEqual([id]);
});

test('what was asked before the end of the input is answered still', async () => {
  const { child, ended } = sextant.start(['mcp'], undefined, 'pipe');
  const params = { name: 'methods', arguments: { kind: 'match' } };
  child.stdin?.end(`${JSON.stringify({ jsonrpc: '2.0', id: 'last', method: 'tools/call', params })}\n`);
  const { code, stdout } = await ended;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ id: 'last', result: { isError: false } });
});

test('a line that is endless ends the server', async () => {
  const { child, ended } = sextant.start(['mcp'], undefined, 'pipe');
  child.stdin?.on('error', () => {});
  child.stdin?.write('['.repeat(9 * 2 ** 20));
  const { code, stdout, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ id: null, error: { message: expect.stringContaining('longer than') } });
});

const long = { name: 'run', arguments: { method: 'rtd', inputs: [a, b], permutations: 100_000 } };
const cancellation = (id: number) =>
  JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id, reason: 'enough' } });

test('calls that are cancelled are not answered, before they are looked at or after', async () => {
  const first = ++count;
  send(`${JSON.stringify({ jsonrpc: '2.0', id: first, method: 'tools/call', params: long })}\n${cancellation(first)}`);
  // More at once than Node expects of listeners, of which standard error says nothing.
  const calls = [first, ...Array.from({ length: 12 }, () => ask('tools/call', long).id)];
  await ask('ping').answer;
  for (const id of calls) send(cancellation(id));
  await call('methods', { kind: 'match' });
  expect(calls.filter((id) => answered.has(id))).toEqual([]);
});
