// Child processes and temporary folders that never outlive this process.
import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** @type {Set<() => void>} */
const atExit = new Set();
process.once('exit', () => {
  // The last first: a process that was started in a folder ends before the folder goes.
  for (const task of [...atExit].reverse()) task();
});
/** @type {Set<import('node:child_process').ChildProcess>} */
const started = new Set();
let ending = false;
/** Whether this process is on its way out, and what it started with it. */
export const isEnding = () => ending;
const codes = { SIGINT: 128 + constants.signals.SIGINT, SIGTERM: 128 + constants.signals.SIGTERM };
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(signal, () => end(codes[signal]));

/**
 * Lets what was started clean up after itself, for a while, before the rest is killed.
 * @param {number} code of this process
 */
function end(code) {
  ending = true;
  for (const child of started) signalGroup(child, 'SIGTERM');
  const deadline = performance.now() + 5000;
  const look = () => {
    const gone = [...started].every((child) => !signalGroup(child, 0));
    if (gone || performance.now() > deadline) process.exit(code);
    setTimeout(look, 50);
  };
  look();
}

/**
 * Where Ctrl-C is how a program is meant to end.
 * @param {number} code of this process
 */
export function endOnInterrupt(code) {
  codes.SIGINT = code;
}

/**
 * Runs a synchronous task when this process ends, whatever ends it short of SIGKILL.
 * @param {() => void} task
 * @returns {() => void} runs the task now instead
 */
export function onExit(task) {
  atExit.add(task);
  return () => {
    if (atExit.delete(task)) task();
  };
}

/** A new temporary folder, removed when this process ends. */
export function temporaryFolder(prefix = 'sextant-') {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), prefix)));
  onExit(() => {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      try {
        return rmSync(folder, { recursive: true, force: true });
      } catch {
        // What has just been killed may still write into it.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      }
    }
  });
  return folder;
}

/**
 * Starts a program in a process group of its own; the group is killed when this process ends.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { ...options, detached: process.platform !== 'win32' });
  started.add(child);
  const kill = onExit(() => {
    started.delete(child);
    signalGroup(child, 'SIGKILL');
  });
  return { child, kill };
}

/**
 * @param {import('node:child_process').ChildProcess} child leader of its group
 * @param {NodeJS.Signals | 0} signal
 * @returns {boolean} whether there was anybody to get it
 */
function signalGroup({ pid }, signal) {
  if (pid === undefined) return false;
  try {
    return process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    return false;
  }
}

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions & { show?: boolean }} [options] `show`: what it prints, as it comes
 * @returns {Promise<{ code: number, output: string }>} both streams in one; code 127 when it cannot be started
 */
export function run(command, args, { show = true, ...options } = {}) {
  return new Promise((resolve) => {
    const { child, kill } = start(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    for (const [from, to] of /** @type {const} */ ([
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ])) {
      from?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output += text;
        if (show) to.write(text);
      });
    }
    child.once('error', (error) => resolve({ code: 127, output: error.message }));
    child.once('close', (code) => {
      // Nothing goes on from here: the rest of its group still cleans up.
      if (ending) return;
      kill();
      resolve({ code: code ?? 1, output });
    });
  });
}

/**
 * The environment with this Node first on PATH.
 * @param {string} node path of the executable
 * @returns {NodeJS.ProcessEnv}
 */
export function withNode(node) {
  return { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
}
