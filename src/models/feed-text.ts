import { basename } from 'node:path';
import type { ReadOptions } from '../data/tensor';
import { readTextRows } from '../data/texts';
import { UserError } from '../protocol/errors';
import type { ModelData } from '../protocol/result';
import { count, plural } from '../protocol/words';
import { type Feed, firstNames, type Seen, type Taken, tensorOf } from './feed-parts';
import type { GraphValue } from './onnx-read';
import type { TextSettings } from './preparation';
import { tokenizerFolder } from './side-files';
import { TextTokenizer, type Tokens } from './tokens';

/** So many of the longest texts are looked at to know how many tokens a batch may have. */
const probed = 16;

/**
 * Texts as tokens: ids, and mask, types and positions where the model takes them.
 * @param path of the model, whose tokenizer is in its folder.
 * @param inputs those of `tokenInputs` that the texts are for.
 * @throws UserError where there is no tokenizer or no text.
 */
export async function textFeed(
  path: string,
  inputs: readonly GraphValue[],
  data: ModelData,
  settings: TextSettings,
  base: string,
  free: Map<string, number>,
  { limit, signal }: ReadOptions,
): Promise<Feed> {
  const model = basename(path);
  const spec = { path: data.path, ...(data.tensor !== undefined && { tensor: data.tensor }) };
  const tokenizer = await TextTokenizer.open(await tokenizerFolder(path), {
    maxLength: settings['max-length'] || null,
    padOn: settings['padding-side'],
    cutOn: settings['truncation-side'],
  });
  const read = await readTextRows(spec, base, { limit, ...(signal && { signal }) });
  const { texts } = read;
  const what = `${basename(data.path)}${read.column === null ? '' : `: column '${read.column}'`}`;
  const least = settings.padding === 'max-length' ? settings['max-length'] : 1;
  if (least === 0)
    throw new UserError(
      'The preparation of the data: texts are padded to the most tokens, which are not bounded. Set max-length.',
    );
  const axis = inputs.find(({ name }) => name === 'input_ids')?.shape?.[1];
  const longest = [...texts].sort((a, b) => b.length - a.length).slice(0, probed);
  if (typeof axis === 'string') free.set(axis, tokenizer.encode(longest, signal, least).length);
  const masked = inputs.some(({ name }) => name === 'attention_mask');
  /** Tensors of tokens, for the rows from `start`. */
  const tensorsOf = (tokens: Tokens, start: number): Taken['inputs'] => {
    const shape = [tokens.rows, tokens.length];
    const made = inputs.map((input) => {
      const values = valuesOf(input.name, tokens);
      if (input.dtype === 'int64') return [input.name, { type: 'int64', data: values, shape }] as const;
      const numbers = Float64Array.from(values, Number);
      return [input.name, tensorOf(model, input, what, numbers, shape, start).tensor] as const;
    });
    return Object.fromEntries(made);
  };
  return {
    ...{ what, rows: texts.length, inputs: inputs.map(({ name }) => name) },
    async take(start, end, height): Promise<Taken> {
      const part = Array.from({ length: height }, (_, i) => texts[Math.min(start + i, end - 1)] as string);
      const tokens = tokenizer.encode(part, signal, least);
      const missing = emptyOf(tokens).filter((i) => i < end - start);
      const shape = [tokens.rows, tokens.length];
      const mask = { shape, data: Float64Array.from(tokens.attentionMask, Number) };
      // A text without a token leaves nothing to average; its row is not used.
      for (const i of missing) mask.data.fill(1, i * tokens.length, (i + 1) * tokens.length);
      const seen: Seen = {
        cut: tokens.cut.filter((i) => i < end - start).length,
        padded: tokens.attentionMask.includes(0n),
        ...(missing.length > 0 && {
          lost: { count: missing.length, names: missing.map((i) => count(start + i)), why: '' },
        }),
      };
      return { inputs: tensorsOf(tokens, start), mask, missing, seen };
    },
    ...(least === 1 && {
      shorter({ mask }: Pick<Taken, 'mask'>) {
        const length = (mask?.shape[1] ?? 1) - 1;
        if (length === 0) return undefined;
        const tokens = cutTo(tokenizer.encode(texts.slice(0, 1), signal, length), length);
        const all = Float64Array.from({ length }, () => 1);
        return { inputs: tensorsOf(tokens, 0), mask: { shape: [1, length], data: all } };
      },
    }),
    notes: ({ cut = 0 }) => [
      ...read.notes,
      `tokens by tokenizer.json, ${least > 1 ? `padded to ${count(least)}` : 'batches filled to their longest'}${settings['padding-side'] === 'left' ? ' on the left' : ''}`,
      ...(cut > 0
        ? [`${count(cut)} of ${plural(texts.length, 'text')} cut to ${plural(settings['max-length'], 'token')}`]
        : []),
    ],
    warnings: ({ lost, padded }) => [
      ...(lost
        ? [
            `${what}: ${plural(lost.count, 'text')} without a token (row ${firstNames(lost)}): the rows hold no numbers, and comparisons leave them out.`,
          ]
        : []),
      ...(padded && !masked
        ? [
            `${model} takes no attention_mask: it computes with padding as if it were text. Run one text at a time to have none.`,
          ]
        : []),
    ],
  };
}

/** The first tokens of a single text. */
function cutTo(tokens: Tokens, length: number): Tokens {
  const { inputIds, attentionMask, tokenTypeIds } = tokens;
  return {
    ...{ ...tokens, length, inputIds: inputIds.slice(0, length) },
    ...{ attentionMask: attentionMask.slice(0, length), tokenTypeIds: tokenTypeIds.slice(0, length) },
  };
}

/** Of the texts, from 0, those without a token. */
function emptyOf({ rows, length, attentionMask }: Tokens): number[] {
  return Array.from({ length: rows }, (_, i) => i).filter(
    (i) => !attentionMask.subarray(i * length, (i + 1) * length).includes(1n),
  );
}

function valuesOf(name: string, { inputIds, attentionMask, tokenTypeIds, length }: Tokens): BigInt64Array {
  if (name === 'input_ids') return inputIds;
  if (name === 'token_type_ids') return tokenTypeIds;
  if (name === 'attention_mask') return attentionMask;
  // Positions count the tokens of a text, whatever padding stands before them.
  const positions = new BigInt64Array(attentionMask.length);
  for (let i = 0, next = 0n; i < positions.length; i++) {
    if (i % length === 0) next = 0n;
    positions[i] = next;
    if (attentionMask[i] !== 0n) next++;
  }
  return positions;
}
