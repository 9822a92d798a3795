import { basename, dirname, join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import type { Signal } from '../data/source';
import { count, plural } from '../data/words';
import { messageOf, UserError } from '../protocol/errors';
import { exists, type Fields, readFields } from './json';

/** Texts as a model takes them, padded to the longest: three matrices of rows x length, row-major. */
export interface Tokens {
  readonly rows: number;
  readonly length: number;
  readonly inputIds: BigInt64Array;
  /** 1 for a token, 0 for padding. */
  readonly attentionMask: BigInt64Array;
  readonly tokenTypeIds: BigInt64Array;
}

/** How texts become tokens, as the files of the folder say; shown, and kept with a result. */
export interface TokenSettings {
  /** Tokens of a text at most, special ones counted; null: no bound is known. */
  readonly maxLength: number | null;
  readonly padId: number;
  readonly padOn: 'left' | 'right';
  readonly cutOn: 'left' | 'right';
}

/**
 * The Hugging Face folder of a model: the one it lies in (`model.onnx`), or the one above (`onnx/model.onnx`), whichever has
 * `tokenizer.json`.
 * @throws UserError where neither has.
 */
export async function tokenizerFolder(modelPath: string): Promise<string> {
  const near = dirname(modelPath);
  for (const folder of [near, dirname(near)]) if (await exists(join(folder, 'tokenizer.json'))) return folder;
  throw new UserError(
    `${basename(modelPath)}: text needs the model's tokenizer, and there is no tokenizer.json in ${near} or the folder above. ` +
      'Copy the whole folder of the model (tokenizer.json, tokenizer_config.json, config.json), or give token ids instead of text.',
  );
}

/** The tokenizer of a Hugging Face folder. */
export class TextTokenizer {
  private cut = 0;
  private seen = 0;

  private constructor(
    private readonly tokenizer: Tokenizer,
    readonly settings: TokenSettings,
  ) {}

  /**
   * Reads `tokenizer.json`, and beside it `tokenizer_config.json`, `config.json` and `sentence_bert_config.json`, each where it
   * is there: the bound of the length is the smallest that one of them states.
   * @throws UserError where there is no tokenizer.json, or one of them is damaged.
   */
  static async open(folder: string): Promise<TextTokenizer> {
    const path = join(folder, 'tokenizer.json');
    const definition = await readFields(path);
    if (!definition)
      throw new UserError(
        `${folder}: there is no tokenizer.json, which text needs. Copy the whole folder of the model, or give token ids.`,
      );
    const own = (await readFields(join(folder, 'tokenizer_config.json'))) ?? {};
    const network = (await readFields(join(folder, 'config.json'))) ?? {};
    const sentences = (await readFields(join(folder, 'sentence_bert_config.json'))) ?? {};
    try {
      const tokenizer = new Tokenizer(definition, own);
      return new TextTokenizer(tokenizer, settingsOf(tokenizer, definition, own, network, sentences));
    } catch (error) {
      throw new UserError(
        `${path}: this tokenizer cannot be used (${messageOf(error)}). Copy the folder of the model anew.`,
      );
    }
  }

  /**
   * Tokens of a batch, with the special ones that the model expects, cut to the bound and padded to the longest.
   * @throws UserError where a text cannot be split; what `signal` throws.
   */
  encode(texts: readonly string[], signal?: Signal): Tokens {
    const encoded = texts.map((text, i) => {
      if (i % 64 === 0) signal?.throwIfAborted();
      return this.encodeOne(text);
    });
    const length = encoded.reduce((most, { ids }) => Math.max(most, ids.length), 1);
    const size = texts.length * length;
    const inputIds = new BigInt64Array(size).fill(BigInt(this.settings.padId));
    const attentionMask = new BigInt64Array(size);
    const tokenTypeIds = new BigInt64Array(size);
    for (const [i, { ids, types }] of encoded.entries()) {
      const start = i * length + (this.settings.padOn === 'left' ? length - ids.length : 0);
      for (const [t, id] of ids.entries()) {
        inputIds[start + t] = BigInt(id);
        attentionMask[start + t] = 1n;
        tokenTypeIds[start + t] = BigInt(types?.[t] ?? 0);
      }
    }
    return { rows: texts.length, length, inputIds, attentionMask, tokenTypeIds };
  }

  /** What was done to the texts so far, for the steps of a result. */
  get steps(): readonly string[] {
    const { maxLength } = this.settings;
    return [
      'tokens by tokenizer.json, padded to the longest of a batch',
      ...(this.cut > 0 ? [`${count(this.cut)} of ${plural(this.seen, 'text')} cut to ${maxLength} tokens`] : []),
    ];
  }

  private encodeOne(text: string): { ids: readonly number[]; types?: readonly number[] } {
    const { maxLength, cutOn } = this.settings;
    try {
      this.seen++;
      const { ids, token_type_ids: types } = this.tokenizer.encode(text, { return_token_type_ids: true });
      if (ids.includes(undefined as unknown as number))
        throw new Error('it has no id for a part of it, and none for what is unknown');
      if (maxLength === null || ids.length <= maxLength) return { ids, ...(types && { types }) };
      this.cut++;
      const bare = this.tokenizer.encode(text, { add_special_tokens: false }).ids;
      // Special tokens stand before and after the text, and stay: the text between them is cut.
      const before = offsetOf(bare, ids);
      const keep = Math.max(0, maxLength - (ids.length - bare.length));
      const start = before + (cutOn === 'left' ? bare.length - keep : 0);
      const cutOf = (all: readonly number[]) =>
        [...all.slice(0, before), ...all.slice(start, start + keep), ...all.slice(before + bare.length)].slice(
          0,
          maxLength,
        );
      return { ids: cutOf(ids), ...(types && { types: cutOf(types) }) };
    } catch (error) {
      throw new UserError(`The tokenizer fails on text ${count(this.seen)} (${messageOf(error)}). Check that text.`);
    }
  }
}

/** Where `inner` lies in `outer`, as a whole. */
function offsetOf(inner: readonly number[], outer: readonly number[]): number {
  for (let at = 0; at <= outer.length - inner.length; at++) {
    if (inner.every((id, i) => outer[at + i] === id)) return at;
  }
  return 0;
}

function settingsOf(
  tokenizer: Tokenizer,
  definition: Fields,
  own: Fields,
  network: Fields,
  sentences: Fields,
): TokenSettings {
  const part = (name: string) => (definition[name] ?? {}) as Fields;
  // RoBERTa and its kin number positions from the one after the padding's.
  const skipped = /roberta|camembert/.test(String(network.model_type)) ? 1 + (whole(network.pad_token_id) ?? 1) : 0;
  const positions = whole(network.max_position_embeddings);
  const bounds = [
    whole(own.model_max_length),
    whole(sentences.max_seq_length),
    whole(part('truncation').max_length),
    positions === undefined ? undefined : positions - skipped,
  ].filter((bound) => bound !== undefined && bound > 0);
  const padToken = (own.pad_token as Fields | undefined)?.content ?? own.pad_token;
  const named = typeof padToken === 'string' ? tokenizer.token_to_id(padToken) : undefined;
  const isLeft = (...sides: unknown[]) =>
    String(sides.find((side) => typeof side === 'string')).toLowerCase() === 'left';
  return {
    maxLength: bounds.length > 0 ? Math.min(...(bounds as number[])) : null,
    padId: whole(part('padding').pad_id) ?? named ?? whole(network.pad_token_id) ?? 0,
    padOn: isLeft(own.padding_side, part('padding').direction) ? 'left' : 'right',
    cutOn: isLeft(own.truncation_side, part('truncation').direction) ? 'left' : 'right',
  };
}

/** Tokenizers without a bound state an absurd one. */
function whole(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 1e9 ? value : undefined;
}
