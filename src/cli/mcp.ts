import { fork } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import type { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import {
  type CancellationToken,
  createMessageConnection,
  ErrorCodes,
  type Message,
  type NotificationMessage,
  ResponseError,
} from 'vscode-jsonrpc/node';
import { z } from 'zod';
import { version } from '../engine/version';
import { messageOf, UserError } from '../protocol/errors';
import type { Result } from '../protocol/result';
import type { Arguments } from './arguments';
import { LineReader, LineWriter } from './lines';
import { type Tool, tools } from './mcp-tools';

/**
 * Revisions of the Model Context Protocol that say the same of what is used here; the newest first. 2025-03-26 is none of them:
 * it alone wants batches of messages to be taken.
 */
const revisions = ['2025-11-25', '2025-06-18', '2024-11-05'];
/** Rows of a table that go into a conversation. */
const ROWS = 50;

const instructions = `Compares what neural networks have learned, on files of this machine. Paths are relative to the folder that the server was
started in. Ask for a method's definition before you explain its value: the same name means different numbers in different
toolkits. A value is null where it cannot be computed; the warnings say why.`;

/**
 * `sextant mcp`: the catalogue for clients of the Model Context Protocol, on standard input and output. Each call is a command of
 * this program in a process of its own: one that is cancelled, or that dies, takes nothing with it.
 */
export async function mcp({ positionals }: Arguments): Promise<string> {
  if (positionals.length > 0) throw new UserError('mcp takes no arguments; messages come on standard input.');
  const writer = new LineWriter(process.stdout);
  const connection = createMessageConnection(new LineReader(process.stdin, writer, cancelling), writer);
  const ended = new AbortController();
  // Every call listens.
  setMaxListeners(0, ended.signal);
  connection.onRequest('initialize', (params: unknown) => ({
    // The newest that a client of this revision may know.
    protocolVersion: revisions.find((one) => one <= String(objectOf(params).protocolVersion)) ?? revisions[0],
    capabilities: { tools: {} },
    serverInfo: { name: 'sextant', title: 'Sextant', version },
    instructions,
  }));
  connection.onRequest('ping', () => ({}));
  connection.onRequest('tools/list', () => ({ tools: tools.map(listed) }));
  connection.onRequest('tools/call', (params: unknown, token: CancellationToken) =>
    call(objectOf(params), token, ended.signal),
  );
  connection.onNotification(() => {});
  // A client that died says nothing; who started this has changed then.
  const client = process.ppid;
  setInterval(() => process.ppid !== client && ended.abort(), 1000).unref();
  const closed = new Promise<void>((resolve) => connection.onClose(resolve));
  connection.listen();
  // What was asked before the end of the input is answered still.
  await Promise.race([closed, once(ended.signal, 'abort')]);
  process.stdin.destroy();
  return '';
}

interface Call {
  readonly name?: unknown;
  readonly arguments?: unknown;
}

/** @throws ResponseError for parameters of a request that have no names. */
function objectOf(params: unknown): Call & { readonly protocolVersion?: unknown } {
  if (typeof params === 'object' && params !== null) return params;
  const given = JSON.stringify(params);
  throw new ResponseError(ErrorCodes.InvalidParams, `The parameters of a request are an object; ${given} was given.`);
}

function listed({ name, title, description, schema }: Tool) {
  const annotations = { readOnlyHint: true, openWorldHint: false };
  return { name, title, description, inputSchema: z.toJSONSchema(schema, { io: 'input' }), annotations };
}

/** The protocol has a word of its own for cancelling; the connection listens for another. */
function cancelling(message: Message): Message {
  const { method, params } = message as NotificationMessage;
  if (method !== 'notifications/cancelled') return message;
  const id = (params as { requestId?: unknown } | undefined)?.requestId;
  return { ...message, method: '$/cancelRequest', params: { id } } as NotificationMessage;
}

async function call(params: Call, token: CancellationToken, ended: AbortSignal) {
  const tool = tools.find(({ name }) => name === params.name);
  if (tool === undefined) {
    const known = tools.map(({ name }) => name).join(', ');
    throw new ResponseError(ErrorCodes.InvalidParams, `There is no tool "${params.name}". The tools are: ${known}.`);
  }
  try {
    const given = tool.schema.parse(params.arguments ?? {});
    const text = await commandLine(tool.command(given), token, ended);
    return { content: [{ type: 'text', text: JSON.stringify(told(JSON.parse(text), given)) }], isError: false };
  } catch (error) {
    // What is cancelled is not answered, and the connection answers whatever ends.
    if (token.isCancellationRequested || ended.aborted) return new Promise<never>(() => {});
    const text = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    return { content: [{ type: 'text', text }], isError: true };
  }
}

/** Standard output of this program, called with these arguments. @throws UserError with what it says on standard error. */
async function commandLine(args: readonly string[], token: CancellationToken, signal: AbortSignal): Promise<string> {
  // Nothing is written for an assistant: layers of models last as long as the call.
  const env = { ...process.env, SEXTANT_CACHE: '' };
  // Over the channel of `fork` it hears when this process is gone.
  const child = fork(process.argv[1] ?? '', args, { silent: true, signal, env, killSignal: 'SIGINT' });
  // A token that was cancelled before anybody looked at it tells nobody.
  if (token.isCancellationRequested) child.kill('SIGINT');
  else token.onCancellationRequested(() => child.kill('SIGINT'));
  const said = [child.stdout, child.stderr].map((stream) => textOf(stream as Readable));
  const [[code], stdout = '', stderr = ''] = await Promise.all([once(child, 'close'), ...said]);
  if (code === 0) return stdout;
  throw new UserError(/^sextant: (?!warning: )(.*)$/m.exec(stderr)?.[1] ?? 'The command ended without a word.');
}

/** An answer at the length of a conversation; what is left away is said. */
function told(answer: Partial<Result> | readonly { id: string }[], given: Record<string, unknown>): unknown {
  if (Array.isArray(answer)) {
    if (given.method !== undefined) {
      const found = answer.find(({ id }) => id === given.method);
      if (found) return found;
      throw new UserError(`There is no method "${given.method}". Ask without it for those that there are.`);
    }
    if (given.files !== undefined) return answer;
    return answer.map(({ id, kind, title, summary, takes }) => ({ id, kind, title, summary, takes }));
  }
  const { figures, tables, ...rest } = answer as Partial<Result>;
  const cut = Object.entries(tables ?? {}).map(([key, { columns, rows }]) => {
    const left = rows.length > ROWS ? { rowsLeftOff: rows.length - ROWS } : {};
    return [key, { columns, rows: rows.slice(0, ROWS), ...left }];
  });
  return {
    ...rest,
    ...(tables && { tables: Object.fromEntries(cut) }),
    ...(figures && { figures: figures.map(({ kind, title }) => ({ kind, title })), figuresAre: 'titles only' }),
  };
}
