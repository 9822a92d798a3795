import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, command, sample, until } from './support';

const digits = (seed: number) => sample(`digits/digits-cnn-seed${seed}-activations.npz`);

suite('studying runs', () => {
  teardown(closeAll);

  test('two archives, as the Explorer hands them over, are two runs of eight layers', async () => {
    const chosen = [digits(0), digits(1)];
    const session = await command('studyRuns', chosen[0], chosen);
    assert(session);
    const [study] = await until(() => session.analysis.studies);
    assert.deepEqual(
      study?.runs.map(({ layers }) => layers.length),
      [8, 8],
    );
    // NumPy, double precision.
    const found = study?.sections.find(({ id }) => id === 'identification');
    assert.deepEqual(found?.values, { accuracy: 5 / 16, right: 5, layers: 16 });
  });

  test('a folder stands for the files in it, but not for tables beside arrays', async () => {
    const session = await command('studyRuns', sample('words'));
    assert(session);
    const names = session.analysis.request.inputs.map(({ path }) => vscode.Uri.file(path).path.split('/').pop());
    assert.deepEqual(names, ['kjv-fasttext.npy', 'kjv-word2vec-a.npy', 'kjv-word2vec-b.npy']);
    assert.deepEqual(session.analysis.request.study, {});
  });
});
