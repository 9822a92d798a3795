// npm run bench -- million [--rows 1000000 --columns 16]: a .npy file of so many rows looked at in a window of its own (*Look at a
// Space…*), as a person would: seconds from the click to the map of all rows on screen, what the frames take while it is enlarged
// by the wheel, how long a row that is pointed at takes to be named, and the memory of the extension host, of the engine and of
// the page before and after. The file is made for it and deleted.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureProject, ensureWorkbench } from '../../scripts/workbench/ensure.mjs';
import { installExtension } from '../../scripts/workbench/server.mjs';
import { packageExtension } from '../../scripts/workbench/vsix.mjs';
import { Random } from '../../src/linalg/random';
import { vsix } from '../browser/setup';
import { Workbench } from '../browser/workbench';

const { values: given } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, columns: { type: 'string', default: '16' } },
  allowPositionals: true,
});
const [rows, columns] = [Number(given.rows), Number(given.columns)];
const patience = { timeout: 300_000 };

await ensureProject();
await ensureWorkbench();
await packageExtension(vsix);
const workbench = await Workbench.open(await installExtension(vsix), (workspace) => {
  clusters(join(workspace, 'million.npy'), rows, columns);
});
workbench.page.setDefaultTimeout(patience.timeout);
const say = (what: string, value: string) => process.stdout.write(`${what.padEnd(52)} ${value}\n`);
const memory = () =>
  ['--type=extensionHost', '/dist/engine.js'].map((words) => `${megabytes(words).toFixed(0)} MB`).join(', ');
try {
  say(`${rows} x ${columns}; memory of host and engine before`, memory());
  const start = performance.now();
  await workbench.rightClick(['million.npy'], 'Look at a Space…');
  const page = workbench.webview();
  const canvas = page.locator('figure canvas').first();
  await page.getByText('Everything is computed.').waitFor({ state: 'attached', ...patience });
  await canvas.waitFor(patience);
  say('from the click to the map of all rows', `${((performance.now() - start) / 1000).toFixed(1)} s`);
  say('memory of host and engine after', memory());
  say('drawn', JSON.stringify(await canvas.evaluate((element) => ({ ...(element as HTMLElement).dataset }))));
  const plot = page.getByRole('application').first();
  await plot.focus();
  const times = await plot.evaluate(async (element) => {
    const box = element.getBoundingClientRect();
    const place = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 };
    const found: number[] = [];
    for (let i = 0, before = performance.now(); i < 30; i++) {
      element.dispatchEvent(new WheelEvent('wheel', { ...place, deltaY: -30, bubbles: true, cancelable: true }));
      await new Promise(requestAnimationFrame);
      found.push(performance.now() - before);
      before = performance.now();
    }
    return found.sort((a, b) => a - b);
  });
  say('frames while it is enlarged: median, 95 %', `${times[15]?.toFixed(0)} ms, ${times[28]?.toFixed(0)} ms`);
  const box = await plot.boundingBox();
  const pointed = performance.now();
  if (box) await workbench.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.locator('.tooltip .name').first().waitFor(patience);
  say('from the pointer to the name of a row', `${(performance.now() - pointed).toFixed(0)} ms`);
  await workbench.screenshot('map');
  for (const error of workbench.errors) say('error', error);
} catch (error) {
  await workbench.screenshot('failed');
  throw error;
} finally {
  await workbench.close();
}

/** Resident memory of the processes of this workbench whose command line has these words; 0 without any. */
function megabytes(words: string): number {
  return workbench.processes(words).reduce((sum, pid) => {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return sum + Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  }, 0);
}

/** Thirty clusters of float32. */
function clusters(path: string, height: number, width: number): void {
  const random = new Random(1);
  const middles = Float32Array.from({ length: 30 * width }, () => 3 * random.normal());
  const data = Float32Array.from({ length: height * width }, (_, k) => {
    const [i, j] = [Math.floor(k / width), k % width];
    return (middles[(i % 30) * width + j] as number) + random.normal();
  });
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${height}, ${width}), }`.padEnd(117).concat('\n');
  const file = openSync(path, 'w');
  writeSync(file, Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(text.length)}\0${text}`, 'latin1'));
  writeSync(file, Buffer.from(data.buffer));
  closeSync(file);
}
