// Runs the suites of test/host inside the extension host, on a fresh copy of the sample workspace: in the VS Code that
// VSCODE_TEST_BIN names, otherwise in a desktop VS Code that @vscode/test-electron downloads.
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { root } from './workbench/ensure.mjs';
import { temporaryFolder } from './workbench/process.mjs';

const suites = join(root, 'test/host');
const out = join(root, 'test/.build/host');
// A suite that is no longer there must not run.
rmSync(out, { recursive: true, force: true });
await build({
  entryPoints: readdirSync(suites).flatMap((name) => (name.endsWith('.ts') ? [join(suites, name)] : [])),
  outdir: out,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  sourcemap: 'inline',
  logLevel: 'warning',
  external: ['vscode', 'mocha', 'onnxruntime-node', '@duckdb/node-api'],
});

const workspace = temporaryFolder('sextant-workspace-');
cpSync(join(root, 'media/samples'), workspace, { recursive: true });
const executable = process.env.VSCODE_TEST_BIN;
try {
  await runTests({
    ...(executable === undefined ? {} : { vscodeExecutablePath: executable }),
    extensionDevelopmentPath: root,
    extensionTestsPath: join(out, 'index.js'),
    launchArgs: [workspace],
  });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
