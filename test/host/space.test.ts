import assert from 'node:assert/strict';
import { closeAll, command, sample, until } from './support';

const words = (run: string) => sample(`words/kjv-word2vec-${run}.npy`);

suite('look at a space', () => {
  teardown(closeAll);

  test('one file opens its map, two the maps of both', async () => {
    const one = await command('lookAtSpace', words('a'), [words('a')]);
    assert.deepEqual(one?.analysis.request.methods, [{ method: 'pca' }]);
    const two = await command('lookAtSpace', words('a'), [words('a'), words('b')]);
    assert.equal(two?.analysis.request.workbench, 'space');
    assert.deepEqual(two.analysis.request.methods, [{ method: 'pca' }, { method: 'pca', on: 1 }]);
    const maps = await until(() => {
      const found = two.analysis.results.filter(({ method }) => method === 'pca');
      return found.length === 2 ? found : undefined;
    });
    assert.deepEqual(
      maps?.map(({ inputs }) => inputs[0]?.path.slice(-5)),
      ['a.npy', 'b.npy'],
    );
  });
});
