import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { openPart, type Sink, told } from '../data/atomic';
import type { RunState } from '../models/run';
import { Cancelled } from '../protocol/errors';
import type { Preparation } from '../protocol/result';

/** What is written down beside files that are not whole yet. */
interface Journal {
  /** Who writes them. */
  readonly host: string;
  readonly process: number;
  readonly state: RunState;
  readonly prepared: Preparation;
  /** Bytes of each file, at least. */
  readonly sizes: readonly number[];
}

/** Files that are being written together. */
export interface Parts {
  readonly sinks: readonly Sink[];
  /** How far an earlier run came; undefined where there was none. */
  readonly from: Pick<Journal, 'state' | 'prepared'> | undefined;
  /** Notes how far this run has come. */
  reached(state: RunState, prepared: Preparation): Promise<void>;
}

/** Written down at most this often, in milliseconds: batches may be short. */
const interval = 200;

/**
 * Writes files together, each under its own name once all are whole. Where the job is cancelled, or its process ended, what was
 * written stays beside them with a note of how far it came, and the same call goes on from there. Any other failure leaves
 * nothing behind.
 * @param journal file for the note; its name has to say all that the files depend on.
 * @param called what messages call the files.
 * @throws UserError when a file cannot be written; Cancelled; whatever `work` throws.
 */
export async function resumable<T>(
  paths: readonly string[],
  journal: string,
  work: (parts: Parts) => Promise<T>,
  called = paths,
): Promise<T> {
  const noted = await readJournal(journal);
  const found = noted && (await areThere(paths, noted.sizes)) ? noted : undefined;
  // Another process is at it: this one writes files of its own.
  const own = found && isBusy(found) ? `.${process.pid}` : '';
  const note = `${journal}${own}`;
  const from = own === '' ? found : undefined;
  const names = paths.map((path) => `${path}${own}.part`);
  const files: Awaited<ReturnType<typeof openPart>>[] = [];
  let latest: Omit<Journal, 'sizes'> | undefined;
  let written: RunState | undefined;
  let last = 0;
  const keep = async () => {
    if (!latest || latest.state === written) return;
    const { state } = latest;
    const sizes = await Promise.all(names.map(async (name) => (await told(name, stat(name))).size));
    await told(note, writeFile(`${note}.new`, JSON.stringify({ ...latest, sizes })));
    await told(note, rename(`${note}.new`, note));
    written = state;
  };
  const clear = async () => {
    for (const name of [...names, note, `${note}.new`]) await rm(name, { force: true }).catch(() => {});
  };
  try {
    for (const [i, name] of names.entries()) files.push(await openPart(name, called[i] as string, from !== undefined));
    const answer = await work({
      sinks: files.map(({ sink }) => sink),
      from,
      async reached(state, prepared) {
        latest = { host: hostname(), process: process.pid, state, prepared };
        if (Date.now() - last < interval) return;
        last = Date.now();
        await keep();
      },
    });
    for (const file of files) await file.close();
    for (const [i, name] of names.entries()) await told(called[i] as string, rename(name, paths[i] as string));
    await clear();
    return answer;
  } catch (error) {
    for (const file of files) await file.close().catch(() => {});
    const rows = latest?.state.row ?? from?.state.row ?? 0;
    if (error instanceof Cancelled && rows > 0) await keep();
    else await clear();
    throw error;
  }
}

/** Whether another process is at what a note says. */
export async function isAtWork(journal: string): Promise<boolean> {
  const noted = await readJournal(journal);
  return noted !== undefined && isBusy(noted);
}

async function readJournal(path: string): Promise<Journal | undefined> {
  try {
    const journal = JSON.parse(await readFile(path, 'utf8')) as Partial<Journal>;
    const { state, prepared, sizes } = journal;
    if (!state || !prepared || !(state.row > 0) || !Array.isArray(state.heads) || !Array.isArray(sizes))
      return undefined;
    return journal as Journal;
  } catch {
    // Not there, or damaged: everything is computed anew.
    return undefined;
  }
}

/** Whether nothing of the files was removed since: to go on behind a gap would leave zeros in it. */
async function areThere(paths: readonly string[], sizes: readonly number[]): Promise<boolean> {
  const found = await Promise.all(
    paths.map((path) =>
      stat(`${path}.part`).then(
        ({ size }) => size,
        () => -1,
      ),
    ),
  );
  return paths.length === sizes.length && found.every((size, i) => size >= (sizes[i] as number));
}

function isBusy({ host, process: id }: Journal): boolean {
  if (host !== hostname() || id === process.pid) return false;
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    // Another user's lives, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
