import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Session } from '../../src/host/session';
import type { Opening } from '../../src/protocol/webview';
import {
  answering,
  closeAll,
  command,
  computed,
  inFolder,
  inside,
  noise,
  until,
  withMeasures,
  writeNpy,
} from './support';

const write = (folder: string, name: string, seed: number) => writeNpy(join(folder, name), 60, 8, noise(seed));

/** Compares two new files in `folder`, saves the analysis there and closes it. */
async function saved(folder: string): Promise<vscode.Uri> {
  const target = await saveNew(folder);
  await closeAll();
  return target;
}

/** Compares two new files in `folder` and saves the analysis there, whose editor then takes the place of the panel. */
async function saveNew(folder: string): Promise<vscode.Uri> {
  const files = [await write(folder, 'a.npy', 1), await write(folder, 'b.npy', 2)];
  const session = await command('compareRepresentations', files[0], files);
  assert(session);
  await computed(session);
  return saveIn(folder);
}

async function saveIn(folder: string): Promise<vscode.Uri> {
  const target = vscode.Uri.file(join(folder, 'pair.sextant'));
  const answer = () => target;
  await answering('showSaveDialog', answer, async () => {
    await command('saveAnalysis');
    const written = () =>
      readFile(target.fsPath, 'utf8').then(
        (text) => text.endsWith('}\n'),
        () => false,
      );
    await until(written);
  });
  await until(() => tab()?.input instanceof vscode.TabInputCustom && tabs().length === 1);
  return target;
}

async function opened(uri: vscode.Uri): Promise<Session> {
  const { sessions } = await inside();
  await vscode.commands.executeCommand('vscode.open', uri);
  return until(() => sessions.all[0]);
}

/** Computes everything again, and resolves when nothing of it is to come: a result that comes late makes a document dirty. */
async function rerun(session: Session): Promise<void> {
  const before = session.analysis.results;
  await command('rerunAnalysis');
  const { methods } = session.analysis.request;
  await until(() => {
    const { results } = session.analysis;
    return results.length >= methods.length && results.every((result) => !before.includes(result));
  });
  await until(() => tab()?.isDirty);
}

/** VS Code takes what it hears of a change after a revert for a change of what was reverted: it is to have heard of all. */
const heardOfAll = () => vscode.commands.getCommands();

/** Takes the place of the page. `messages`: what it is sent. */
function pageOf(session: Session) {
  const page = new vscode.EventEmitter<unknown>();
  const messages: { readonly value?: Partial<Opening> }[] = [];
  const postMessage = async (message: (typeof messages)[0]) => messages.push(message) > 0;
  session.attach({ onDidReceiveMessage: page.event, postMessage } as unknown as vscode.Webview, () => {});
  const call = (method: string, argument?: unknown) =>
    page.fire({ sextant: 'call', id: 0, method, ...(argument !== undefined && { argument }) });
  return { call, messages };
}

const tab = () => vscode.window.tabGroups.activeTabGroup.activeTab;
const tabs = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs);

suite('documents', () => {
  const files = vscode.workspace.getConfiguration('files');
  // In the browser the default is to save after a second.
  suiteSetup(() => files.update('autoSave', 'off', vscode.ConfigurationTarget.Global));
  suiteTeardown(() => files.update('autoSave', undefined, vscode.ConfigurationTarget.Global));

  test('an analysis that is saved goes on as its document, which knows what was not saved', async () => {
    await inFolder(async (folder) => {
      const uri = await saveNew(folder);
      const { sessions } = await inside();
      const { input } = tab() ?? {};
      assert(input instanceof vscode.TabInputCustom);
      assert.deepEqual([input.viewType, input.uri.fsPath], ['sextant.document', uri.fsPath]);
      const session = await until(() => sessions.all.length === 1 && sessions.all[0]);
      assert.equal(session.analysis.results.length, session.analysis.request.methods.length);
      assert.equal(tab()?.isDirty, false);
      await rerun(session);
      // Its page is told what the panel's was at, of the inputs as it has them.
      const { call, messages } = pageOf(session);
      call('ready');
      const opening = await until(() => messages.find(({ value }) => value?.analysis)?.value);
      const kept = opening.kept as { readonly of: unknown; readonly view: unknown };
      assert.deepEqual(JSON.stringify(kept.of), JSON.stringify(opening.analysis?.request.inputs));
      assert(kept.view);
    });
  });

  test('what was not computed when an analysis was saved is computed in its document, which has unsaved changes then', async () => {
    await inFolder(async (folder) => {
      const large = (name: string, seed: number) => writeNpy(join(folder, name), 8000, 64, noise(seed));
      const files = [await large('a.npy', 1), await large('b.npy', 2)];
      const compare = () => command('compareRepresentations', files[0], files);
      const comparison = await withMeasures(['linear-cka', 'mutual-knn'], async () => compare());
      await until(() => comparison && comparison.analysis.results.length > 0);
      const uri = await saveIn(folder);
      const { results, request } = JSON.parse(await readFile(uri.fsPath, 'utf8'));
      assert(results.length < request.methods.length);
      const { sessions } = await inside();
      const session = await until(() => sessions.all.length === 1 && sessions.all[0]);
      await until(() => session.analysis.results.length === request.methods.length && tab()?.isDirty);
      await heardOfAll();
      // Brought back to what was saved, it computes nothing unasked.
      await vscode.commands.executeCommand('workbench.action.files.revert');
      await until(() => session.analysis.results.length === results.length);
      const { call, messages } = pageOf(session);
      call('ready');
      const opening = await until(() => messages.find(({ value }) => value?.analysis));
      assert.equal(opening.value?.computeAtOnce, false);
      assert.equal(session.analysis.results.length, results.length);
      assert.equal(tab()?.isDirty, false);
    });
  });

  test('an analysis is saved with paths from its folder, and opens again without computing', async () => {
    await inFolder(async (folder) => {
      const uri = await saved(folder);
      const json = JSON.parse(await readFile(uri.fsPath, 'utf8'));
      assert.deepEqual(
        json.request.inputs.map(({ path }: { path: string }) => path),
        ['a.npy', 'b.npy'],
      );
      const session = await opened(uri);
      await until(() => session.states.length > 0);
      assert(session.states.every(({ state }) => state === 'same'));
      assert.equal(session.analysis.results.length, json.results.length);
      assert.deepEqual(session.analysis.results[0]?.values, json.results[0].values);
      assert.equal(tab()?.isDirty, false);
      assert.equal(tab()?.label, 'pair.sextant');
    });
  });

  test('says when an input has changed or is missing; running again makes it dirty, saving clean', async () => {
    await inFolder(async (folder) => {
      const uri = await saved(folder);
      const session = await opened(uri);
      await until(() => session.states.length > 0);
      const before = session.analysis.results.find(({ method }) => method === 'linear-cka')?.values.cka;
      await write(folder, 'b.npy', 3);
      await until(() => session.states.some(({ state }) => state === 'changed'));
      await rerun(session);
      await until(() => session.states.every(({ state }) => state === 'same'));
      const after = session.analysis.results.find(({ method }) => method === 'linear-cka')?.values.cka;
      assert.notEqual(after, before);
      await vscode.commands.executeCommand('workbench.action.files.save');
      await until(() => tab()?.isDirty === false);
      assert((await readFile(uri.fsPath, 'utf8')).includes(String(after)));
      await vscode.workspace.fs.delete(vscode.Uri.file(join(folder, 'b.npy')));
      await until(() => session.states.some(({ state }) => state === 'missing'));
    });
  });

  test('a document that was written by others is shown anew, and one that is reverted as it was', async () => {
    await inFolder(async (folder) => {
      const uri = await saved(folder);
      const session = await opened(uri);
      const json = JSON.parse(await readFile(uri.fsPath, 'utf8'));
      const other = JSON.stringify({ ...json, request: { ...json.request, seed: 5 } });
      // A watcher takes its time to begin: writing again is what it notices then.
      await until(
        async () => session.analysis.request.seed === 5 || writeFile(uri.fsPath, other).then(() => false),
        1000,
      );
      await command('rerunAnalysis');
      const { methods } = session.analysis.request;
      await until(() => session.analysis.results.filter(({ seed }) => seed === 5).length === methods.length);
      await until(() => tab()?.isDirty);
      await heardOfAll();
      await vscode.commands.executeCommand('workbench.action.files.revert');
      await until(() => tab()?.isDirty === false && session.analysis.results.length === json.results.length);
      assert(session.analysis.results.every(({ seed }) => seed === 0));
    });
  });

  test('what another program wrote meanwhile is not overwritten unasked', async () => {
    await inFolder(async (folder) => {
      const uri = await saved(folder);
      const session = await opened(uri);
      await rerun(session);
      const other = (await readFile(uri.fsPath, 'utf8')).replace('"seed": 0', '"seed": 5');
      await writeFile(uri.fsPath, other);
      const save = () => vscode.commands.executeCommand('workbench.action.files.save');
      const asked = await answering('showWarningMessage', () => undefined, save);
      assert.match(asked.join(), /^Another program has changed pair\.sextant/);
      assert.equal(await readFile(uri.fsPath, 'utf8'), other);
      assert.equal(tab()?.isDirty, true);
      await answering('showWarningMessage', () => 'Overwrite', save);
      await until(() => tab()?.isDirty === false);
      assert.equal(JSON.parse(await readFile(uri.fsPath, 'utf8')).request.seed, 0);
      assert.deepEqual(await answering('showWarningMessage', () => undefined, save), []);
    });
  });

  test('what is asked can be undone and done again; results stay', async () => {
    await inFolder(async (folder) => {
      const session = await opened(await saved(folder));
      const { request, results } = session.analysis;
      const { call } = pageOf(session);
      call('ready');
      const without = { ...request, methods: request.methods.slice(1) };
      call('request', without);
      await until(() => tab()?.isDirty);
      assert.deepEqual(session.analysis.request, without);
      const run = (id: string) => vscode.commands.executeCommand(id);
      await run('undo');
      await until(() => tab()?.isDirty === false);
      assert.deepEqual(session.analysis.request, request);
      await run('redo');
      await until(() => tab()?.isDirty);
      assert.deepEqual(session.analysis.request, without);
      assert.deepEqual(session.analysis.results, results);
      await run('undo');
      await until(() => tab()?.isDirty === false);
    });
  });

  test('a file that is no analysis says what is wrong and stays as it is, until it is mended: then it opens', async () => {
    await inFolder(async (folder) => {
      const whole = await readFile((await saved(folder)).fsPath);
      const uri = vscode.Uri.file(join(folder, 'bad.sextant'));
      await writeFile(uri.fsPath, '{"format": "sextant-analysis", "formatVersion": 1}');
      const { sessions } = await inside();
      await vscode.commands.executeCommand('vscode.open', uri);
      await until(() => tab()?.label === 'bad.sextant');
      assert.equal(sessions.all.length, 0);
      assert.equal(await readFile(uri.fsPath, 'utf8'), '{"format": "sextant-analysis", "formatVersion": 1}');
      // A watcher that has just been made may miss a change, and waits until there are no more.
      const mended = () => writeFile(uri.fsPath, whole).then(() => sessions.all[0]);
      const session = await until(mended, 1000);
      assert.equal(session.analysis.results.length, session.analysis.request.methods.length);
      const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
      assert.deepEqual(
        tabs.map(({ label }) => label),
        ['bad.sextant'],
      );
    });
  });
});
