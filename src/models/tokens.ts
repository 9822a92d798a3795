import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import type { Signal } from '../data/source';
import { messageOf, UserError } from '../protocol/errors';
import { count } from '../protocol/words';
import { readTokenFiles, settingsOf, type TokenSettings } from './token-settings';

/** Texts as a model takes them, padded to the longest: three matrices of rows x length, row-major. */
export interface Tokens {
  readonly rows: number;
  readonly length: number;
  readonly inputIds: BigInt64Array;
  /** 1 for a token, 0 for padding. */
  readonly attentionMask: BigInt64Array;
  readonly tokenTypeIds: BigInt64Array;
  /** Of the texts, from 0, those that were cut to the bound. */
  readonly cut: readonly number[];
}

/** The tokenizer of a Hugging Face folder. */
export class TextTokenizer {
  private seen = 0;

  private constructor(
    private readonly tokenizer: Tokenizer,
    readonly settings: TokenSettings,
  ) {}

  /**
   * The tokenizer as its folder says, but for what the person has chosen; the bound of the length is the smallest that one of the
   * files states.
   * @throws UserError where there is no tokenizer.json, or one of the files is damaged.
   */
  static async open(folder: string, chosen: Partial<TokenSettings> = {}): Promise<TextTokenizer> {
    const files = await readTokenFiles(folder);
    try {
      const tokenizer = new Tokenizer(files.definition, files.own);
      return new TextTokenizer(tokenizer, {
        ...settingsOf(files, (token) => tokenizer.token_to_id(token)),
        ...chosen,
      });
    } catch (error) {
      throw new UserError(
        `${join(folder, 'tokenizer.json')}: this tokenizer cannot be used (${messageOf(error)}). Copy the folder of the model anew.`,
      );
    }
  }

  /**
   * Tokens of a batch, with the special ones that the model expects, cut to the bound and padded to the longest, or to `least`
   * where that is more.
   * @throws UserError where a text cannot be split; what `signal` throws.
   */
  encode(texts: readonly string[], signal?: Signal, least = 1): Tokens {
    const encoded = texts.map((text, i) => {
      if (i % 64 === 0) signal?.throwIfAborted();
      return this.encodeOne(text);
    });
    const length = encoded.reduce((most, { ids }) => Math.max(most, ids.length), least);
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
    const cut = encoded.flatMap((one, i) => (one.cut ? i : []));
    return { rows: texts.length, length, inputIds, attentionMask, tokenTypeIds, cut };
  }

  private encodeOne(text: string): { ids: readonly number[]; types?: readonly number[]; cut?: boolean } {
    const { maxLength, cutOn } = this.settings;
    try {
      this.seen++;
      const { ids, token_type_ids: types } = this.tokenizer.encode(text, { return_token_type_ids: true });
      if (ids.includes(undefined as unknown as number))
        throw new Error('it has no id for a part of it, and none for what is unknown');
      if (maxLength === null || ids.length <= maxLength) return { ids, ...(types && { types }) };
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
      return { ids: cutOf(ids), ...(types && { types: cutOf(types) }), cut: true };
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
