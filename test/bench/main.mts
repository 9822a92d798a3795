// npm run bench [-- cka|io|rbf|measures|linalg|project|extract|convergent|out-of-core|first-paint|scatter|million ...]: Sextant against
// NumPy in the same run. Each file beside this one says what it takes. What is measured is bundled, as the extension is: on their
// own, modules look up what they import each time that they use it, which loops over pairs of rows feel.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from '../../scripts/workbench/ensure.mjs';

const [what = 'cka'] = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const bench = join(root, `test/bench/${what}.mts`);
if (!/^[a-z-]+$/.test(what) || !existsSync(bench))
  throw new Error(`There is no benchmark ${what}; CONTRIBUTING.md lists them.`);
const outfile = join(root, `test/.build/bench-${what}.mjs`);
await build({
  ...{ absWorkingDir: root, entryPoints: [bench], outfile, bundle: true, logLevel: 'warning' },
  ...{ platform: 'node', format: 'esm', target: 'node20', packages: 'external', external: ['../../scripts/*'] },
});
await import(pathToFileURL(outfile).href);
