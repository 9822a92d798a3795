import { parentPort } from 'node:worker_threads';
import lzf from 'h5wasm-plugins/plugins/libH5Zlzf.so';
import make from '../../../node_modules/h5wasm/dist/esm/hdf5_util.js';
import { messageOf } from '../../protocol/errors';
import { ChunkWatch } from './chunks';
import type { H5Library } from './h5library';
import { OpenFile } from './library';
import type { Answers, Cleared, Compiled, Order, Reply, Request, Start } from './messages';
import type { Program } from './program';

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

const { Instance, instantiate } = WebAssembly;

/** The library's program is compiled once in a process, and handed to every later thread, whose memory is its own. */
async function makeLibrary(): Promise<[H5Library, ChunkWatch]> {
  let instance: WebAssembly.Instance | undefined;
  const compiled = program;
  const once = async (bytes: BufferSource, imports?: WebAssembly.Imports) => {
    WebAssembly.instantiate = instantiate;
    program = await WebAssembly.compile(bytes);
    parentPort?.postMessage({ program } satisfies Compiled);
    instance = await instantiate(program, imports);
    return { module: program, instance };
  };
  if (!compiled) WebAssembly.instantiate = once as typeof instantiate;
  const library = (await make({
    noInitialRun: true,
    ...(compiled && {
      instantiateWasm: (imports, done) => {
        instance = new Instance(compiled, imports);
        done(instance, compiled);
      },
    }),
  })) as H5Library;
  const watch = new ChunkWatch(instance?.exports as unknown as Program);
  // Plugins come in while values are read.
  class Plugin {
    readonly exports: WebAssembly.Exports;
    constructor(...given: ConstructorParameters<typeof Instance>) {
      this.exports = watch.plugin(...given).exports;
    }
  }
  WebAssembly.Instance = Plugin;
  return [library, watch];
}

async function open(start: Start): Promise<Opened> {
  bound = memoryFor(start.size);
  program ??= start.program;
  const counter = new Int32Array(start.progress);
  const progress = () => void Atomics.add(counter, 0, 1);
  printed.length = 0;
  const [library, watch] = await makeLibrary();
  progress();
  library.FS.mkdirTree(plugins);
  library.FS.writeFile(`${plugins}/libH5Zlzf.so`, lzf);
  return { library, file: new OpenFile(library, watch, start, said, progress) };
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
