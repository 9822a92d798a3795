import { expect, test } from 'vitest';
import { contextOf } from '../../src/engine/context';
import { umap } from '../../src/methods/transform/umap';
import type { Sketch } from '../../src/protocol/engine';
import { contextFor, runMethod, sampleMatrix } from './run-method';

test('a map is shown as far as it has come: some rows, evenly spaced, where there are many', () => {
  const seen: Sketch[] = [];
  const desk = {
    signal: new AbortController().signal,
    progress: () => {},
    sketch: (make: () => Sketch) => seen.push(make()),
  };
  const index = Int32Array.from({ length: 6000 }, (_, i) => i + 10);
  const places = Float64Array.from({ length: 12_000 }, (_, k) => k / 3);
  contextOf(desk, 0, { index }, 0, 1e9).sketch?.(places, 2);
  expect(seen[0]?.of).toBe(6000);
  expect(seen[0]?.rows.slice(0, 3)).toEqual([10, 13, 16]);
  expect(seen[0]?.rows).toHaveLength(2000);
  expect(seen[0]?.places.map((list) => list[1])).toEqual([2, 2.333]);
});

test('UMAP shows its map in every epoch, and is none the wiser for it', async () => {
  const x = sampleMatrix('words/kjv-fasttext.npy').slice(0, 60);
  let rounds = 0;
  const sketch = (places: Float64Array, axes: number) => {
    rounds++;
    expect([places.length, axes]).toEqual([120, 2]);
  };
  const parameters = umap.parameters.parse({ epochs: 12 });
  const watched = await umap.run([{ name: 'a', matrix: x }], parameters, { ...contextFor(60), sketch });
  const alone = await runMethod(umap, [x], { epochs: 12 });
  expect(rounds).toBe(12);
  expect(watched.values).toEqual(alone.values);
});
