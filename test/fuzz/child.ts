// Runs cases one after the other and says so on standard output, a line before and a line after each, so that whoever reads
// it knows which case it was when this process hangs or dies. Arguments: reader, tests, seed, first case, one past the last.
import { mkdtempSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt, contents, Wrong } from './attempt';
import { caseOf } from './cases';
import { leavesOut, readers } from './readers';

const [id, tests = '', seed, first, last] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'sextant-fuzz-'));
const reader = readers(tests).find((one) => one.id === id);
if (!reader) throw new Error(`There is no reader ${id}.`);

/** Peak of resident memory since the last call, in bytes; null where the system does not say. */
function peak(): number | null {
  try {
    const high = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
    writeFileSync('/proc/self/clear_refs', '5');
    return Number(high) * 1024;
  } catch {
    return null;
  }
}

async function run(): Promise<void> {
  for (const { name, bytes } of reader?.beside ?? []) writeFileSync(join(folder, name), bytes);
  const known = new Set<string>();
  for (const { name, bytes, raw } of reader?.seeds ?? []) {
    writeFileSync(join(folder, name), bytes);
    const good = await contents(join(folder, name), raw, Number.POSITIVE_INFINITY).catch(() => null);
    for (const digest of good ?? []) known.add(digest);
  }
  peak();
  const before = peak() ?? process.memoryUsage.rss();
  for (let number = Number(first); number < Number(last) && reader; number++) {
    const { seed: good, bytes, raw, how } = caseOf(reader, number, Number(seed));
    writeSync(1, `${number}\n`);
    const path = join(folder, good.name);
    writeFileSync(path, bytes);
    const rebuilt = how.some((what) => what.startsWith('zipped'));
    const checked = good.checked && !rebuilt && !(id === 'torch' && leavesOut(bytes));
    // What making the case took is not the reader's.
    peak();
    const started = process.cpuUsage();
    const outcome = await attempt(path, raw, checked ? known : undefined).catch((error: unknown) => error);
    const cpu = process.cpuUsage(started);
    const memory = (peak() ?? process.memoryUsage.rss()) - before - bytes.length;
    const what = outcome instanceof Wrong ? 'wrong' : outcome instanceof Error ? 'crash' : outcome;
    const told = outcome instanceof Error ? (outcome.stack ?? outcome.message).slice(0, 1500) : '';
    writeSync(1, `${JSON.stringify({ number, what, told, cpu: (cpu.user + cpu.system) / 1e6, memory })}\n`);
  }
}

// What is thrown beside a call would otherwise be lost.
process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(70);
});
const leave = () => rmSync(folder, { recursive: true, force: true });
run().then(
  () => {
    leave();
    // A thread that a library left behind does not keep this process.
    process.exit(0);
  },
  (error: unknown) => {
    leave();
    throw error;
  },
);
