import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeNpy } from '../../src/data/npy-writer';
import { extract } from '../../src/engine/extract';
import { withLayers } from '../../src/engine/place';
import { describePreparation } from '../../src/engine/preparation';
import { endsOf } from '../../src/engine/study-ends';
import { Matrix } from '../../src/linalg/matrix';
import { encodeModel } from '../../src/linalg/onnx';
import { linearCka } from '../../src/methods/compare/linear-cka';
import { decodeImage } from '../../src/models/decode-image';
import { applySteps } from '../../src/models/image-steps';
import { imagePresets } from '../../src/models/preprocessor';
import type { Comparison, ExtractRequest, InputSpec } from '../../src/protocol/result';
import { read, refusal, scratch } from './data-files';
import { root } from './engine-files';
import { tokenModel } from './models-files';

const fixtures = join(root, 'test/fidelity/fixtures');
const { folder, write } = scratch();
const signal = new AbortController().signal;
const out = join(folder, 'out.safetensors');

async function made(request: Pick<ExtractRequest, 'path' | 'data'> & Partial<ExtractRequest>) {
  const whole: ExtractRequest = { out, ...request };
  const task = { kind: 'extract', request: whole, draft: out, base: folder, memory: 1e9, threads: 1 } as const;
  return extract(task, { signal, progress: () => {} });
}
const values = async (layer: string) => [...(await read(out, layer)).data];

/** A network that gives back what it is given. */
const same = (name: string, shape: readonly (number | string)[]) =>
  encodeModel({
    nodes: [{ op: 'Identity', inputs: [name], outputs: ['same'] }],
    inputs: [{ name, element: 'float32', shape }],
    outputs: [{ name: 'same', element: 'float32' }],
  });

/** A Hugging Face folder in which every word is a token. */
function wordFolder(name: string, files: Readonly<Record<string, unknown>> = {}): string {
  mkdirSync(join(folder, name, 'onnx'), { recursive: true });
  const vocab = { '[PAD]': 0, '[UNK]': 1, a: 2, b: 3, c: 4, d: 5 };
  const tokenizer = {
    ...{ added_tokens: [], decoder: null, normalizer: null, post_processor: null },
    pre_tokenizer: { type: 'Whitespace' },
    model: { type: 'WordPiece', unk_token: '[UNK]', vocab },
  };
  for (const [file, content] of Object.entries({ 'tokenizer.json': tokenizer, ...files }))
    writeFileSync(join(folder, name, file), JSON.stringify(content));
  const path = join(folder, name, 'onnx/model.onnx');
  writeFileSync(path, tokenModel());
  return path;
}
write('texts.csv', 'id,words\n1,a b\n2,c\n3,d a b c\n');

test('texts become ids and a mask; a reduction is what the folder says, or what the person does', async () => {
  const path = wordFolder('mean');
  const data = [{ path: 'texts.csv', tensor: 'words' }];
  const { steps } = await made({ path, data, layers: ['pair'], batch: 2 });
  // Ids 2 3 | 4 | 5 2 3 4, twice each, averaged over the tokens that are none of padding.
  expect(await values('pair')).toEqual([2.5, 2.5, 4, 4, 3.5, 3.5]);
  expect(steps).toContain('mean of the tokens: the folder does not say otherwise');
  await made({ path: wordFolder('cls', { 'pooling.json': { pooling_mode: 'cls' } }), data, layers: ['pair'] });
  expect(await values('pair')).toEqual([2, 2, 4, 4, 5, 5]);
  const left = { 'padding-side': 'left', 'max-length': 3 };
  const cut = await made({ path, data, layers: ['pair'], reduce: 'last', preparation: left });
  expect(await values('pair')).toEqual([3, 3, 4, 4, 3, 3]);
  expect(cut.steps.join('; ')).toMatch(/batches filled to their longest on the left; 1 of 3 texts cut to 3 tokens/);
  expect(cut.prepared).toMatchObject({ reduce: 'last', 'max-length': 3, 'padding-side': 'left', padding: 'longest' });
});

test('layers with a unit for each token are left out where texts differ in them, and are there where they do not', async () => {
  const path = wordFolder('flat');
  const data = [{ path: 'texts.csv' }];
  const { warnings, layers } = await made({ path, data, batch: 2 });
  expect(layers.map(({ name }) => name)).toEqual(['column', 'pair']);
  expect(warnings.join()).toMatch(
    /looked, numbers, same left out: reduced by mean, there would be as many units as a text has tokens/,
  );
  expect(await refusal(made({ path, data, layers: ['same'] }))).toMatch(/layer 'same' is no representation/);
  await made({ path, data, layers: ['same'], preparation: { padding: 'max-length', 'max-length': 4 } });
  expect(await values('same')).toEqual([1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1]);
});

test('a text without a token has no numbers, and is named', async () => {
  const { warnings } = await made({
    path: wordFolder('empty'),
    data: [{ path: write('gap.csv', 'id,text\n1,a\n2,\n3,b\n') }],
    layers: ['pair'],
  });
  expect(await values('pair')).toEqual([2, 2, Number.NaN, Number.NaN, 3, 3]);
  expect(warnings.join()).toMatch(/1 text without a token \(row 1\): the rows hold no numbers/);
});

test('what is text and has no use, or no tokenizer, is refused in words', async () => {
  const bare = join(folder, 'bare/onnx/model.onnx');
  mkdirSync(join(folder, 'bare/onnx'), { recursive: true });
  writeFileSync(bare, tokenModel());
  const data = [{ path: 'texts.csv' }];
  expect(await refusal(made({ path: bare, data }))).toMatch(
    /text needs the model's tokenizer, and there is no tokenizer\.json/,
  );
  const numbers = write('numbers.onnx', same('x', ['n', 4]));
  expect(await refusal(made({ path: numbers, data: [{ path: 'texts.csv', tensor: 'words' }] }))).toMatch(
    /texts\.csv#words is text, and numbers\.onnx takes x: text is for models that take input_ids/,
  );
  const path = wordFolder('wrong');
  expect(await refusal(made({ path, data, preparation: { 'max-length': -1 } }))).toMatch(
    /The preparation of the data: the parameter "max-length" cannot be -1; it takes a whole number from 0/,
  );
  expect(await refusal(made({ path, data, preparation: { crop: [2] } }))).toMatch(/has no parameter "crop"/);
});

test('of a thousand images one that cannot be read is named, its row has no numbers, and the rest is done', async () => {
  const photos = join(folder, 'photos');
  mkdirSync(photos);
  for (let i = 0; i < 1000; i++) copyFileSync(join(fixtures, 'images/rgb.png'), join(photos, `${i}.png`));
  writeFileSync(join(photos, '500.png'), 'no image');
  const path = write('pictures.onnx', same('pixel_values', ['n', 3, 4, 4]));
  const { rows, warnings, steps } = await made({
    path,
    data: [{ path: 'photos' }],
    preparation: { preset: 'clip', resize: [4, 4], crop: [] },
  });
  expect(rows).toBe(1000);
  expect(warnings).toEqual([
    expect.stringMatching(/^1 of 1,000 images cannot be read: 500\.png\. Their rows hold no numbers/),
  ]);
  expect(steps.join('; ')).toMatch(
    /images in counting order of their names; to red, green and blue; resized to 4 x 4 \(bicubic/,
  );
  const { data } = await read(out, 'same');
  expect([...data.subarray(500 * 48, 501 * 48)].every(Number.isNaN)).toBe(true);
  expect(data.filter(Number.isNaN)).toHaveLength(48);
  const [channels, , , scale, normalise, layout] = imagePresets.clip;
  const resize = { op: 'resize', width: 4, height: 4, filter: 'bicubic' } as const;
  const picture = await decodeImage(join(photos, '7.png'));
  const expected = applySteps(picture, [channels, resize, scale, normalise, layout]).data;
  expect([...data.subarray(7 * 48, 8 * 48)]).toEqual([...expected]);
});

test('images that do not fit the input say so after which steps; without a file of the folder a guess is said', async () => {
  const path = join(folder, 'pictures.onnx');
  const data = [{ path: 'photos/1*.png' }];
  expect(await refusal(made({ path, data, preparation: { resize: [5, 4] } }))).toMatch(
    /photos|1\*\.png does not fit the input 'pixel_values' of pictures\.onnx: expected n x 3 x 4 x 4, found 111 x 3 x 4 x 5/,
  );
  const { warnings, prepared } = await made({ path, data });
  expect(prepared).toMatchObject({ preset: 'model', resize: [4, 4], scale: 1 / 255, mean: [], layout: 'nchw' });
  expect(warnings.join()).toMatch(/There is no preprocessor_config\.json/);
  expect(await refusal(made({ path, data: [{ path: 'bare' }] }))).toMatch(/there is no image/);
  expect(await refusal(made({ path, data, preparation: { preset: 'vgg' } }))).toMatch(/no preset "vgg"/);
});

test('several inputs: texts for those of tokens, images for the one that is left', async () => {
  const path = join(folder, 'both/model.onnx');
  wordFolder('both');
  const graph = {
    nodes: [
      { op: 'Cast', inputs: ['input_ids'], outputs: ['numbers'], attributes: { to: 1 } },
      { op: 'Identity', inputs: ['pixel_values'], outputs: ['pixels'] },
    ],
    inputs: [
      { name: 'input_ids', element: 'int32', shape: ['n', 2] },
      { name: 'pixel_values', element: 'float32', shape: ['n', 4, 4, 1] },
    ],
    outputs: [
      { name: 'numbers', element: 'float32' },
      { name: 'pixels', element: 'float32' },
    ],
  } as const;
  writeFileSync(path, encodeModel(graph));
  const data = [{ path: 'photos/10?.png' }, { path: write('ten.csv', `text\n${'a b\n'.repeat(5)}${'c\n'.repeat(5)}`) }];
  const { prepared, layers } = await made({ path, data, layers: ['numbers', 'pixels'] });
  expect(prepared).toMatchObject({ channels: 'grey', layout: 'nhwc', padding: 'max-length', 'max-length': 2 });
  expect(layers.map(({ units }) => units)).toEqual([2, 4]);
  expect((await values('numbers')).slice(8, 14)).toEqual([2, 3, 4, 0, 4, 0]);
  expect(await refusal(made({ path, data: data.slice(0, 1) }))).toMatch(/also takes input_ids/);
  expect(await refusal(made({ path, data: [{ path: 'photos' }, ...data.slice(1)] }))).toMatch(
    / has 10 rows, photos 1,000|photos has 1,000/,
  );
});

test('sounds are rows of samples, as long as the longest or as many as are asked for', async () => {
  const path = write('sounds.onnx', same('input_values', ['n', 'samples']));
  const data = [{ path: join(fixtures, 'audio/*.wav') }];
  const { rows, layers, steps } = await made({ path, data });
  expect([rows, layers[0]?.units]).toEqual([7, expect.any(Number)]);
  expect(steps.join('; ')).toMatch(
    /sounds in counting order of their names; cut or filled with zeros to [\d,]+ samples/,
  );
  await made({ path, data, preparation: { samples: 5, standardise: true } });
  const { data: five, shape } = await read(out, 'same');
  expect(shape).toEqual([7, 5]);
  expect(five.every(Number.isFinite)).toBe(true);
  expect(await refusal(made({ path, data, preparation: { rate: 3 } }))).toMatch(
    /none of 7 sounds can be read\. .* samples a second where 3/,
  );
});

test('sounds with several rates, and those that are cut off, are said to be, however many rows run at a time', async () => {
  const path = write('heard.onnx', same('input_values', ['n', 'samples']));
  const data = [{ path: 'heard' }];
  mkdirSync(join(folder, 'heard'));
  const whole = readFileSync(join(fixtures, 'audio/pcm16.wav'));
  copyFileSync(join(fixtures, 'audio/pcm24.wav'), join(folder, 'heard/a.wav'));
  // 200 samples of two channels with 16 bits, from byte 44.
  writeFileSync(join(folder, 'heard/b.wav'), whole.subarray(0, 44 + 4 * 7 + 3));
  copyFileSync(join(fixtures, 'audio/float32.wav'), join(folder, 'heard/c.wav'));
  writeFileSync(join(folder, 'heard/d.wav'), whole.subarray(0, 44 + 4 * 150));
  const cut =
    '2 of 4 sounds cut off where the file ends: b.wav (7 of 200 samples), d.wav (150 of 200 samples). ' +
    'The rows hold what is there. Get the whole files, or leave these out.';
  for (const batch of [1, 3, 32])
    expect((await made({ path, data, batch })).warnings).toEqual([
      cut,
      'The sounds have different sample rates: 3 of 8,000 Hz, 1 of 44,100 Hz. Nothing is resampled, so that samples are not ' +
        'as far apart in every row. Resample them, or keep those of one rate (Samples per second, --set rate=8000 on the command line).',
    ]);
  const { warnings } = await made({ path, data, preparation: { rate: 8000 } });
  expect(warnings).toEqual([expect.stringMatching(/^1 of 4 sounds cannot be read: c\.wav\./), cut]);
});

test('the parameters of a preparation are those of the data that is given, with what the folder says as defaults', async () => {
  const text = {
    path: wordFolder('asked', { 'config.json': { max_position_embeddings: 9 } }),
    model: { data: [{ path: 'texts.csv' }], preparation: { 'max-length': 5 } },
  };
  const { parameters, values: chosen } = await describePreparation(text, folder, signal);
  expect(Object.keys(parameters.properties)).toEqual([
    'reduce',
    'max-length',
    'padding',
    'padding-side',
    'truncation-side',
    'unit-length',
  ]);
  expect([parameters.properties['max-length']?.default, chosen['max-length']]).toEqual([9, 5]);
  write('four.npy', encodeNpy(Matrix.of([[1, 2, 3, 4]])));
  const numbers = { path: 'numbers.onnx', model: { data: [{ path: 'four.npy' }] } };
  expect(Object.keys((await describePreparation(numbers, folder, signal)).parameters.properties)).toEqual(['reduce']);
});

/** Words as pairs of numbers, and a layer behind them. */
const pairs = encodeModel({
  nodes: [
    { op: 'Reshape', inputs: ['table', 'size'], outputs: ['rows'] },
    { op: 'Cast', inputs: ['rows'], outputs: ['weights'], attributes: { to: 1 } },
    { op: 'Gather', inputs: ['weights', 'input_ids'], outputs: ['looked'] },
    { op: 'Relu', inputs: ['looked'], outputs: ['behind'] },
    { op: 'Identity', inputs: ['attention_mask'], outputs: ['same'] },
  ],
  inputs: [
    { name: 'input_ids', element: 'int64', shape: ['batch', 'tokens'] },
    { name: 'attention_mask', element: 'int64', shape: ['batch', 'tokens'] },
  ],
  outputs: [
    { name: 'behind', element: 'float32' },
    { name: 'same', element: 'int64' },
  ],
  integers: { size: [6, 2], table: [0, 0, 0, 0, 1, -1, 2, 5, 3, -2, -4, 1] },
});

test('what a model is given is a layer of it, by its own name: the data once it is prepared, and of ids what they look up', async () => {
  const images = { path: join(folder, 'pictures.onnx'), data: [{ path: join(fixtures, 'images/*.png') }] };
  const { steps, layers } = await made({ ...images, layers: ['pixel_values'] });
  expect(steps).toContain('not run: 6 rows, 32 at a time, as the model is given them');
  expect(layers).toMatchObject([{ name: 'pixel_values', units: 48 }]);
  const given = await values('pixel_values');
  expect((await made({ ...images, layers: ['*', 'pixel_values'] })).layers.map(({ name }) => name)).toEqual([
    'pixel_values',
    'same',
  ]);
  expect([await values('pixel_values'), await values('same')]).toEqual([given, given]);
  expect((await made(images)).layers.map(({ name }) => name)).toEqual(['same']);
  const path = wordFolder('pairs');
  writeFileSync(path, pairs);
  const texts = { path, data: [{ path: 'texts.csv' }] };
  expect(await refusal(made({ ...texts, layers: ['input_ids'] }))).toMatch(
    /'input_ids' holds ids, such as those of tokens: .* the layer 'looked'; take that/,
  );
  await made({ ...texts, layers: ['looked'] });
  // a (1, -1), b (2, 5), c (3, -2), d (-4, 1), averaged over each text.
  expect(await values('looked')).toEqual([1.5, 2, 3, -2, 0.5, 0.75]);
});

test('profiles to the input, of images, sounds and texts alike, say what that is', async () => {
  const desk = { signal, progress: () => {} };
  const around = { base: folder, memory: 1e9, threads: 1 };
  const ends = (...inputs: InputSpec[]) =>
    withLayers({ inputs }, around, desk, (placed) => {
      const request = { ...placed, measure: 'linear-cka' };
      return endsOf({ ...around, kind: 'study', request, comparison: {} as Comparison }, [linearCka], desk);
    });
  const same = expect.closeTo(1, 6);
  const whole = (input: string) => [`the input: '${input}' as the model is given it, every value`];
  const sounds = { data: [{ path: join(fixtures, 'audio/*.wav') }] };
  const images = { data: [{ path: join(fixtures, 'images/*.png') }] };
  for (const [path, input, model] of [
    ['sounds.onnx', 'input_values', sounds],
    ['pictures.onnx', 'pixel_values', images],
  ] as const)
    expect(await ends({ path, tensor: 'same', model })).toEqual({
      ...{ inputs: [{ name: 'the input', values: [same] }], notes: whole(input), warnings: [] },
    });
  const path = 'pairs/onnx/model.onnx';
  const model = { data: [{ path: 'texts.csv' }] };
  const texts = await ends({ path, tensor: 'looked', model }, { path, tensor: 'behind', model });
  expect(texts.inputs).toEqual([{ name: 'the input', values: [same, expect.any(Number)] }]);
  expect(texts.inputs[0]?.values[1]).toBeLessThan(0.99);
  expect(texts.notes.join()).toBe(
    "the input: 'looked', looked up by the ids in 'input_ids', between which no distance means anything",
  );
  const six = { path: write('six.csv', `text\n${'a b\nc\nd\n'.repeat(2)}`) };
  const both = { data: [...images.data, six], reduce: 'flatten' } as const;
  const { inputs, warnings } = await ends({ path: 'both/model.onnx', tensor: 'pixels', model: both });
  expect(inputs).toEqual([{ name: "the input 'pixel_values'", values: [same] }]);
  expect(warnings.join()).toMatch(
    /^Not compared with the input 'input_ids' of model\.onnx: .* what they look up is not known/,
  );
});
