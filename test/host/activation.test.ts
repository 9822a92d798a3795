import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { inside } from './support';

suite('activation', () => {
  test('every command of the manifest is registered, and no other of ours', async () => {
    const { context } = await inside();
    const contributed: { command: string }[] = context.extension.packageJSON.contributes.commands;
    const ours = (await vscode.commands.getCommands(true)).filter((id) =>
      /^sextant\.(?!(representations|analyses|methods)\.)/.test(id),
    );
    assert.deepEqual(ours.sort(), contributed.map(({ command }) => command).sort());
  });

  test('settings have the defaults of the manifest', () => {
    const settings = vscode.workspace.getConfiguration('sextant');
    assert.deepEqual([settings.get('memory'), settings.get('threads'), settings.get('seed')], [1024, 0, 0]);
    assert.deepEqual(settings.get('recommendedMeasures'), []);
  });
});
