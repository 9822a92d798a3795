// npm run demo: a VS Code in the browser with the packaged extension, on a copy of the sample workspace, with an
// analysis on screen. It listens on this machine alone, opens nothing itself and ends with Ctrl-C.
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureProject, ensureWorkbench, Missing, root } from './workbench/ensure.mjs';
import { endOnInterrupt, temporaryFolder } from './workbench/process.mjs';
import { startServer, windowAddress } from './workbench/server.mjs';
import { packageExtension } from './workbench/vsix.mjs';

endOnInterrupt(0);
try {
  await ensureProject();
  await ensureWorkbench();
} catch (error) {
  if (!(error instanceof Missing)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

process.stdout.write('Building and installing Sextant\n');
const folder = temporaryFolder();
const vsix = join(folder, 'sextant.vsix');
await packageExtension(vsix);
const workspace = join(folder, 'samples');
cpSync(join(root, 'media/samples'), workspace, { recursive: true });
const analysis = readdirSync(workspace).find((name) => name.endsWith('.sextant'));

const { port, ended } = await startServer({ vsix });
const open =
  analysis === undefined ? [] : [['openFile', `vscode-remote://localhost:${port}${join(workspace, analysis)}`]];
process.stdout.write(`Sextant is at ${windowAddress(port, workspace, /** @type {[string, string][]} */ (open))}\n`);
process.stdout.write('Ctrl-C ends it.\n');
await ended;
process.stderr.write('code-server ended by itself.\n');
process.exit(1);
