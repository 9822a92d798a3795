// npm run bench [-- cka|io|rbf|measures|linalg|project|extract|convergent|out-of-core|first-paint|scatter|million ...]: Sextant against
// NumPy in the same run. Each file beside this one says what it takes. What is measured is bundled, as the extension is: on their
// own, modules look up what they import each time that they use it, which loops over pairs of rows feel.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
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
// In a process of its own, with pages as large as the engine's.
const env = { ...process.env, GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };
const { status } = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], { env, stdio: 'inherit' });
process.exitCode = status ?? 1;
