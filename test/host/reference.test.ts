import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { command, inside, until } from './support';

suite('reference pages', () => {
  const pageOf = async (path: string) =>
    (await vscode.workspace.openTextDocument(vscode.Uri.from({ scheme: 'sextant-reference', path }))).getText();
  const shown = (label: string) =>
    vscode.window.tabGroups.all.some(({ tabs }) => tabs.some((tab) => tab.label.includes(label)));

  test('a method has a page, shown by the preview of Markdown', async () => {
    const { engine } = await inside();
    const method = (await engine.methods()).find(({ id }) => id === 'linear-cka');
    await command('showReference', method);
    await until(() => shown('Linear CKA'));
    assert.match(await pageOf('/Linear CKA.md'), /^# Linear CKA.*## Definition.*\\frac/s);
  });

  test('the self-test computes every published value again and shows the table', async () => {
    await command('selfTest');
    await until(() => shown('Self-test'));
    const report = await pageOf('/Self-test.md');
    assert.match(report, /All \d+ published values come out/);
    assert.doesNotMatch(report, /✗/);
  });
});
