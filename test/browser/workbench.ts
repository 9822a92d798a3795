import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import axe from 'axe-core';
import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import { launchChromium } from '../../scripts/workbench/chromium.mjs';
import { root } from '../../scripts/workbench/ensure.mjs';
import { temporaryFolder } from '../../scripts/workbench/process.mjs';
import { startServer } from '../../scripts/workbench/server.mjs';
import { windowAddress } from '../../scripts/workbench/windows.mjs';
import { artifacts } from './setup';

/** The four themes that the page must look right in, with the kind that VS Code writes on a webview's body. */
export const themes = {
  dark: { name: 'Dark Modern', kind: 'vscode-dark' },
  'high-contrast': { name: 'Dark High Contrast', kind: 'vscode-high-contrast' },
  'high-contrast-light': { name: 'Light High Contrast', kind: 'vscode-high-contrast-light' },
  // The last, as the window was before.
  light: { name: 'Light Modern', kind: 'vscode-light' },
} as const;

/** A VS Code with the packaged extension installed, on a fresh copy of the sample workspace, driven as a person would. */
export class Workbench {
  /** What the page of the extension wrote to the console as an error, broken rules of its CSP included. */
  readonly errors: string[] = [];
  #suite = 'window';
  #shots = 0;

  /**
   * Resolves when the explorer shows the workspace.
   * @param extensions where the extension is installed
   * @param prepare puts further files into the workspace
   */
  static async open(extensions: string, prepare: (workspace: string) => void): Promise<Workbench> {
    const workspace = temporaryFolder('sextant-workspace-');
    cpSync(join(root, 'media/samples'), workspace, { recursive: true });
    prepare(workspace);
    const server = await startServer({ extensions, few: true, settings: { 'explorer.compactFolders': false } });
    const browser = await launchChromium();
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
    mkdirSync(artifacts, { recursive: true });
    const workbench = new Workbench(workspace, server, browser, page);
    await page.goto(windowAddress(server.port, workspace));
    await workbench.#ready();
    return workbench;
  }

  private constructor(
    readonly workspace: string,
    private readonly server: Awaited<ReturnType<typeof startServer>>,
    private readonly browser: Browser,
    readonly page: Page,
  ) {
    page.setDefaultTimeout(30_000);
    page.on('console', (message) => {
      if (message.type() === 'error') this.#record(message.text(), message.location().url);
    });
    page.on('pageerror', (error) => this.#record(error.stack ?? error.message, ''));
  }

  /**
   * Leaves what an earlier suite has opened.
   * @param suite names the screenshots
   */
  async begin(suite: string): Promise<void> {
    this.#suite = suite;
    this.#shots = 0;
    this.errors.length = 0;
    await this.runCommand('View: Close All Editors');
    await this.collapseFolders();
  }

  /** Of the rows of the explorer there are only those in sight. */
  async collapseFolders(): Promise<void> {
    await this.page.locator('.explorer-folders-view').hover();
    await this.page.getByRole('button', { name: 'Collapse Folders in Explorer' }).click();
  }

  /** Reloads the window; whatever is not kept is gone. */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('load');
    await this.runCommand('Developer: Reload Window');
    await loaded;
    await this.#ready();
  }

  /** Saves `test/artifacts/SUITE-NN-name.png`. */
  async screenshot(name: string): Promise<void> {
    this.#shots += 1;
    const number = String(this.#shots).padStart(2, '0');
    await this.page.screenshot({ path: join(artifacts, `${this.#suite}-${number}-${name.replace(/\W+/g, '-')}.png`) });
  }

  /** The row of a file or folder in the explorer; its folders are opened on the way. `path` is relative to the workspace. */
  async row(path: string): Promise<Locator> {
    const folder = dirname(path);
    const above = folder === '.' ? undefined : await this.row(folder);
    if ((await above?.getAttribute('aria-expanded')) === 'false') await above?.click();
    const label = this.page.locator(`[aria-label="${join(this.workspace, path)}"]`);
    const row = this.page.locator('.explorer-folders-view .monaco-list-row').filter({ has: label });
    await row.waitFor();
    return row;
  }

  /** Opens a file as a double click in the explorer does. */
  async openFile(path: string): Promise<void> {
    await (await this.row(path)).dblclick();
  }

  /** Selects files in the explorer, right-clicks the last and chooses an entry of the menu by its title. */
  async rightClick(paths: readonly string[], entry: string): Promise<void> {
    const item = (await this.openMenu(paths)).filter({ hasText: entry }).first();
    await item.waitFor();
    // A menu that has just opened takes no click.
    while (await item.isVisible()) {
      await item.click();
      await item.waitFor({ state: 'hidden', timeout: 2000 }).catch(() => {});
    }
  }

  /** Selects files in the explorer, right-clicks the last, and gives the entries of the menu. */
  async openMenu(paths: readonly string[]): Promise<Locator> {
    const rows = [];
    for (const path of paths) rows.push(await this.row(path));
    // A click with the modifier selects, or takes back, and opens nothing.
    const toggle = { modifiers: ['ControlOrMeta' as const] };
    const selected = this.page.locator('.explorer-folders-view .monaco-list-row.selected');
    while ((await selected.count()) > 0) await selected.first().click(toggle);
    for (const row of rows) await row.click(toggle);
    await rows.at(-1)?.click({ button: 'right' });
    const entries = this.page.locator('.monaco-menu .action-label');
    await entries.first().waitFor();
    return entries;
  }

  /** Runs a command by its title, such as `Sextant: Compare Representations`, from the command palette. */
  async runCommand(title: string): Promise<void> {
    const choose = async (patience: { readonly timeout?: number }) => {
      await this.page.keyboard.press('F1');
      await this.quickPick(title, '>', patience);
    };
    // What was open before may take the focus back only now, which closes the palette.
    await choose({ timeout: 5000 }).catch(() => choose({}));
  }

  /** Types the label of an entry into the open quick pick, and chooses it. */
  async quickPick(label: string, prefix = '', patience: { readonly timeout?: number } = {}): Promise<void> {
    const widget = this.page.locator('.quick-input-widget');
    await widget.locator('input.input').fill(`${prefix}${label}`, patience);
    await widget.locator('.monaco-list-row').filter({ hasText: label }).first().click(patience);
  }

  /** The document of the visible webview. */
  webview(): FrameLocator {
    const outer = this.page.locator('iframe.webview.ready').filter({ visible: true }).first();
    return outer.contentFrame().frameLocator('iframe#active-frame');
  }

  /** The visible analysis once its title is there; with `computed`, once every method has its result. */
  async analysis(title: string | RegExp, computed = true): Promise<FrameLocator> {
    const page = this.webview();
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    if (computed) {
      const said = page.getByRole('status').filter({ hasText: /computed\.$/ });
      await said.waitFor({ state: 'attached', timeout: 200_000 });
    }
    return page;
  }

  /** Agrees to the place that the open dialog proposes for a file. */
  async save(): Promise<void> {
    const input = this.page.locator('.quick-input-widget input.input');
    await input.waitFor();
    // The dialog takes no answer before it has read the folder.
    while (await input.isVisible()) {
      await input.press('Enter');
      await input.waitFor({ state: 'hidden', timeout: 2000 }).catch(() => {});
    }
  }

  /** What a file of the workspace holds, once it is there and ends as a whole one does. */
  async written(file: string, whole: RegExp, encoding: 'utf8' | 'latin1' = 'utf8'): Promise<string> {
    for (let waited = 0; waited < 20_000; waited += 50) {
      const text = await readFile(join(this.workspace, file), encoding).catch(() => '');
      if (whole.test(text)) return text;
      await setTimeout(50);
    }
    throw new Error(`${file} was not written, or not as ${whole} has it.`);
  }

  /** Changes the colour theme, and resolves when the webview has it. */
  async useTheme(theme: keyof typeof themes): Promise<void> {
    await this.runCommand('Preferences: Color Theme');
    await this.quickPick(themes[theme].name);
    await this.webview().locator(`body[data-vscode-theme-kind="${themes[theme].kind}"]`).waitFor();
  }

  /** What the visible webview has for these colours and fonts of the editor. */
  async tokens<K extends string>(names: readonly K[]): Promise<Record<K, string>> {
    const values = await this.webview()
      .locator('html')
      .evaluate((element, names) => {
        const style = getComputedStyle(element);
        return names.map((name) => [name, style.getPropertyValue(`--vscode-${name}`)]);
      }, names);
    return Object.fromEntries(values);
  }

  /** What axe finds in the visible webview that is serious or critical, one line each. */
  async accessibilityProblems(): Promise<readonly string[]> {
    const body = this.webview().locator('body');
    await body.evaluate(axe.source);
    const violations = await body.evaluate(async (element) => {
      const engine = (globalThis as unknown as { axe: typeof axe }).axe;
      const options = { resultTypes: ['violations' as const], selectors: false };
      return (await engine.run(element.ownerDocument, options)).violations;
    });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, help, nodes }) => nodes.map((node) => `${id} (${help}): ${node.html}`));
  }

  /** Process ids of the extension's engine: the children that run its bundle. */
  engines(): readonly number[] {
    return this.processes('/dist/engine.js');
  }

  /** Process ids of this workbench, its server's descendants, whose command line has these words. */
  processes(words: string): readonly number[] {
    const own = (pid: number): boolean =>
      pid > 1 && (about(pid, 'cmdline').includes(this.server.folder) || own(parentOf(pid)));
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && about(pid, 'cmdline').includes(words) && own(pid));
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
    await rm(this.workspace, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    await this.page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
    // The icon comes with the menus of the extension.
    await this.page.locator('.activitybar a[aria-label="Sextant"]').waitFor();
  }

  #record(text: string, url: string): void {
    const line = `${url} ${text}\n`;
    appendFileSync(join(artifacts, `${this.#suite}-console.log`), line);
    // The workbench's own complaints are not ours.
    if (/vscode-resource|Content Security Policy/.test(line)) this.errors.push(text);
  }
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(about(pid, 'status'))?.[1] ?? 0);
}

function about(pid: number, what: string): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
