// npm run bench -- measures [--rows 2000 --columns 512 --runs 3 --threads 1 --only rsa,imd]: each measure of a pair by itself, beside NumPy and
// SciPy in float64, alternating in the same run; then all of them in one comparison, as `sextant compare --measure all` computes
// them. Values are those of a comparison: no figures where a measure has a way without. Processor seconds are of all threads.
// Short measures run more often, so that what is compiled as it is needed, which an engine does once, is no part of the least.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePython } from '../../scripts/workbench/ensure.mjs';
import { temporaryFolder } from '../../scripts/workbench/process.mjs';
import { chooseMeasures, compare } from '../../src/engine/compare';
import { contextOf } from '../../src/engine/context';
import { Matrix } from '../../src/linalg/matrix';
import { collectLess, free } from '../../src/linalg/memory';
import { crossProduct, setThreads } from '../../src/linalg/products';
import { Random } from '../../src/linalg/random';
import { catalogue } from '../../src/methods/catalogue';
import type { Context, Labels, Method, Representation } from '../../src/methods/method';
import { median, openblas, writeNpy } from './measure.mjs';
import { least, startPeer, type Taken, timed } from './peer.mjs';

const { values: given } = parseArgs({
  options: {
    rows: { type: 'string', default: '2000' },
    columns: { type: 'string', default: '512' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string' },
    alone: { type: 'boolean', default: false },
    threads: { type: 'string', default: '0' },
  },
  allowPositionals: true,
});
const [rows, columns, runs] = [Number(given.rows), Number(given.columns), Number(given.runs)];
const memory = 8 * 2 ** 30;
const threads = Number(given.threads);
setThreads(threads);
// As the thread that computes does.
collectLess();
const desk = { signal: new AbortController().signal, progress: () => {} };

/** The second is a linear image of the first and as much noise. */
function related(): readonly [Float32Array, Float32Array] {
  const random = new Random(0);
  const normal = (length: number) => Float32Array.from({ length }, () => random.normal());
  const x = normal(rows * columns);
  for (let k = 0; k < x.length; k++) x[k] = (x[k] as number) / Math.sqrt(1 + (k % columns) / 8) + 0.1;
  const noise = normal(rows * columns);
  const y = x.map(
    (_, k) => (x[k - (k % columns) + (((k % columns) * 7 + 3) % columns)] as number) + 0.3 * (noise[k] as number),
  );
  return [x, y];
}

/** Seconds of a measure after which it has run often enough; and of its peer. */
const ENOUGH = 4;
const PATIENCE = 30;

/** Processor seconds of each part that measures of one comparison share, the least there was. */
const parts = new Map<string, number>();

/** Parameters of a measure that would compare nothing with what it takes by itself: all potentials but a row's own would be zero. */
const CHOSEN: Readonly<Record<string, object>> = {
  'uniformity-difference': { t: 0.02 },
  // One start, and one draw of rows: the peers take many seconds for each.
  'stochastic-shape': { restarts: 0 },
  rtd: { trials: 1 },
};

/** Classes or conditions, of those that take them. */
const CLASSES: Readonly<Record<string, number>> = { 'class-subspace-similarity': 10, 'stochastic-shape': 100 };

/** So many classes, counted off. */
function classesOf(index: Int32Array, count: number): Labels {
  const categories = Array.from({ length: count }, (_, k) => String(k));
  return { kind: 'category', name: 'class', categories, index: index.map((row) => row % count) };
}

/** The value; `shared` is told the processor seconds of the parts that went into it. */
async function scoreOf(
  method: Method,
  inputs: readonly Representation[],
  shared: (seconds: number) => void = () => {},
): Promise<number | null> {
  const [x, y] = inputs as [Representation, Representation];
  const index = Int32Array.from({ length: rows }, (_, i) => i);
  const classes = CLASSES[method.id];
  const labels = classes && classesOf(index, classes);
  const plain = contextOf(desk, 0, { index, ...(labels && { labels }) }, 0, memory);
  let depth = 0;
  const made = new Map<string, unknown>();
  const context: Context = {
    ...plain,
    bare: true,
    async kept<T>(of: Matrix, key: string, _bytes: number, make: () => Promise<T>) {
      const name = `${inputs.findIndex(({ matrix }) => matrix === of)} ${key}`;
      if (made.has(name)) return made.get(name) as T;
      const before = process.cpuUsage();
      depth++;
      const one = await make();
      depth--;
      const { user, system } = process.cpuUsage(before);
      made.set(name, one);
      // Neither what is part of a part, nor what the first run on few rows makes.
      if (depth > 0 || inputs !== pair) return one;
      parts.set(name, Math.min(parts.get(name) ?? Number.POSITIVE_INFINITY, (user + system) / 1e6));
      shared((user + system) / 1e6);
      return one;
    },
  };
  const parameters = method.parameters.parse(CHOSEN[method.id] ?? {});
  if (method.sweep) return (await method.sweep([x], [y], parameters, context)).values[0] ?? null;
  return (await method.run([x, y], parameters, context)).values[method.values[0]?.key ?? ''] ?? null;
}

if (!given.alone) await ensurePython();
const [x, y] = related();
const folder = temporaryFolder('sextant-bench-');
const files = [join(folder, 'a.npy'), join(folder, 'b.npy')] as const;
writeNpy(files[0], x, rows, columns);
writeNpy(files[1], y, rows, columns);
const pair = [
  { name: 'a', matrix: new Matrix(x, rows, columns) },
  { name: 'b', matrix: new Matrix(y, rows, columns) },
] as const;
const small = pair.map(({ name, matrix }) => ({ name, matrix: matrix.slice(0, Math.min(rows, 300)) }));
const measures = chooseMeasures(catalogue, given.only ? given.only.split(',') : ['all']);

const peer = given.alone ? null : startPeer('measures.py', files, threads);

process.stdout.write(
  `Measures of two representations of ${rows} x ${columns} float32; least of ${runs} runs or more\n`,
);
if (peer) process.stdout.write(`NumPy ${openblas()}; ${threads || availableParallelism()} threads\n`);
process.stdout.write(
  `\n${'measure'.padEnd(28)}${['s', 'NumPy s', 'ratio', 'cpu s', 'NumPy', 'ratio'].map((word) => word.padStart(9)).join('')}   difference\n`,
);
const wholes: { ours: number; theirs: number; shared: boolean; parts: number }[] = [];
const text = (value: number) => value.toFixed(3).padStart(9);

function report(name: string, ours: readonly Taken[], theirs: readonly Taken[]): void {
  const own = least(ours);
  if (theirs.length === 0) {
    process.stdout.write(`${name.padEnd(28)}${text(own.seconds)}${''.padStart(18)}${text(own.cpu)}\n`);
    return;
  }
  const other = least(theirs);
  const [a, b] = [own.value ?? Number.NaN, other.value ?? Number.NaN];
  const cells = [own.seconds, other.seconds, own.seconds / other.seconds, own.cpu, other.cpu, own.cpu / other.cpu]
    .map(text)
    .join('');
  process.stdout.write(`${name.padEnd(28)}${cells}   ${Math.abs(a - b).toExponential(1)}\n`);
}

// What measures that are nothing but products cannot fall below.
if (peer) {
  const [ours, theirs]: [Taken[], Taken[]] = [[], []];
  const product = async () => {
    const [a, b] = pair.map(({ matrix }) => matrix.toDouble()) as [Matrix, Matrix];
    const { data } = await crossProduct(a, b);
    free(a.data, b.data);
    return data[0] ?? null;
  };
  for (let run = 0; run < 2 * runs; run++) {
    ours.push(await timed(product));
    theirs.push((await peer.ask('product')) as Taken);
  }
  report('(XᵀY alone)', ours, theirs);
}
for (const method of measures) {
  const [ours, theirs]: [Taken[], Taken[]] = [[], []];
  // What is compiled and loaded the first time is left out.
  await scoreOf(method, small);
  let kept = Number.POSITIVE_INFINITY;
  let [spent, waited] = [0, 0];
  for (let run = 0; run < runs || (spent < ENOUGH && waited < PATIENCE); run++) {
    let seconds = 0;
    const own = await timed(() =>
      scoreOf(method, pair, (more) => {
        seconds += more;
      }),
    );
    kept = Math.min(kept, seconds);
    spent += own.seconds;
    const other = (await peer?.ask(method.id)) ?? null;
    ours.push(own);
    if (other) {
      theirs.push(other as Taken);
      waited += (other as Taken).seconds;
    }
  }
  wholes.push({
    ours: least(ours).cpu,
    theirs: theirs.length > 0 ? least(theirs).cpu : 0,
    shared: theirs.length > 0,
    parts: kept,
  });
  report(method.id, ours, theirs);
}
peer?.end();

const request = {
  inputs: [{ path: files[0] }],
  against: [{ path: files[1] }],
  measures: measures.map(({ id }) => id),
  seed: 0,
};
const together: Taken[] = [];
for (let run = 0; run < runs; run++)
  together.push(
    await timed(async () => {
      const { warnings } = await compare({ request, base: folder, memory } as never, catalogue, desk as never);
      return warnings.length;
    }),
  );
const alone = wholes.reduce((sum, { ours }) => sum + ours, 0);
const peers = wholes.filter(({ shared }) => shared);
const sum = (of: (one: (typeof wholes)[number]) => number, some = wholes) =>
  some.reduce((total, one) => total + of(one), 0);
process.stdout.write(
  `\nsum of the measures alone   ${text(alone)} cpu s; of those with a peer ${text(sum(({ ours }) => ours, peers))}, NumPy ${text(sum(({ theirs }) => theirs, peers))}\n`,
);
// What all would take if nothing were computed twice: what measures share once, and the rest of each.
const once = Array.from(parts.values()).reduce((total, seconds) => total + seconds, 0);
const rest = sum(({ ours, parts: kept }) => Math.max(0, ours - kept));
process.stdout.write(
  `shared parts, each once     ${text(once)} cpu s (${parts.size} of them); the rest of the measures ${text(rest)}; together ${text(once + rest)}\n`,
);
process.stdout.write(
  `all in one comparison       ${text(median(together.map(({ cpu }) => cpu)))} cpu s, ${text(median(together.map(({ seconds }) => seconds)))} s\n`,
);
