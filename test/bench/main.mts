// npm run bench [-- cka|io|rbf|measures|linalg|project|extract|convergent|out-of-core|first-paint|scatter|million ...]: Sextant against NumPy in the same run. Each file beside this one says what it takes.
const [what = 'cka'] = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const benches: Record<string, () => Promise<unknown>> = {
  cka: () => import('./cka.mjs'),
  io: () => import('./io.mjs'),
  rbf: () => import('./rbf.mjs'),
  measures: () => import('./measures.mjs'),
  linalg: () => import('./linalg.mjs'),
  project: () => import('./project.mjs'),
  extract: () => import('./extract.mjs'),
  convergent: () => import('./convergent.mjs'),
  'out-of-core': () => import('./out-of-core.mjs'),
  'first-paint': () => import('./first-paint.mjs'),
  scatter: () => import('./scatter.mjs'),
  million: () => import('./million.mjs'),
};
const bench = benches[what];
if (bench === undefined)
  throw new Error(`There is no benchmark ${what}; there are ${Object.keys(benches).join(', ')}.`);
await bench();
