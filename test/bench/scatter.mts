// npm run bench -- scatter [--points 10000,200000,1000000 --frames 60]: a scatter of so many points on the page of an analysis, in
// Chromium as the tests have it (no graphics processor: software rendering): milliseconds from the data's arrival to the first
// picture, and between the frames of a person who zooms and moves, with the share of the points that is drawn meanwhile and the
// processor time of all of the browser for a frame, which other work on the machine does not lengthen.
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../../scripts/workbench/chromium.mjs';
import { sampleEngine, show } from '../webview/harness';
import { one } from '../webview/requests';

const { values: given } = parseArgs({
  options: {
    points: { type: 'string', default: '10000,200000,1000000' },
    frames: { type: 'string', default: '60' },
  },
  allowPositionals: true,
});
const frames = Number(given.frames);
const engine = sampleEngine();
const browser = await launchChromium();
const line = (cells: readonly string[]) => process.stdout.write(`${cells.map((cell) => cell.padStart(16)).join('')}\n`);
process.stdout.write('Points of 30 clusters on a figure of 800 pixels, in software rendering.\n');
line([
  'points',
  'first picture',
  'whole redrawn',
  'zoom, median',
  '95 %',
  'move, median',
  '95 %',
  'drawn moving',
  'processor time',
]);
for (const points of given.points.split(',').map(Number)) await measure(browser, points);
await browser.close();
process.exit(0);

async function measure(browser: Browser, points: number): Promise<void> {
  const request = { ...one(), methods: [{ method: 'overview' }] };
  let send = (): void => {};
  const ready = new Promise<void>((resolve) => {
    send = resolve;
  });
  const result = { ...(await engine.run({ method: 'overview', inputs: request.inputs })), figures: [] };
  const { page } = await show(browser, engine, {
    ...{ theme: 'Dark Modern', request, width: 880, height: 900 },
    host: { run: () => ready.then(() => result) },
  });
  // The compiler of these lines names functions by a helper of its own.
  await page.evaluate('globalThis.__name = (value) => value');
  await page.evaluate((points) => {
    // Thirty clusters, as bytes like the extension host sends them.
    let state = 1;
    const uniform = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state + 0.5) / 2 ** 32;
    };
    const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    const centres = Array.from({ length: 30 }, () => [8 * normal(), 8 * normal(), 0.3 + uniform()]);
    const lists = [0, 1, 2, 3].map(() => new Float64Array(points));
    const [xs, ys, rows, index] = lists as [Float64Array, Float64Array, Float64Array, Float64Array];
    for (let i = 0; i < points; i++) {
      const [x = 0, y = 0, spread = 1] = centres[i % 30] ?? [];
      xs[i] = x + spread * normal();
      ys[i] = y + spread * normal();
      rows[i] = i;
      index[i] = (i % 30) % 10;
    }
    const packed = (list: Float64Array) => ({ packed: list });
    const figure = {
      ...{ id: 'cloud', kind: 'scatter', title: 'Cloud', rows: packed(rows) },
      panels: [{ title: '', x: { label: 'x' }, y: { label: 'y' }, xs: packed(xs), ys: packed(ys) }],
      labels: { kind: 'category', name: 'class', categories: [...'0123456789'], index: packed(index) },
    };
    const post = window.postMessage.bind(window);
    window.postMessage = (message: { value?: { figures?: unknown } }) => {
      if (message.value?.figures) {
        message.value.figures = [figure];
        performance.mark('data');
      }
      post(message);
    };
  }, points);
  send();
  const plot = page.getByRole('application', { name: /^Cloud/ });
  await plot.waitFor({ timeout: 120_000 });
  // Few points are an SVG, which leaves no mark.
  await page.waitForFunction(() => performance.getEntriesByName('sextant-scatter').length > 0, null, {
    timeout: 120_000,
  });
  await page.waitForTimeout(1000);
  await plot.focus();
  const before = spent();
  const measured = await plot.evaluate(async (element, frames) => {
    const at = (name: string) => performance.getEntriesByName(name)[0]?.startTime ?? Number.NaN;
    const first = at('sextant-scatter') - at('data');
    const next = () => new Promise<number>(requestAnimationFrame);
    const box = element.getBoundingClientRect();
    const place = {
      clientX: box.left + box.width / 2,
      clientY: box.top + box.height / 2,
      bubbles: true,
      cancelable: true,
    };
    const timed = async (act: (frame: number) => void) => {
      const times: number[] = [];
      let before = await next();
      for (let frame = 0; frame < frames; frame++) {
        act(frame);
        const now = await next();
        times.push(now - before);
        before = now;
      }
      return times.sort((a, b) => a - b);
    };
    const zoom = await timed((frame) =>
      element.dispatchEvent(new WheelEvent('wheel', { ...place, deltaY: frame < frames / 2 ? -40 : 20 })),
    );
    // No pointer is held for the browser.
    element.setPointerCapture = () => {};
    const held = { ...place, button: 0, pointerId: 1, shiftKey: true };
    element.dispatchEvent(new PointerEvent('pointerdown', held));
    const move = await timed((frame) =>
      element.dispatchEvent(
        new PointerEvent('pointermove', {
          ...held,
          clientX: held.clientX + 10 + 100 * Math.sin(frame / 5),
          clientY: held.clientY + 100 * Math.cos(frame / 5),
        }),
      ),
    );
    const share = Number((element.querySelector('canvas') as HTMLCanvasElement | null)?.dataset.every ?? 1);
    element.dispatchEvent(new PointerEvent('pointerup', held));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const whole = Number((element.querySelector('canvas') as HTMLCanvasElement | null)?.dataset.took ?? Number.NaN);
    const of = (times: readonly number[], share: number) => times[Math.floor(share * (times.length - 1))] ?? Number.NaN;
    return { first, whole, zoom: [of(zoom, 0.5), of(zoom, 0.95)], move: [of(move, 0.5), of(move, 0.95)], share };
  }, frames);
  const each = (spent() - before) / (2 * frames);
  const milliseconds = (value: number | undefined) => `${(value ?? Number.NaN).toFixed(1)} ms`;
  line([
    points.toLocaleString('en'),
    ...[measured.first, measured.whole, ...measured.zoom, ...measured.move].map(milliseconds),
    measured.share === 1 ? 'all' : `1 in ${measured.share}`,
    milliseconds(each),
  ]);
  await page.close();
}

/** Milliseconds that all processes below this one have computed. */
function spent(): number {
  const parents = new Map<number, { readonly parent: number; readonly ticks: number }>();
  for (const name of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ');
      parents.set(Number(name), { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) });
    } catch {
      // It has ended meanwhile.
    }
  }
  const below = (pid: number): boolean => {
    const { parent } = parents.get(pid) ?? { parent: 0 };
    return parent === process.pid || (parent > 1 && below(parent));
  };
  const ticks = [...parents].reduce((sum, [pid, { ticks }]) => sum + (below(pid) ? ticks : 0), 0);
  return 10 * ticks;
}
