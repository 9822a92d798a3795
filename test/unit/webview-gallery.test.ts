import { describe, expect, test } from 'vitest';
import { picturesOf } from '../../src/protocol/gallery';
import { candidatesOf, fetchOnce, galleryOf, pictureOf, windowsOf } from '../../webview/gallery';

const tensor = (name: string | null, shape: number[], dtype = 'float32') => ({ name, shape, dtype, bytes: 0 });
const file = (...tensors: ReturnType<typeof tensor>[]) => ({ path: 'f', format: 'npy', bytes: 0, tensors });

test('which tensors hold a picture for each row', () => {
  expect(picturesOf([450, 1, 8, 8])).toEqual({ rows: 450, height: 8, width: 8, channels: 1, axis: 1 });
  expect(picturesOf([50, 28, 20])).toEqual({ rows: 50, height: 28, width: 20, channels: 1 });
  expect(picturesOf([9, 32, 48, 3])).toEqual({ rows: 9, height: 32, width: 48, channels: 3, axis: 3 });
  for (const shape of [[450, 64], [450, 64, 4, 4], [450], [5, 3, 1000, 8], [5, 2, 2]])
    expect(picturesOf(shape), String(shape)).toBeUndefined();
});

test('pictures are looked for where models ran, then among the inputs; what was chosen comes alone', () => {
  const request = {
    inputs: [
      { path: 'a.npz', tensor: 'layer8' },
      { path: 'm.onnx', tensor: 'r', model: { data: [{ path: 'i.npy' }] } },
    ],
    methods: [],
    seed: 0,
  };
  expect(candidatesOf(request)).toEqual([{ path: 'i.npy' }, { path: 'a.npz', tensor: 'layer8' }]);
  expect(candidatesOf({ ...request, gallery: { path: 't.csv', column: 'text' } })).toEqual([
    { path: 't.csv', column: 'text' },
  ]);
  expect(galleryOf({ path: 'f' }, file(tensor('a', [4, 8, 8]), tensor('b', [4, 8, 8])))).toBeNull();
  expect(galleryOf({ path: 'f', tensor: 'b' }, file(tensor('a', [4, 2]), tensor('b', [4, 8, 8])))?.spec.tensor).toBe(
    'b',
  );
  expect(galleryOf({ path: 'photos' }, { path: 'photos', format: 'images', bytes: 0, tensors: [], images: 9 })).toEqual(
    {
      kind: 'files',
      spec: { path: 'photos' },
    },
  );
});

describe('a picture', () => {
  const gallery = (shape: number[], dtype: string) => {
    const found = galleryOf({ path: 'f' }, file(tensor(null, shape, dtype)));
    if (found?.kind !== 'pictures') throw new Error('No pictures.');
    return found;
  };
  const part = (values: number[]) => ({ rows: [0, 4] as const, columns: [0, 4] as const, values });

  test('is one window of values for each channel', () => {
    expect(windowsOf(gallery([9, 4, 4, 3], 'uint8'), 7).map(({ slice }) => slice)).toEqual(
      [0, 1, 2].map((channel) => ({ rows: 1, columns: 2, at: [7, 0, 0, channel] })),
    );
    expect(windowsOf(gallery([9, 1, 4, 4], 'uint8'), 7)[0]?.slice).toEqual({ rows: 2, columns: 3, at: [7, 0, 0, 0] });
  });

  test('of bytes goes from 0 to 255, of fractions from 0 to 1, of anything else from its least to its largest', () => {
    const level = (dtype: string, first: number, rest: number) => {
      const { rgba, stretched } = pictureOf(gallery([1, 4, 4], dtype), [part([first, ...new Array(15).fill(rest)])]);
      return [rgba[0], rgba[3], rgba[4], stretched];
    };
    expect(level('uint8', 51, 0)).toEqual([51, 255, 0, false]);
    expect(level('float32', 0.2, 1)).toEqual([51, 255, 255, false]);
    expect(level('float32', -1, 4)).toEqual([0, 255, 255, true]);
  });
});

test('two lists that ask for the same item at once fetch it once; what cannot be read is asked for again', async () => {
  let fetches = 0;
  const fetch = async () => {
    fetches++;
    if (fetches > 1) throw new Error('gone');
    return 'text';
  };
  expect(await Promise.all([fetchOnce('a', fetch), fetchOnce('a', fetch)])).toEqual(['text', 'text']);
  expect(fetches).toBe(1);
  expect(await fetchOnce('b', fetch)).toBeNull();
  expect(await fetchOnce('b', fetch)).toBeNull();
  expect(fetches).toBe(3);
});
