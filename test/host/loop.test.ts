import assert from 'node:assert/strict';
import { join } from 'node:path';
import { command, computed, inFolder, noise, withMeasures, writeNpy } from './support';

/** Milliseconds that this thread has worked, which other programs on the machine do not lengthen; else of the clock. */
function worked(): number {
  const usage = (process as { threadCpuUsage?(): { user: number; system: number } }).threadCpuUsage?.();
  return usage ? (usage.user + usage.system) / 1000 : performance.now();
}

/** The longest that the event loop is held while `work` runs. */
async function longestHold(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = worked();
  let over = false;
  const tick = () => {
    const now = worked();
    longest = Math.max(longest, now - last);
    last = now;
    if (!over) setTimeout(tick, 1);
  };
  setTimeout(tick, 1);
  await work();
  over = true;
  return longest;
}

suite('extension host', () => {
  test('is never held for 50 ms while large files are compared', async function () {
    this.timeout(180_000);
    await inFolder(async (folder) => {
      const measures = ['linear-cka', 'procrustes', 'mutual-knn', 'rsa', 'hard-matching', 'relative-agreement'];
      const compare = async (rows: number, columns: number) => {
        const names = [`a${rows}.npy`, `b${rows}.npy`];
        const files = await Promise.all(names.map((name, i) => writeNpy(join(folder, name), rows, columns, noise(i))));
        return longestHold(async () => {
          const session = await command('compareRepresentations', files[0], files);
          assert(session);
          await computed(session);
        });
      };
      await withMeasures(measures, async () => {
        await compare(100, 8);
        const held = await compare(4000, 128);
        assert(held < 50, `held for ${held.toFixed(1)} ms`);
      });
    });
  });
});
