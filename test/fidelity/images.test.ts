import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { imagePixelsPca } from '../../src/methods/embed/image-pixels-pca';
import { decodeImage } from '../../src/models/decode-image';
import { applySteps } from '../../src/models/image-steps';
import { readImages } from '../../src/models/images';
import { resample } from '../../src/models/resample';
import type { ImageStep } from '../../src/protocol/images';
import { runMethod, sampleMatrix } from '../unit/run-method';

const folder = join(import.meta.dirname, 'fixtures/images');
// By NumPy and Pillow: reference/images.py.
const reference = JSON.parse(readFileSync(join(import.meta.dirname, 'reference/images.json'), 'utf8'));
const bytesOf = ({ bytes }: { bytes: string }) => new Uint8Array(Buffer.from(bytes, 'base64'));

/** JPEG leaves the arithmetic of its transform, and how colours are spread over pixels, to the decoder. */
const tolerance: Readonly<Record<string, number>> = {
  'smooth.jpg': 3,
  'grey.jpg': 1,
  'progressive.jpg': 3,
  'subsampled.jpg': 16,
};

test.each(Object.keys(reference.decoded))('%s has the pixels that Pillow reads', async (name) => {
  const picture = await decodeImage(join(folder, name));
  const { data, shape } = applySteps(picture, [{ op: 'channels', to: 'rgb' }]);
  const expected = bytesOf(reference.decoded[name]);
  expect(shape).toEqual(reference.decoded[name].shape);
  const worst = data.reduce((most, value, k) => Math.max(most, Math.abs(value - (expected[k] as number))), 0);
  expect(worst).toBeLessThanOrEqual(tolerance[name] ?? 0);
});

test('resizing is Pillow’s to the byte, by each filter', async () => {
  const { data } = await decodeImage(join(folder, 'rgb.png'));
  for (const { height, width, filter, ...expected } of reference.resized) {
    const found = resample(data, [17, 23, 3], [height, width], filter);
    expect([...found], `${filter} ${height} x ${width}`).toEqual([...bytesOf(expected)]);
  }
});

test('grey, and the steps of a classifier', async () => {
  const picture = await decodeImage(join(folder, 'rgb.png'));
  const grey = applySteps(picture, [{ op: 'channels', to: 'grey' }]);
  expect([...grey.data]).toEqual([...bytesOf(reference.grey)]);
  const steps: readonly ImageStep[] = [
    { op: 'channels', to: 'rgb' },
    { op: 'resize-shortest', side: 12, filter: 'bilinear' },
    { op: 'centre-crop', width: 10, height: 10 },
    { op: 'rescale', factor: 1 / 255 },
    { op: 'normalise', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    { op: 'layout', to: 'nchw' },
  ];
  const { data, shape } = applySteps(picture, steps);
  expect(shape).toEqual([3, 10, 10]);
  for (const [k, value] of data.entries()) expect(value).toBeCloseTo(reference.pixels[k], 5);
});

test('principal components of pooled pixels, of a folder of digits', async () => {
  const images = mkdtempSync(join(tmpdir(), 'sextant-digits-'));
  const digits = sampleMatrix('digits/digits-test-images.npy');
  for (let i = 0; i < 100; i++) {
    const data = Uint8Array.from(digits.row(i), (value) => Math.floor(255 * value + 0.5));
    writeFileSync(join(images, `${i}.png`), encode({ width: 8, height: 8, channels: 1, depth: 8, data }));
  }
  for (const { side, kept, scores } of reference.pca) {
    const parameters = { side, dimensions: 6, colour: false };
    const steps = imagePixelsPca.pixels?.(parameters) ?? [];
    const { matrix } = await readImages(images, '', steps, { limit: 1e9 });
    const { values, representations } = await runMethod(imagePixelsPca, [matrix], parameters);
    expect(values).toMatchObject({ images: 100, dimensions: 6, kept: expect.closeTo(kept, 6) });
    for (const [i, row] of scores.entries())
      for (const [c, value] of row.entries())
        expect(Math.abs(representations?.[0]?.matrix.at(i, c) as number)).toBeCloseTo(value, 5);
  }
});

test('images that differ by less than a level of 255 in the mean are the same, and it is said why', async () => {
  // The means of four pixels are 100 and 100.25.
  const rows = [100, 101].map((last) => {
    const picture = { width: 4, height: 1, channels: 1, data: Uint8Array.of(100, 100, 100, last) } as const;
    return [...applySteps(picture, imagePixelsPca.pixels?.({ side: 1, colour: false }) ?? []).data];
  });
  expect(rows).toEqual([[Math.fround(100 / 255)], [Math.fround(100 / 255)]]);
  const { warnings } = await runMethod(imagePixelsPca, [Matrix.of(rows)], {});
  expect(warnings?.join()).toMatch(/rounded to 1\/255 \(16-bit images are read as 8-bit\)/);
});

test('two images span one dimension', async () => {
  const { reading, warnings } = await runMethod(imagePixelsPca, [Matrix.of([[0.1], [0.2]])], {});
  expect(reading).toMatch(/^Each of 2 images is now 1 number, which keeps 100 % of the variance/);
  expect(warnings).toEqual(['The images span 1 dimension; 64 were asked for.']);
});
