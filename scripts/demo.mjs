// npm run demo: a VS Code in the browser with the packaged extension, on a copy of the sample workspace, with an
// analysis on screen. It listens on this machine alone, opens nothing itself and ends with Ctrl-C. `npm run demo -- FILE`
// shows a package that there is already.
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureProject, ensureWorkbench, Missing, root } from './workbench/ensure.mjs';
import { endOnInterrupt, temporaryFolder } from './workbench/process.mjs';
import { installExtension, startServer } from './workbench/server.mjs';
import { packageExtension } from './workbench/vsix.mjs';
import { openInWindows, windowAddress } from './workbench/windows.mjs';

endOnInterrupt(0);
try {
  await ensureProject();
  await ensureWorkbench();
} catch (error) {
  if (!(error instanceof Missing)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

const [given] = process.argv.slice(2);
process.stdout.write(`${given === undefined ? 'Building and installing' : 'Installing'} Sextant\n`);
const folder = temporaryFolder();
const vsix = given ?? join(folder, 'sextant.vsix');
if (given === undefined) await packageExtension(vsix);
const workspace = join(folder, 'samples');
cpSync(join(root, 'media/samples'), workspace, { recursive: true });
const analysis = readdirSync(workspace).find((name) => name.endsWith('.sextant'));

const server = await startServer({ extensions: await installExtension(vsix) });
process.stdout.write(`Sextant is at ${windowAddress(server.port, workspace)}\n`);
process.stdout.write('Ctrl-C ends it.\n');
if (analysis !== undefined) openInWindows(server.folder, join(workspace, analysis));
await server.ended;
process.stderr.write('code-server ended by itself.\n');
process.exit(1);
