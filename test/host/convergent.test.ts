import assert from 'node:assert/strict';
import { closeAll, command, sample, until } from './support';

const words = (run: string) => sample(`words/kjv-word2vec-${run}.npy`);

suite('convergent learning', () => {
  teardown(closeAll);

  test('two files, as the Explorer hands them over, open the workbench and are computed', async () => {
    const session = await command('convergentLearning', words('a'), [words('a'), words('b')]);
    assert(session);
    assert.equal(session.analysis.request.workbench, 'convergent');
    const report = await until(() => session.analysis.results.find(({ method }) => method === 'convergent-learning'));
    // SciPy's assignment of NumPy's correlations.
    assert.equal(report?.values.correlation?.toFixed(8), '0.30513892');
  });
});
