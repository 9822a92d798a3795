import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import type { Session } from '../../src/host/session';
import { answering, closeAll, command, complaints, computed, sample, withMeasures } from './support';

const model = (seed: number) => sample(`digits/digits-cnn-seed${seed}.onnx`);
const images = sample('digits/digits-test-images.npy');

type Item = vscode.QuickPickItem & { readonly uri?: vscode.Uri; readonly reduce?: string };

/** Keeps the layers that are chosen, takes the mean, and the test images. */
function answer(asked: unknown): unknown {
  const items = asked as readonly Item[];
  if (items.some(({ picked }) => picked)) return items.filter(({ picked }) => picked);
  return items.find(({ reduce, uri }) => reduce === 'mean' || uri?.path === images.path);
}

suite('models', () => {
  teardown(closeAll);

  test('two of them on the same data: the layers that are good to look at, each with each', async () => {
    await withMeasures(['linear-cka'], async () => {
      let session: Session | undefined;
      await answering('showQuickPick', answer, async () => {
        session = await command<Session>('compareModels', model(0), [model(0), model(1)]);
      });
      assert(session);
      await computed(session);
      const { request, comparisons, results } = session.analysis;
      // Eight activations, what is pooled, and the output.
      assert.equal(request.inputs.length, 20);
      assert.deepEqual(request.inputs[0]?.model, { data: [{ path: images.fsPath }], reduce: 'mean' });
      // NumPy on what was saved with the networks, double precision.
      const matrix = comparisons[0]?.measures['linear-cka']?.matrix;
      assert(Math.abs((matrix?.[0]?.[10] ?? 0) - 0.8538) < 5e-5);
      assert(Math.abs((matrix?.[7]?.[17] ?? 0) - 0.8432) < 5e-5);
      assert.match(results[0]?.steps.join() ?? '', /run on 450 rows/);
    });
  });

  test('what is in one is shown as a page', async () => {
    const said = await complaints(() => command('inspectModel', model(0)));
    assert.deepEqual(said, []);
    const refused = await complaints(() => command('inspectModel', sample('README.md')));
    assert.match(refused.join(), /README\.md/);
  });
});
