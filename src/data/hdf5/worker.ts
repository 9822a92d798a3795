import { parentPort, workerData } from 'node:worker_threads';
import lzf from 'h5wasm-plugins/plugins/libH5Zlzf.so';
import { messageOf } from '../../protocol/errors';
import { type H5Library, OpenFile } from './library';
import type { Answers, Compiled, Reply, Request, Start } from './messages';

// HDF5's library in a thread of its own: whatever a file makes it do, the thread can be ended.

/** Memory of the library: a chunk is unpacked whole, and good data are rarely packed to less than an eighth. */
const memoryFor = (size: number) => Math.min(2 ** 31, (224 << 20) + 8 * size);

/** Where the library looks for filters that are not built in; in its own file system, which is in memory. */
const plugins = '/usr/local/hdf5/lib/plugin';

const start = workerData as Start;
const counter = new Int32Array(start.progress);
const progress = () => void Atomics.add(counter, 0, 1);

const printed: string[] = [];
/** The innermost reason of the last failure; the library prints the outermost first. */
function said(): string {
  const lines = printed.splice(0).flatMap((text) => text.split('\n'));
  const reasons = lines.flatMap((line) => /\(\): (.+)$/.exec(line)?.[1] ?? []);
  return reasons.at(-1) ?? '';
}

function boundMemory(bound: number): void {
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (pages) {
    if (this.buffer.byteLength + pages * 65_536 > bound) throw new RangeError('out of memory');
    return grow.call(this, pages);
  };
}

/** The library's program is compiled once in a process, and handed to every later thread, whose memory is its own. */
function compileOnce(): void {
  const { instantiate } = WebAssembly;
  const once = async (bytes: BufferSource, imports?: WebAssembly.Imports) => {
    WebAssembly.instantiate = instantiate;
    const module = start.program ?? (await WebAssembly.compile(bytes));
    if (!start.program) parentPort?.postMessage({ program: module } satisfies Compiled);
    return { module, instance: await instantiate(module, imports) };
  };
  WebAssembly.instantiate = once as typeof instantiate;
}

async function openFile(): Promise<OpenFile> {
  console.error = console.log = (...parts: unknown[]) => {
    if (printed.length < 1000) printed.push(parts.join(' '));
  };
  boundMemory(memoryFor(start.size));
  compileOnce();
  const { ready } = await import('h5wasm');
  const library = (await ready) as unknown as H5Library;
  progress();
  library.FS.mkdirTree(plugins);
  library.FS.writeFile(`${plugins}/libH5Zlzf.so`, lzf);
  return new OpenFile(library, start, said, progress);
}

function answer(file: OpenFile, request: Request): Answers[keyof Answers] {
  if (request.kind === 'list') return file.list(request.matlab);
  if (request.kind === 'values') return file.values(request.name, request.start, request.count);
  if (request.kind === 'cells') return file.cells(request.name, request.start, request.count, request.bytes);
  return file.texts(request.name, request.start, request.count, request.bytes);
}

const opened = openFile();
opened.catch(() => {});
parentPort?.on('message', async (request: Request) => {
  let reply: Reply;
  try {
    reply = { ok: answer(await opened, request) };
  } catch (error) {
    reply = { error: messageOf(error), fatal: error instanceof WebAssembly.RuntimeError };
  }
  parentPort?.postMessage(reply, 'ok' in reply && reply.ok instanceof ArrayBuffer ? [reply.ok] : []);
});
