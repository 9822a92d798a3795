import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { encodeNpy } from '../../src/data/npy-writer';
import { Matrix } from '../../src/linalg/matrix';
import type { ModelSession } from '../../src/linalg/session';
import { runLayers } from '../../src/models/run';
import { refusal, scratch } from './data-files';
import { smallModel } from './models-files';

let most = 0;
const heights: number[] = [];
/** A session that has room for so many rows, and gives back what it is given. */
const session: ModelSession = {
  async run({ x }, outputs) {
    const height = x?.shape[0] ?? 0;
    heights.push(height);
    if (most < 0)
      throw new Error(
        "Name:'/Add' Status Message: /src/onnxruntime/ops.h:583 void ort::Iterator::Append(size_t, size_t) 40 by 75.",
      );
    if (!x || height > most) throw new Error('Non-zero status code: std::bad_alloc');
    return Object.fromEntries(outputs.map((name) => [name, x]));
  },
  close: async () => {},
};
vi.mock('../../src/linalg/session', () => ({ openModel: async () => session, release: () => {} }));

const { folder, write } = scratch();
const path = write('m.onnx', smallModel());
const rows = Array.from({ length: 9 }, (_, i) => [i, i + 1, i + 2, i + 3]);
write('x.npy', encodeNpy(Matrix.of(rows)));
const around = { base: folder, memory: 1e9, signal: new AbortController().signal, progress: () => {} };

async function run(memory: number, room = 1e9) {
  most = memory;
  heights.length = 0;
  const values: number[] = [];
  const sink = {
    begin: async () => {},
    put: async (_: number, data: ArrayLike<number>) => void values.push(...Array.from(data)),
  };
  const request = { path, layers: ['squared'], data: [{ path: join(folder, 'x.npy') }], batch: 8 };
  return { values, ...(await runLayers(request, sink, { ...around, memory: room })) };
}

test('where memory is refused, half as many rows are run, which is said, and none is lost', async () => {
  const { values, warnings } = await run(2);
  expect(heights).toEqual([8, 4, 2, 2, 2, 2, 1]);
  expect(values).toEqual(rows.flat());
  expect(warnings).toEqual([
    'There was not enough memory for 8 rows at a time; 4 were run.',
    'There was not enough memory for 4 rows at a time; 2 were run.',
  ]);
});

test('where there is no memory for one row, that is said', async () => {
  expect(await refusal(run(0))).toMatch(/m\.onnx: there is not enough memory for one row: .*bad_alloc/);
  expect(heights).toEqual([8, 4, 2, 1]);
});

test('a bound on memory bounds the rows at a time before anything is run', async () => {
  // 32 bytes for each row of four units, in half of the bound.
  const { warnings, values } = await run(100, 400);
  expect(Math.max(...heights)).toBe(6);
  expect(values).toEqual(rows.flat());
  expect(warnings).toEqual(['6 rows at a time instead of 8: the layers take 32 bytes of memory for each row.']);
});

test('what onnxruntime says of the data is told without places in its source', async () => {
  expect(await refusal(run(-1))).toBe(
    "m.onnx: onnxruntime cannot run it on this data: Name:'/Add' Status Message: 40 by 75.",
  );
});
