// npm run bench -- first-paint [--rows 5000000 --columns 256 --times 3]: a .npy file of 5 GB opened in the viewer, as a person
// would, in a window of its own: milliseconds from the double click to the first values of its table on screen, and the memory
// of the extension host and of the engine before and after; beside a file of ten rows, and a small picture in VS Code's own
// preview, which is what the machine takes for any page. Files are sparse, made for it and deleted.
import { closeSync, copyFileSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureProject, ensureWorkbench, root } from '../../scripts/workbench/ensure.mjs';
import { installExtension } from '../../scripts/workbench/server.mjs';
import { packageExtension } from '../../scripts/workbench/vsix.mjs';
import { vsix } from '../browser/setup';
import { Workbench } from '../browser/workbench';

const { values: given } = parseArgs({
  options: {
    rows: { type: 'string', default: '5000000' },
    columns: { type: 'string', default: '256' },
    times: { type: 'string', default: '3' },
  },
  allowPositionals: true,
});
const [rows, columns, times] = [given.rows, given.columns, given.times].map(Number) as [number, number, number];
const names = Array.from({ length: times }, (_, i) => `large-${i}.npy`);
const pictures = names.map((_, i) => `picture-${i}.png`);

await ensureProject();
await ensureWorkbench();
await packageExtension(vsix);
const workbench = await Workbench.open(await installExtension(vsix), (workspace) => {
  for (const name of names) sparse(join(workspace, name), rows, columns);
  for (const name of pictures) copyFileSync(join(root, 'media/icon.png'), join(workspace, name));
  for (const name of ['first.npy', 'small.npy']) sparse(join(workspace, name), 10, columns);
});
// The first page of a window takes longest.
workbench.page.setDefaultTimeout(120_000);
try {
  // Whoever looks at a large file has looked at others: the host, the page's code and the engine are there.
  await workbench.rightClick(['first.npy'], 'Open Representation');
  await painted('first.npy');
  process.stdout.write(`${rows} x ${columns} float32, ${((4 * rows * columns) / 1e9).toFixed(2)} GB\n`);
  process.stdout.write('file             first values   extension host       engine\n');
  const memory = () => [megabytes('--type=extensionHost'), megabytes('/dist/engine.js')] as const;
  await closeEditor();
  const before = memory();
  process.stdout.write(line('before', '', before));
  for (const name of ['small.npy', ...names.flatMap((large, i) => [pictures[i] as string, large])]) {
    process.stdout.write(line(name, `${Math.round(await open(name))} ms`, memory()));
    await closeEditor();
  }
} finally {
  await workbench.close();
}

/** Milliseconds until the first values are on screen. */
async function open(name: string): Promise<number> {
  const row = await workbench.row(name);
  const start = performance.now();
  await row.dblclick();
  if (pictures.includes(name)) await workbench.webview().locator('img').waitFor();
  else await painted(name);
  return performance.now() - start;
}

/** What the page still computes of its file ends with it. */
async function closeEditor(): Promise<void> {
  const tabs = workbench.page.locator('.tabs-container .tab');
  const open = await tabs.count();
  await workbench.page.locator('.tabs-container .tab.active').click({ button: 'middle' });
  await tabs.nth(open - 1).waitFor({ state: 'detached' });
}

async function painted(name: string): Promise<void> {
  const page = workbench.webview();
  await page.getByRole('heading', { level: 1, name }).waitFor();
  await page.locator('[role=row] [role=gridcell]').first().waitFor();
}

function line(name: string, time: string, [host, engine]: readonly [number, number]): string {
  const memory = (value: number) => `${value.toFixed(0)} MB`;
  return `${name.padEnd(14)} ${time.padStart(14)} ${memory(host).padStart(16)} ${memory(engine).padStart(12)}\n`;
}

/** Resident memory of the processes of this workbench whose command line has these words; 0 without any. */
function megabytes(words: string): number {
  return workbench.processes(words).reduce((sum, pid) => {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return sum + Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  }, 0);
}

function sparse(path: string, height: number, width: number): void {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${height}, ${width}), }`.padEnd(117).concat('\n');
  const file = openSync(path, 'w');
  writeSync(file, Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(text.length)}\0${text}`, 'latin1'));
  closeSync(file);
  truncateSync(path, 10 + text.length + 4 * height * width);
}
