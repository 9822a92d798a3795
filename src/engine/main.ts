import { totalmem } from 'node:os';
import { join } from 'node:path';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { catalogue } from '../methods/catalogue';
import { serveEngine } from '../protocol/rpc';
import { Engine } from './engine';
import { Jobs } from './jobs';

// The entry of dist/engine.js: a child process that answers over its IPC channel (child_process.fork).

/**
 * Ends this process at once; whoever started it sees SIGKILL, and starts another. `process.exit` would wait for the
 * worker's native code, then abort.
 */
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}

// The failed jobs' answers have to be on their way first.
const jobs = new Jobs(join(__dirname, 'worker.js'), () => setTimeout(end, 50));
const settings = { memory: totalmem() / 2, threads: 0, cache: null };
const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
serveEngine(connection, new Engine(jobs, catalogue, settings, process.cwd()));
connection.listen();
process.on('disconnect', end);
