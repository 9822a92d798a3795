import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { answering, closeAll, command, computed, inFolder, sample, until, withMeasures } from './support';

const words = (name: string) => sample(`words/kjv-${name}.npy`);
const digits = (seed: number) => sample(`digits/digits-cnn-seed${seed}-activations.npz`);

suite('comparing', () => {
  teardown(closeAll);

  test('two files, as the Explorer hands them over, gives the measures of the settings', async () => {
    await withMeasures(['procrustes', 'no-such-measure', 'linear-cka'], async () => {
      const chosen = [words('word2vec-a'), words('word2vec-b')];
      const session = await command('compareRepresentations', chosen[0], chosen);
      assert(session);
      await computed(session);
      const { request, results } = session.analysis;
      assert.deepEqual(
        request.inputs,
        chosen.map(({ fsPath }) => ({ path: fsPath })),
      );
      assert.deepEqual(
        results.map(({ method }) => method),
        ['procrustes', 'linear-cka'],
      );
      // NumPy, double precision.
      assert(Math.abs((results[1]?.values.cka ?? 0) - 0.94934406) < 1e-8);
    });
  });

  test('one file asks with what, those beside it first', async () => {
    const [first, second] = [words('word2vec-a'), words('fasttext')];
    let chosen: vscode.Uri | undefined = second;
    const choose = (items: unknown) =>
      (items as readonly { readonly uri?: vscode.Uri }[]).find(({ uri }) => uri?.path === chosen?.path && chosen);
    const ask = () => command('compareRepresentations', first);
    const [list] = await answering('showQuickPick', choose, async () => {
      const inputs = (await ask())?.analysis.request.inputs;
      assert.deepEqual(inputs, [{ path: first.fsPath }, { path: second.fsPath }]);
      chosen = undefined;
      assert.equal(await ask(), undefined);
    });
    const offered = (list as readonly { readonly description?: string }[]).map(({ description }) => description);
    assert.deepEqual(offered.slice(0, 5), ['words', 'words', 'words', 'words', 'digits']);
  });

  test('two tables with a column of lists compares these, and asks nothing', async () => {
    await inFolder(async (folder) => {
      const write = async (name: string, rows: number) => {
        const line = (i: number) => JSON.stringify({ id: i, embedding: [Math.sin(i), Math.cos(i), i % 7] });
        const path = join(folder, name);
        await writeFile(path, Array.from({ length: rows }, (_, i) => line(i)).join('\n'));
        return vscode.Uri.file(path);
      };
      const chosen = [await write('a.jsonl', 40), await write('b.jsonl', 30)];
      const session = await command('compareRepresentations', chosen[0], chosen);
      assert.deepEqual(
        session?.analysis.request.inputs,
        chosen.map(({ fsPath }) => ({ path: fsPath, tensor: 'embedding' })),
      );
    });
  });

  test('two archives gives the map of all their layers, and the last pair in focus', async () => {
    const chosen = [digits(0), digits(1)];
    const session = await command('compareRepresentations', chosen[0], chosen);
    assert(session);
    await computed(session);
    const { request, comparisons } = session.analysis;
    assert.equal(request.inputs.length, 16);
    assert.deepEqual(request.pair, [7, 15]);
    const matrix = comparisons[0]?.measures['linear-cka']?.matrix;
    // NumPy, double precision, to the digits given.
    assert(Math.abs((matrix?.[0]?.[8] ?? 0) - 0.8538) < 5e-5);
    assert(Math.abs((matrix?.[7]?.[15] ?? 0) - 0.8432) < 5e-5);
  });

  test('a page that was hidden comes back with its results, and takes commands again', async () => {
    await withMeasures(['linear-cka'], async () => {
      const session = await command('compareRepresentations', digits(0), [words('word2vec-a'), words('fasttext')]);
      assert(session);
      await computed(session);
      const first = session.analysis.results[0];
      const other = await command('analyseRepresentation', words('fasttext'));
      assert(other);
      await computed(other);
      await vscode.commands.executeCommand('workbench.action.previousEditor');
      await command('rerunAnalysis');
      await until(() => session.analysis.results[0] !== first);
      assert.deepEqual(session.analysis.results[0]?.values, first?.values);
    });
  });

  test('the tensors of one archive compares each with each', async () => {
    const session = await command('compareTensors', digits(0));
    assert.equal(session?.analysis.request.inputs.length, 8);
  });

  test('analysing one tensor from the sidebar asks nothing', async () => {
    const tensor = { name: 'layer8', shape: [450, 64], dtype: 'float32', bytes: 0 };
    const session = await command('analyseRepresentation', { kind: 'tensor', uri: digits(0), tensor });
    assert.deepEqual(session?.analysis.request.inputs, [{ path: digits(0).fsPath, tensor: 'layer8' }]);
  });
});
