import { join } from 'node:path';
import { UserError } from '../protocol/errors';
import { type Fields, readFields } from './json';

/** How texts become tokens, as the files of the folder say; shown, and kept with a result. */
export interface TokenSettings {
  /** Tokens of a text at most, special ones counted; null: no bound is known. */
  readonly maxLength: number | null;
  readonly padId: number;
  readonly padOn: 'left' | 'right';
  readonly cutOn: 'left' | 'right';
}

/** What the files of a Hugging Face folder say of its tokenizer; each but the first may be missing. */
export interface TokenFiles {
  readonly definition: Fields;
  readonly own: Fields;
  readonly network: Fields;
  readonly sentences: Fields;
}

/**
 * Reads `tokenizer.json`, and beside it `tokenizer_config.json`, `config.json` and `sentence_bert_config.json`.
 * @throws UserError where there is no tokenizer.json, or one of them is damaged.
 */
export async function readTokenFiles(folder: string): Promise<TokenFiles> {
  const definition = await readFields(join(folder, 'tokenizer.json'));
  if (!definition)
    throw new UserError(
      `${folder}: there is no tokenizer.json, which text needs. Copy the whole folder of the model, or give token ids.`,
    );
  const of = async (name: string) => (await readFields(join(folder, name))) ?? {};
  return {
    definition,
    own: await of('tokenizer_config.json'),
    network: await of('config.json'),
    sentences: await of('sentence_bert_config.json'),
  };
}

/** What the files say; `idOf` gives the number of a token. */
export function settingsOf(
  { definition, own, network, sentences }: TokenFiles,
  idOf: (token: string) => number | undefined,
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
  const named = typeof padToken === 'string' ? idOf(padToken) : undefined;
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
