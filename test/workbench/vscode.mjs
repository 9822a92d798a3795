#!/usr/bin/env node
// Stands in for the desktop VS Code where that cannot be downloaded: takes the arguments that @vscode/test-electron
// gives it, runs the suite in the extension host of code-server, and exits with the suite's code.
import { format } from 'node:util';
import { launchChromium } from '../../scripts/workbench/chromium.mjs';
import { startServer } from '../../scripts/workbench/server.mjs';
import { windowAddress } from '../../scripts/workbench/windows.mjs';

/** What the workbench says of itself on the same channel as the suite. */
const chatter = /^(\[|Resolv|Creating a socket|Ignoring fetching|Updating additional|Canceled: Canceled)/;

/** @param {string} name */
const argument = (name) => process.argv.find((text) => text.startsWith(`--${name}=`))?.slice(name.length + 3);
const folder = process.argv.slice(2).find((text) => !text.startsWith('-'));
const extension = argument('extensionDevelopmentPath');
const tests = argument('extensionTestsPath');
if (folder === undefined || extension === undefined || tests === undefined) {
  process.stderr.write('usage: vscode.mjs FOLDER --extensionDevelopmentPath=PATH --extensionTestsPath=PATH\n');
  process.exit(2);
}

const { port, stop } = await startServer({ tests: true, few: true });
const browser = await launchChromium();
const page = await browser.newPage();
/** @type {number} */
const code = await new Promise((resolve, reject) => {
  const failed = () => reject(new Error('The browser window was lost before the suite ended.'));
  page.once('crash', failed).once('close', failed);
  const log = async (/** @type {string} */ type, /** @type {unknown[]} */ args) => {
    const stream = type === 'error' || type === 'warn' ? process.stderr : process.stdout;
    const text = format(...args);
    if (!chatter.test(text)) stream.write(`${text}\n`);
  };
  const remote = (/** @type {string} */ path) => `vscode-remote://localhost:${port}${path}`;
  page
    .exposeFunction('codeAutomationLog', log)
    .then(() => page.exposeFunction('codeAutomationExit', async (/** @type {number} */ result) => resolve(result)))
    .then(() => {
      const under = /** @type {const} */ (['extensionDevelopmentPath', remote(extension)]);
      const suite = /** @type {const} */ (['extensionTestsPath', remote(tests)]);
      return page.goto(windowAddress(port, folder, [under, suite, ['skipWelcome', 'true']]));
    })
    .catch(reject);
});
await browser.close();
await stop();
process.exit(code);
