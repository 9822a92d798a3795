import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeModel, type Graph } from './onnx';

type Runtime = typeof import('onnxruntime-node');

/** A dense array with its shape, as a graph takes and gives it. */
export interface Block {
  readonly data: Float32Array | Float64Array | BigInt64Array | Int32Array;
  readonly shape: readonly number[];
}

let runtime: Runtime | undefined;
let threads = 0;
const sessions = new Map<string, Promise<InferenceSession>>();

/** Loads onnxruntime on first use: it takes tens of milliseconds and 20 MB, which small work never needs. */
export async function onnxruntime(): Promise<Runtime> {
  if (runtime === undefined) {
    // Unless it is told so first, it reports to its makers on what it runs, and keeps a number for that in the home folder.
    process.env.ORT_DISABLE_TELEMETRY = '1';
    runtime = await import('onnxruntime-node');
    // What is wrong is thrown, and told in our words; its own would stand before them on standard error.
    runtime.env.logLevel = 'fatal';
  }
  return runtime;
}

/** Threads for every product from now on; 0, the default, is one for each core. Callers use that of products.ts. */
export function setThreads(count: number): void {
  if (!Number.isInteger(count) || count < 0) throw new RangeError(`A number of threads is 0, 1, 2, ...; got ${count}.`);
  if (count === threads) return;
  threads = count;
  sessions.clear();
}

const PROCESSORS = '/sys/devices/system/cpu';
let counted: number | undefined;

/**
 * Threads of a session: as set; otherwise one for each core that this process may run on, where processors that share a core count
 * once. Left to itself onnxruntime takes half of the processors where it cannot look into them, as in many containers, or all that
 * the machine has, whatever it may have of them. Windows tells it.
 */
export function sessionThreads(): number {
  counted ??= process.platform === 'win32' ? 0 : Math.min(availableParallelism(), cores());
  return threads || counted;
}

/** Of the machine, where it tells. */
function cores(): number {
  try {
    const processors = readdirSync(PROCESSORS).filter((name) => /^cpu\d+$/.test(name));
    const sharing = (name: string) => readFileSync(`${PROCESSORS}/${name}/topology/thread_siblings_list`, 'latin1');
    return new Set(processors.map(sharing)).size || Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

export async function runtimeVersion(): Promise<string> {
  const { env } = await onnxruntime();
  return env.versions.node ?? env.versions.common;
}

/** As set; 0: one for each core. */
export function threadCount(): number {
  return threads;
}

/**
 * Runs a graph. The session is made once for each `name`, which therefore has to say all that the graph depends on but
 * the shapes. Where `into` is given, the output of that name is written there; what is returned is a copy, as
 * onnxruntime-node makes it. `serial` keeps to the calling thread.
 */
export async function runGraph(
  name: string,
  graph: () => Graph,
  inputs: Readonly<Record<string, Block>>,
  { into = {}, serial = false }: { into?: Readonly<Record<string, Block>>; serial?: boolean } = {},
): Promise<Record<string, Tensor>> {
  const { InferenceSession: Session, Tensor: Value } = await onnxruntime();
  const id = serial ? `${name} serial` : name;
  let session = sessions.get(id);
  if (session === undefined) {
    session = Session.create(encodeModel(graph()), {
      intraOpNumThreads: serial ? 1 : sessionThreads(),
      interOpNumThreads: 1,
      // Both keep freed buffers for the next run: of no use where every run has its own shapes, and memory is bounded.
      enableCpuMemArena: false,
      enableMemPattern: false,
      // Threads that wait by spinning would hold the cores between calls: three times the time where others work too.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
      logSeverityLevel: 3,
    });
    sessions.set(id, session);
    // The next one may be made: memory was short.
    session.catch(() => sessions.delete(id));
  }
  const tensors = (blocks: Readonly<Record<string, Block>>) =>
    Object.fromEntries(Object.entries(blocks).map(([key, { data, shape }]) => [key, new Value(data as never, shape)]));
  const opened = await session;
  const outputs = tensors(into);
  for (const output of opened.outputNames) outputs[output] ??= null as never;
  return opened.run(tensors(inputs), outputs) as Promise<Record<string, Tensor>>;
}
