import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTextRows } from '../../src/data/texts';
import { normaliseRows, readPooling } from '../../src/models/pooling';
import { tokenizerFolder } from '../../src/models/side-files';
import { TextTokenizer } from '../../src/models/tokens';
import { UserError } from '../../src/protocol/errors';

/** A word is a token; [CLS] before, [SEP] after. */
const words = {
  added_tokens: [],
  decoder: null,
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'Whitespace' },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    vocab: { '[PAD]': 0, '[UNK]': 1, '[CLS]': 2, '[SEP]': 3, a: 4, b: 5, c: 6, d: 7 },
  },
  post_processor: {
    type: 'TemplateProcessing',
    single: [
      { SpecialToken: { id: '[CLS]', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '[SEP]', type_id: 1 } },
    ],
    pair: [],
  },
};

function folderOf(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-tokens-'));
  for (const [name, value] of Object.entries(files))
    writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
  return folder;
}

const numbers = (values: BigInt64Array) => Array.from(values, Number);

test('tokens are padded to the longest, and the mask and types say which are tokens', async () => {
  const tokenizer = await TextTokenizer.open(folderOf({ 'tokenizer.json': words }));
  const { rows, length, ...tokens } = tokenizer.encode(['A b', 'c x d', '']);
  expect([rows, length]).toEqual([3, 5]);
  expect(numbers(tokens.inputIds)).toEqual([2, 4, 5, 3, 0, 2, 6, 1, 7, 3, 2, 3, 0, 0, 0]);
  expect(numbers(tokens.attentionMask)).toEqual([1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0]);
  expect(numbers(tokens.tokenTypeIds)).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0]);
  expect(tokenizer.settings.maxLength).toBeNull();
});

test('a text that is too long is cut between its special tokens, on the side that the files say', async () => {
  const right = await TextTokenizer.open(
    folderOf({ 'tokenizer.json': words, 'tokenizer_config.json': { model_max_length: 4 } }),
  );
  expect(numbers(right.encode(['a b c d']).inputIds)).toEqual([2, 4, 5, 3]);
  expect(right.encode(['a b', 'a b c d', 'a']).cut).toEqual([1]);
  expect(numbers(right.encode(['a b']).inputIds)).toEqual([2, 4, 5, 3]);
  const sides = { model_max_length: 4, truncation_side: 'left', padding_side: 'left' };
  const left = await TextTokenizer.open(folderOf({ 'tokenizer.json': words, 'tokenizer_config.json': sides }));
  expect(numbers(left.encode(['a b c d', 'a']).inputIds)).toEqual([2, 6, 7, 3, 0, 2, 4, 3]);
});

test('the smallest bound of the files holds; one that is no bound does not', async () => {
  const files = {
    'tokenizer.json': { ...words, truncation: { max_length: 9 }, padding: { pad_id: 7, direction: 'Left' } },
    'tokenizer_config.json': { model_max_length: 1e30, pad_token: '[PAD]' },
    'config.json': { max_position_embeddings: 12, model_type: 'roberta', pad_token_id: 1 },
    'sentence_bert_config.json': { max_seq_length: 11 },
  };
  const { settings } = await TextTokenizer.open(folderOf(files));
  expect(settings).toEqual({ maxLength: 9, padId: 7, padOn: 'left', cutOn: 'right' });
  const { settings: fewer } = await TextTokenizer.open(
    folderOf({ ...files, 'tokenizer.json': words, 'sentence_bert_config.json': {} }),
  );
  expect(fewer).toEqual({ maxLength: 10, padId: 0, padOn: 'right', cutOn: 'right' });
});

test('what is missing or damaged is said in words', async () => {
  const empty = folderOf({});
  await expect(tokenizerFolder(join(empty, 'onnx', 'model.onnx'))).rejects.toThrow(
    /no tokenizer\.json.*token ids instead/s,
  );
  await expect(TextTokenizer.open(empty)).rejects.toThrow(UserError);
  for (const bad of ['{', '[]', 'null', '{"model":{"type":"no-such"}}', '{"model":{}}', '{}'])
    await expect(TextTokenizer.open(folderOf({ 'tokenizer.json': bad })), bad).rejects.toThrow(UserError);
  await expect(TextTokenizer.open(folderOf({ 'tokenizer.json': words, 'config.json': '7' }))).rejects.toThrow(
    /config\.json/,
  );
});

test('pooling is what the folder says', async () => {
  const modules = [
    { type: 'sentence_transformers.models.Transformer' },
    { type: 'x.Pooling', path: '2_P' },
    { type: 'x.Normalize' },
  ];
  const folder = folderOf({
    'modules.json': modules,
    'pooling.json': { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false },
  });
  expect(await readPooling(folder)).toMatchObject({ pooling: 'cls', after: ['unit-length'], warnings: [] });
  expect(await readPooling(folderOf({}))).toMatchObject({ pooling: 'mean', after: [] });
  expect((await readPooling(folderOf({ 'modules.json': [{ type: 'x.Dense', path: '../..' }] }))).warnings).toHaveLength(
    1,
  );
  const two = { pooling_mode_cls_token: true, pooling_mode_mean_tokens: true };
  await expect(readPooling(folderOf({ 'pooling.json': two }))).rejects.toThrow(
    /pooling_mode_cls_token and pooling_mode_mean/,
  );
});

test('rows are divided by their length, but for those of zeros', () => {
  const rows = Float32Array.of(3, 4, 0, 0);
  expect(normaliseRows(rows, 2)).toBe(1);
  expect([...rows]).toEqual([Math.fround(0.6), Math.fround(0.8), 0, 0]);
});

test('texts are a column, the lines of a file, or files', async () => {
  const folder = folderOf({
    'one.csv': 'id,words\n1,red\n2,\n3,blue\n',
    'two.csv': 'a,b\nx,y\nz,w\n',
    'named.csv': 'a,text\nx,y\nz,w\n',
    'lines.txt': 'one\r\n\r\nthree\nfour',
    'p1.md': 'first\nfile',
    'p2.md': 'second',
    'none.txt': '\n\n',
  });
  const read = (path: string, more = {}) => readTextRows({ path, ...more }, folder, { limit: 1e6 });
  expect(await read('one.csv')).toMatchObject({ texts: ['red', '', 'blue'], column: 'words', rows: 3 });
  expect((await read('one.csv')).notes.join()).toContain('1 empty text kept');
  await expect(read('two.csv')).rejects.toThrow('two.csv#a');
  expect((await read('two.csv', { tensor: 'b' })).texts).toEqual(['y', 'w']);
  expect((await read('named.csv')).texts).toEqual(['y', 'w']);
  const lines = await read('lines.txt');
  expect(lines).toMatchObject({ texts: ['one', 'three', 'four'], rows: 4, index: Int32Array.of(0, 2, 3) });
  expect(lines.notes.join()).toContain('1 blank line left out');
  expect((await read('lines.txt', { rows: [1, 3] })).texts).toEqual(['three']);
  expect((await read('p*.md')).texts).toEqual(['first\nfile', 'second']);
  await expect(read('none.txt')).rejects.toThrow(/no text/);
  await expect(readTextRows({ path: 'lines.txt' }, folder, { limit: 10 })).rejects.toThrow(/memory bound/);
  writeFileSync(join(folder, 'latin.txt'), Buffer.from([0xe9, 0x0a]));
  await expect(read('latin.txt')).rejects.toThrow(/UTF-8/);
});
