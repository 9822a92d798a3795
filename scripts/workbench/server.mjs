// A VS Code of its own: code-server on a free port of this machine, with settings and extensions in a temporary folder.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { codeServer, vscode, workbenchNode } from './ensure.mjs';
import { isEnding, run, start, temporaryFolder, withNode } from './process.mjs';

/** Nothing that appears unasked, and nothing that calls home. */
const quiet = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'window.autoDetectColorScheme': false,
  'workbench.enableExperiments': false,
  'chat.disableAIFeatures': true,
  'security.workspace.trust.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'git.enabled': false,
  'npm.fetchOnlinePackageInfo': false,
  'json.schemaDownload.enable': false,
};

/** What a test sees of the extensions that come with VS Code: to start with all hundred takes a quarter longer. */
const shipped = [
  ...['theme-defaults', 'theme-seti', 'theme-modern-icons'],
  ...['json', 'markdown-basics', 'markdown-language-features', 'markdown-math'],
];

/**
 * Installs an extension for as many servers as are wanted.
 * @param {string} vsix
 * @returns the folder of extensions that {@link startServer} takes
 * @throws Error with what code-server printed, when it cannot install the extension
 */
export async function installExtension(vsix) {
  const folder = temporaryFolder();
  const args = [codeServer, ...places(folder), '--install-extension', vsix];
  const { code, output } = await run(workbenchNode, args, { show: false, env: cleanEnvironment() });
  if (code !== 0) throw new Error(`code-server did not install ${vsix}:\n${output}`);
  return join(folder, 'extensions');
}

/**
 * Starts code-server, and resolves when it listens.
 * @param {{ settings?: Record<string, unknown>, extensions?: string, tests?: boolean, few?: boolean }} [options]
 *   `extensions`: a folder that {@link installExtension} filled; `tests`: let a window's address name a suite for the
 *   extension host, which hides notifications; `few`: of the extensions that come with VS Code only what a test sees
 * @throws Error with what code-server printed, when it ends before it listens
 */
export async function startServer({ settings = {}, extensions, tests = false, few = false } = {}) {
  const folder = temporaryFolder();
  const userData = join(folder, 'data');
  mkdirSync(join(userData, 'User'), { recursive: true });
  writeFileSync(join(userData, 'User/settings.json'), JSON.stringify({ ...quiet, ...settings }, null, 2));

  const port = await freePort();
  const options = ['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--disable-workspace-trust'];
  options.push('--disable-telemetry', '--disable-update-check', '--disable-getting-started-override');
  if (few) options.push('--vscode-option', `builtin-extensions-dir=${linked(join(folder, 'shipped'))}`);
  if (tests) options.push('--vscode-option', 'enable-smoke-test-driver');
  const { child, kill } = start(workbenchNode, [codeServer, ...places(folder, extensions), ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: cleanEnvironment(),
  });
  await new Promise((resolve, reject) => {
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text;
        if (output.includes('HTTP server listening')) resolve(undefined);
      });
    }
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`code-server ended before it listened:\n${output}`)));
  });
  /** Settles when it ends, unless it was this process that ended it. */
  const ended = new Promise((resolve) => child.once('close', () => isEnding() || resolve(undefined)));
  /** Ends it and removes its folder. */
  const stop = async () => {
    kill();
    await ended;
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  return { port, folder, stop, ended };
}

/**
 * @param {string} folder
 * @returns the same, with what is {@link shipped}
 */
function linked(folder) {
  mkdirSync(folder);
  for (const name of shipped) symlinkSync(join(vscode, 'extensions', name), join(folder, name));
  return folder;
}

/** @param {string} folder */
function places(folder, extensions = join(folder, 'extensions')) {
  const config = ['--config', join(folder, 'config.yaml')];
  return [...config, '--user-data-dir', join(folder, 'data'), '--extensions-dir', extensions];
}

/** Nothing of a VS Code in whose terminal this may run, and no gallery to look things up in. */
function cleanEnvironment() {
  const env = withNode(workbenchNode);
  for (const name of Object.keys(env)) {
    if (name.startsWith('VSCODE_') || name.startsWith('ELECTRON_') || name === 'PORT') delete env[name];
  }
  return { ...env, VSCODE_IPC_HOOK_CLI: '', EXTENSIONS_GALLERY: '{"serviceUrl":""}' };
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
