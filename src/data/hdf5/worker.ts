import { parentPort } from 'node:worker_threads';
import lzf from 'h5wasm-plugins/plugins/libH5Zlzf.so';
import make from '../../../node_modules/h5wasm/dist/esm/hdf5_util.js';
import { messageOf } from '../../protocol/errors';
import { type H5Library, OpenFile } from './library';
import type { Answers, Cleared, Compiled, Order, Reply, Request, Start } from './messages';

// HDF5's library in a thread of its own: whatever a file makes it do, the thread can be ended. Each file has a library of its own,
// in memory of its own: what a broken one leaves behind is not there for the next.

/** Memory of the library: a chunk is unpacked whole, and good data are rarely packed to less than an eighth. */
const memoryFor = (size: number) => Math.min(2 ** 31, (224 << 20) + 8 * size);
/** Of a library that is done with, until it is collected: a larger one ends with its thread. */
const small = 64 << 20;

/** Where the library looks for filters that are not built in; in its own file system, which is in memory. */
const plugins = '/usr/local/hdf5/lib/plugin';

interface Opened {
  readonly library: H5Library;
  readonly file: OpenFile;
}

let opened: Promise<Opened> | undefined;
let program: WebAssembly.Module | undefined;
let bound = 0;

const printed: string[] = [];
console.error = console.log = (...parts: unknown[]) => {
  if (printed.length < 1000) printed.push(parts.join(' '));
};
/** The innermost reason of the last failure; the library prints the outermost first. */
function said(): string {
  const lines = printed.splice(0).flatMap((text) => text.split('\n'));
  const reasons = lines.flatMap((line) => /\(\): (.+)$/.exec(line)?.[1] ?? []);
  return reasons.at(-1) ?? '';
}

const { grow } = WebAssembly.Memory.prototype;
WebAssembly.Memory.prototype.grow = function (pages) {
  if (this.buffer.byteLength + pages * 65_536 > bound) throw new RangeError('out of memory');
  return grow.call(this, pages);
};

/** The library's program is compiled once in a process, and handed to every later thread, whose memory is its own. */
function makeLibrary(): Promise<unknown> {
  const compiled = program;
  if (compiled)
    return make({
      noInitialRun: true,
      instantiateWasm: (imports, done) => done(new WebAssembly.Instance(compiled, imports), compiled),
    });
  const { instantiate } = WebAssembly;
  const once = async (bytes: BufferSource, imports?: WebAssembly.Imports) => {
    WebAssembly.instantiate = instantiate;
    program = await WebAssembly.compile(bytes);
    parentPort?.postMessage({ program } satisfies Compiled);
    return { module: program, instance: await instantiate(program, imports) };
  };
  WebAssembly.instantiate = once as typeof instantiate;
  return make({ noInitialRun: true });
}

async function open(start: Start): Promise<Opened> {
  bound = memoryFor(start.size);
  program ??= start.program;
  const counter = new Int32Array(start.progress);
  const progress = () => void Atomics.add(counter, 0, 1);
  printed.length = 0;
  const library = (await makeLibrary()) as H5Library;
  progress();
  library.FS.mkdirTree(plugins);
  library.FS.writeFile(`${plugins}/libH5Zlzf.so`, lzf);
  return { library, file: new OpenFile(library, start, said, progress) };
}

function answer(file: OpenFile, request: Request): Answers[keyof Answers] {
  if (request.kind === 'list') return file.list(request.matlab);
  if (request.kind === 'values') return file.values(request.name, request.start, request.count);
  if (request.kind === 'cells') return file.cells(request.name, request.start, request.count, request.bytes);
  return file.texts(request.name, request.start, request.count, request.bytes);
}

async function close(): Promise<void> {
  const closing = opened;
  opened = undefined;
  const size = await closing?.then(
    ({ library }) => library.HEAPU8.length,
    () => 0,
  );
  parentPort?.postMessage({ small: (size ?? 0) <= small } satisfies Cleared);
}

parentPort?.on('message', async (order: Order) => {
  if (order.kind === 'close') return close();
  if (order.kind === 'open') {
    opened = open(order);
    opened.catch(() => {});
    return;
  }
  let reply: Reply;
  try {
    if (!opened) throw new Error('no file is open');
    reply = { ok: answer((await opened).file, order) };
  } catch (error) {
    reply = { error: messageOf(error), fatal: error instanceof WebAssembly.RuntimeError };
  }
  parentPort?.postMessage(reply, 'ok' in reply && reply.ok instanceof ArrayBuffer ? [reply.ok] : []);
});
