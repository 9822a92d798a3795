import { createMessageConnection, IPCMessageReader } from 'vscode-jsonrpc/node';
import { PackedWriter } from '../protocol/ipc';
import { serveEngine } from '../protocol/rpc';
import { defaultSettings, localEngine } from './local';

// The entry of dist/engine.js: a child process that answers over its IPC channel (child_process.fork).

/**
 * Ends this process at once; whoever started it sees SIGKILL, and starts another. `process.exit` would wait for the
 * worker's native code, then abort.
 */
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}

// The failed jobs' answers have to be on their way first.
const engine = localEngine(defaultSettings(), () => setTimeout(end, 50));
const connection = createMessageConnection(new IPCMessageReader(process), new PackedWriter(process));
serveEngine(connection, engine);
connection.listen();
process.on('disconnect', end);
