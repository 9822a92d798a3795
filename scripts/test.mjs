// npm test: installs what is missing, runs every kind of test, and ends with one line of counts.
// `npm test unit`, `host`, `browser` run one kind; `desktop` runs the host suites in a downloaded desktop VS Code.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  ensureNode,
  ensureProject,
  ensurePython,
  ensureWorkbench,
  Missing,
  root,
  workbenchNode,
} from './workbench/ensure.mjs';
import { run, temporaryFolder, withNode } from './workbench/process.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {() => Promise<Counts>} Step */
/** @typedef {() => Promise<void>} Need what installs it */

const results = join(root, 'test/.build');
const bin = join(root, 'node_modules/.bin');
const here = { cwd: root };

/** @typedef {[name: string, step: Step, need?: Need]} Entry */

const checks = together(check(join(bin, 'tsc')), check(join(bin, 'biome'), 'check', '--error-on-warnings', '.'));
const suites = () => host(process.env.VSCODE_TEST_BIN ?? join(root, 'test/workbench/vscode.mjs'));
/** @type {Entry} */
const built = ['build', build];
/** In one run: no worker waits for the last of the others. @type {Entry} */
const unit = ['unit, fidelity', () => vitest('unit', 'fidelity'), ensurePython];
/** @type {Entry} */
const browser = ['browser', () => vitest('browser'), ensureWorkbench];

/** @type {Record<string, Entry[]>} */
const kinds = {
  unit: [['types, lint', checks], built, unit],
  host: [built, ['host', suites, ensureWorkbench]],
  browser: [browser],
  desktop: [built, ['desktop', () => host(undefined), ensureNode]],
};

/** All kinds: what is in the editor leaves a processor idle, now and then. @type {Entry[]} */
const everything = [built, unit, ['types, lint, host', together(checks, suites), ensureWorkbench], browser];

/** @type {Map<Step, Counts>} */
const done = new Map();

/** What failed, said once more at the end: much may have been printed since. @type {string[]} */
const failures = [];

/**
 * A program that passes or fails as one test.
 * @param {string} program
 * @param {...string} args
 * @returns {Step}
 */
function check(program, ...args) {
  return async () => {
    const { code } = await run(program, args, here);
    if (code !== 0) failures.push([program, ...args].join(' '));
    return count(code === 0 ? 1 : 0, 1);
  };
}

/** @param {string} stack */
function withoutRunner(stack) {
  return stack.replaceAll(/^ +at .*node_modules.*\n?/gm, '');
}

/**
 * Programs beside each other.
 * @param {...Step} steps
 * @returns {Step}
 */
function together(...steps) {
  return async () => sum(await Promise.all(steps.map((step) => step())));
}

function build() {
  return check(process.execPath, 'scripts/build.mjs')();
}

/**
 * @param {...string} projects
 * @returns {Promise<Counts>}
 */
async function vitest(...projects) {
  const report = join(results, `${projects.join('-')}.json`);
  rmSync(report, { force: true });
  const args = [
    'run',
    ...projects.flatMap((project) => ['--project', `${project}*`]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  // As the extension gives its engine: otherwise a tenth of the time goes into fresh memory, page by page.
  const env = { ...process.env, GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };
  const { code } = await run(join(bin, 'vitest'), args, { ...here, env });
  try {
    const { numPassedTests, numFailedTests, numTotalTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    for (const { name, message, assertionResults } of testResults) {
      if (message) failures.push(`${name}: ${message}`);
      for (const { status, fullName, failureMessages } of assertionResults)
        if (status === 'failed')
          failures.push(`${name}: ${fullName}\n${failureMessages.map(withoutRunner).join('\n')}`);
    }
    const skipped = numTotalTests - numPassedTests - numFailedTests;
    // A file that cannot be loaded, or whose hooks fail, has no test to count.
    const broken = testResults.filter(
      (/** @type {{ status: string, assertionResults: { status: string }[] }} */ file) =>
        file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
    ).length;
    const failed = numFailedTests + broken;
    // Vitest also fails for errors that belong to no test.
    return { passed: numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed, skipped };
  } catch {
    return count(0, 1);
  }
}

/**
 * @param {string | undefined} executable the VS Code to run, or undefined for a downloaded one
 * @returns {Promise<Counts>}
 */
async function host(executable) {
  const env = { ...withNode(workbenchNode), VSCODE_TEST_BIN: executable };
  const { code, output } = await run(workbenchNode, ['scripts/host.mjs'], { ...here, env });
  /** @param {string} word of Mocha's summary */
  const summary = (word) => Number(output.match(new RegExp(`^\\s*(\\d+) ${word}`, 'm'))?.[1] ?? 0);
  const failed = summary('failing');
  const passed = summary('passing');
  if (failed > 0) failures.push(output.slice(output.search(/^\s*\d+ failing/m)));
  return { passed, failed: failed === 0 && (code !== 0 || passed === 0) ? 1 : failed, skipped: summary('pending') };
}

/**
 * One after the other, beside the tests that do not wait for them.
 * @param {ReadonlySet<Need>} needs
 * @returns {ReadonlyMap<Need, Promise<void>>}
 */
function installations(needs) {
  const ready = new Map();
  let last = Promise.resolve();
  for (const need of needs) {
    last = last.then(need);
    // Whoever waits for it hears of what went wrong.
    last.catch(() => {});
    ready.set(need, last);
  }
  return ready;
}

/**
 * @param {number} passed
 * @param {number} all
 * @returns {Counts}
 */
function count(passed, all) {
  return { passed, failed: all - passed, skipped: 0 };
}

/** @param {readonly Counts[]} counts */
function sum(counts) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of counts) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  return total;
}

/** @param {Counts} counts */
function line({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in kinds));
if (unknown !== undefined) {
  process.stderr.write(`There are no tests called "${unknown}": name any of ${Object.keys(kinds).join(', ')}.\n`);
  process.exit(2);
}

// What tests and their programs leave behind goes away with this process.
process.env.TMPDIR = temporaryFolder();

/** @type {[string, Counts, number][]} */
const table = [];
try {
  mkdirSync(results, { recursive: true });
  const steps = asked.length > 0 ? asked.flatMap((name) => kinds[name] ?? []) : everything;
  const ready = installations(new Set(steps.flatMap(([, , need]) => need ?? [])));
  await ensureProject();
  for (const [name, step, need] of steps) {
    if (need) await ready.get(need);
    if (done.has(step)) continue;
    process.stdout.write(`\n== ${name}\n`);
    const start = performance.now();
    const counts = await step();
    done.set(step, counts);
    table.push([name, counts, (performance.now() - start) / 1000]);
  }
} catch (error) {
  if (!(error instanceof Missing)) throw error;
  process.stderr.write(`${error.message}\n`);
  table.push(['installation', count(0, 1), 0]);
}

process.stdout.write(`${failures.map((failure) => `\n${failure}\n`).join('')}\n`);
for (const [name, counts, seconds] of table) {
  process.stdout.write(`${name.padEnd(18)} ${line(counts)} (${seconds.toFixed(0)} s)\n`);
}
const total = sum(table.map(([, counts]) => counts));
process.stdout.write(`${line(total)}\n`);
process.exit(total.failed > 0 ? 1 : 0);
