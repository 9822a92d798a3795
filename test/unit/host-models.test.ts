import { expect, test } from 'vitest';
import { modelPage } from '../../src/figures/model';
import { choicesOf, chosenAtFirst } from '../../src/host/model-layers';
import type { LayerRole, ModelDescription, ModelLayer } from '../../src/protocol/model';

const layer = (name: string, role?: LayerRole, scope = ''): ModelLayer => ({
  ...{ name, op: 'Relu', node: name, scope, dtype: 'float32', shape: ['n', 4, null] },
  ...(role && { role }),
});
const model = (layers: readonly ModelLayer[]): ModelDescription => ({
  ...{
    graph: 'g',
    producer: 'pytorch',
    irVersion: 8,
    opsets: [{ domain: '', version: 17 }],
    nodes: 3,
    parameters: 1234,
  },
  ...{ inputs: [{ name: 'x', dtype: 'float32', shape: ['n', 4] }], outputs: [], layers, external: [] },
});

test('of models of one architecture the layers that all have are chosen once; of others, those of each', () => {
  const [a, b, c] = [layer('a', 'activation'), layer('b'), layer('c', 'residual')];
  expect(choicesOf([model([a, b, c])])).toEqual([[a, b, c]]);
  expect(choicesOf([model([a, b, c]), model([c, a])])).toEqual([[a, c]]);
  expect(choicesOf([model([a]), model([b])])).toEqual([[a], [b]]);
  // That both have a layer called 'logits' makes them no pair.
  const [d, e] = [layer('d', 'norm'), layer('e', 'norm')];
  const both = [
    [a, b, layer('logits', 'output'), layer('c', 'pooling')],
    [d, e, layer('logits', 'output')],
  ] as const;
  expect(choicesOf(both.map(model))).toEqual(both);
  expect(() => choicesOf([model([])])).toThrow(/computes nothing/);
});

test('good layers are chosen at first; of very many, the ends of blocks', () => {
  const few = [layer('a', 'activation'), layer('b'), layer('c', 'residual')];
  expect([...chosenAtFirst(few)].map(({ name }) => name)).toEqual(['a', 'c']);
  const many = Array.from({ length: 100 }, (_, i) => layer(`l${i}`, i % 5 === 0 ? 'residual' : 'activation'));
  expect([...chosenAtFirst(many)].map(({ role }) => role)).toEqual(Array(20).fill('residual'));
  const same = Array.from({ length: 100 }, (_, i) => layer(`l${i}`, 'activation'));
  expect(chosenAtFirst(same).size).toBe(48);
});

test('the page of a model shows names as they are, whatever marks they hold', () => {
  const page = modelPage(
    'm.onnx',
    model([layer('a|b', 'activation', 'block'), layer('<img>\n# x', undefined, 'block')]),
    5000,
  );
  expect(page).toContain('opset 17 · 3 nodes · 1,234 parameters · 5,000 bytes · pytorch');
  expect(page).toContain('| x | n × 4 | float32 |');
  expect(page).toContain('| block | a\\|b | Relu | n × 4 × ? | after an activation |');
  expect(page).toContain('|  | \\<img\\> # x | Relu |');
});
