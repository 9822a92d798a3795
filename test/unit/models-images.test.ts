import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decodeBytes, decodeImage } from '../../src/models/decode-image';
import { applySteps } from '../../src/models/image-steps';
import { readImages } from '../../src/models/images';
import { mediaFilesOf } from '../../src/models/media-files';
import { imagePresets, readPreprocessor } from '../../src/models/preprocessor';
import { UserError } from '../../src/protocol/errors';
import type { ImageStep } from '../../src/protocol/images';

const fixtures = join(import.meta.dirname, '../fidelity/fixtures/images');
const formats = ['rgb.png', 'smooth.jpg', 'lossless.webp', 'lossy.webp', 'rgb.bmp'];
const temporary = () => mkdtempSync(join(tmpdir(), 'sextant-images-'));
const file = (name: string) => readFileSync(join(fixtures, name));

/** A folder of `count` copies of an image, 2.png after 1.png and before 10.png. */
function copies(count: number): string {
  const folder = temporary();
  for (let i = 1; i <= count; i++) copyFileSync(join(fixtures, 'rgb.png'), join(folder, `${i}.png`));
  return folder;
}

const small: readonly ImageStep[] = [
  { op: 'channels', to: 'rgb' },
  { op: 'resize', width: 2, height: 2, filter: 'box' },
  { op: 'layout', to: 'nchw' },
];

test('a folder or a pattern is one source, in counting order; one bad image of many is named, the rest is done', async () => {
  const folder = copies(1000);
  writeFileSync(join(folder, '500.png'), file('rgb.png').subarray(0, 300));
  writeFileSync(join(folder, 'notes.txt'), 'no image');
  const read = await readImages(folder, '', small, { limit: 1e8 });
  expect(read.matrix.rows).toBe(999);
  expect(read.shape).toEqual([3, 2, 2]);
  expect([read.names[1], read.names[9], read.names[499]]).toEqual(['2.png', '10.png', '501.png']);
  expect(read.index[499]).toBe(500);
  expect(read.warnings).toHaveLength(1);
  expect(read.warnings[0]).toMatch(/^1 of 1,000 images left out: 500\.png\. 500\.png: this PNG image cannot be read/);
  expect((await readImages('10?.png', folder, small, { limit: 1e8 })).names).toHaveLength(10);
});

test('hidden files, links and inner folders are no images of a folder; a folder without any is refused', () => {
  const folder = copies(2);
  mkdirSync(join(folder, 'inner.png'));
  writeFileSync(join(folder, '.hidden.png'), '');
  symlinkSync(join(fixtures, 'rgb.png'), join(folder, 'link.png'));
  expect(mediaFilesOf(folder, 'images')).toEqual([join(folder, '1.png'), join(folder, '2.png')]);
  expect(() => mediaFilesOf(temporary(), 'images')).toThrow(/there is no image/);
  expect(() => mediaFilesOf(join(folder, 'x*.png'), 'images')).toThrow(UserError);
});

test('images of several sizes need a step that makes them one; what does not fit into memory is refused before it is made', async () => {
  const folder = copies(2);
  copyFileSync(join(fixtures, 'smooth.jpg'), join(folder, '3.jpg'));
  await expect(readImages(folder, '', [], { limit: 1e8 })).rejects.toThrow(
    /3\.jpg is 40 x 61 x 3 .* 1\.png 17 x 23 x 3/,
  );
  await expect(readImages(folder, '', small, { limit: 100 })).rejects.toThrow(/need 144 bytes of memory/);
});

test('no size in a header is believed beyond the bound, and none makes memory be taken', async () => {
  const png = file('rgb.png');
  const huge = Buffer.from(png);
  huge.writeUInt32BE(100_000_000, 16);
  await expect(decodeBytes(huge, 'x')).rejects.toThrow('it has 100,000,000 x 17 pixels; up to 40,000,000 are read');
  const bmp = Buffer.from(file('rgb.bmp'));
  bmp.writeInt32LE(6000, 18);
  bmp.writeInt32LE(6000, 22);
  await expect(decodeBytes(bmp, 'x')).rejects.toThrow(/ends before its pixels/);
  const webp = Buffer.from(file('lossy.webp'));
  webp.writeUInt16LE(0x3fff, 26);
  webp.writeUInt16LE(0x3fff, 28);
  await expect(decodeBytes(webp, 'x')).rejects.toThrow(/up to 40,000,000/);
  // A picture of 391 pixels whose data unpack to a hundred million bytes.
  const bomb = deflateSync(Buffer.alloc(1e8));
  const chunk = Buffer.alloc(bomb.length + 12);
  chunk.writeUInt32BE(bomb.length, 0);
  chunk.write('IDAT', 4, 'latin1');
  bomb.copy(chunk, 8);
  const start = png.indexOf('IDAT') - 4;
  await expect(decodeBytes(Buffer.concat([png.subarray(0, start), chunk, png.subarray(-12)]), 'x')).rejects.toThrow(
    UserError,
  );
});

test('a damaged image is an error in words, whatever its format and wherever it is damaged', async () => {
  for (const name of formats) {
    const bytes = file(name);
    for (let k = 0; k < 60; k++) {
      const cut = bytes.subarray(0, Math.floor((bytes.length * k) / 60));
      await decodeBytes(cut, name).catch((error: unknown) => expect(error, name).toBeInstanceOf(UserError));
      const flipped = Buffer.from(bytes);
      const at = (k * 7919) % bytes.length;
      flipped[at] = (flipped[at] as number) ^ 0xff;
      await decodeBytes(flipped, name).catch((error: unknown) => expect(error, name).toBeInstanceOf(UserError));
    }
  }
  await expect(decodeBytes(Buffer.from('GIF89a'), 'a.gif')).rejects.toThrow(/no PNG, JPEG, WebP or BMP/);
  await expect(decodeImage(join(fixtures, 'none.png'))).rejects.toThrow(/no such file/);
});

test('steps in an order that means nothing are refused in words', async () => {
  const picture = await decodeImage(join(fixtures, 'rgb.png'));
  const rescale: ImageStep = { op: 'rescale', factor: 1 / 255 };
  const resize: ImageStep = { op: 'resize', width: 4, height: 4, filter: 'bilinear' };
  expect(() => applySteps(picture, [rescale, resize])).toThrow(/comes before rescale/);
  expect(() => applySteps(picture, [{ op: 'layout', to: 'nchw' }, rescale])).toThrow(/layout comes last/);
  expect(() => applySteps(picture, [{ op: 'normalise', mean: [0], std: [1] }])).toThrow(/for 3 channels/);
  expect(() => applySteps(picture, [{ ...resize, width: 1e6, height: 1e6 }])).toThrow(/Choose another size/);
});

test('a crop beyond the image is surrounded by zeros; 1 less the value inverts', async () => {
  const data = Uint8Array.of(1, 2, 3, 4);
  const picture = { width: 2, height: 2, channels: 1, data } as const;
  const around = applySteps(picture, [{ op: 'centre-crop', width: 4, height: 3 }]);
  expect([...around.data]).toEqual([0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0]);
  const within = applySteps({ ...picture, width: 4, height: 1 }, [
    { op: 'centre-crop', width: 1, height: 1 },
    { op: 'invert' },
  ]);
  expect([...within.data]).toEqual([-1]);
});

test('preprocessor_config.json is read; what is not done here is refused', async () => {
  const folder = temporary();
  expect(await readPreprocessor(folder)).toBeUndefined();
  const write = (fields: unknown) => writeFileSync(join(folder, 'preprocessor_config.json'), JSON.stringify(fields));
  const mean = [0.48145466, 0.4578275, 0.40821073];
  const std = [0.26862954, 0.26130258, 0.27577711];
  const clip = {
    do_resize: true,
    do_center_crop: true,
    do_normalize: true,
    image_mean: mean,
    image_std: std,
    resample: 3,
  };
  write({ ...clip, size: 224, crop_size: 224, feature_extractor_type: 'CLIPFeatureExtractor' });
  expect(await readPreprocessor(folder)).toEqual(imagePresets.clip);
  write({ ...clip, size: { shortest_edge: 224 }, crop_size: { height: 224, width: 224 }, rescale_factor: 1 / 255 });
  expect(await readPreprocessor(folder)).toEqual(imagePresets.clip);
  write({ size: { height: 32, width: 48 }, do_normalize: false, do_rescale: false });
  expect(await readPreprocessor(folder)).toEqual([
    { op: 'channels', to: 'rgb' },
    { op: 'resize', width: 48, height: 32, filter: 'bilinear' },
    { op: 'layout', to: 'nchw' },
  ]);
  write({ ...clip, size: 224, resample: 1 });
  await expect(readPreprocessor(folder)).rejects.toThrow(/filter 1/);
  write({ size: { width: 'wide' } });
  await expect(readPreprocessor(folder)).rejects.toThrow(UserError);
});
