import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { readRepresentation } from '../../src/data/representation';
import { readTextRows } from '../../src/data/texts';
import { normaliseRows, poolTokens, readPooling } from '../../src/models/pooling';
import { TextTokenizer, tokenizerFolder } from '../../src/models/tokens';

const samples = join(import.meta.dirname, '../../media/samples/text');
/** Too large for the samples, which are part of what people install. */
const encoders = join(import.meta.dirname, 'fixtures/text');
const limit = 1e9;

/** Embeddings that were made by the encoders' own training code: mean over unmasked tokens, unit length. */
test.each(['plain-encoder', 'matryoshka-encoder'])(
  '%s gives the expected embeddings from its folder alone',
  async (name) => {
    const path = join(encoders, name, 'onnx/model.onnx');
    const folder = await tokenizerFolder(path);
    const tokenizer = await TextTokenizer.open(folder);
    const { pooling } = await readPooling(folder);
    const { texts } = await readTextRows({ path: 'verses.csv', tensor: 'text' }, samples, { limit });
    const session = await InferenceSession.create(path);
    const { matrix: expected } = await readRepresentation({ path: `${name}/expected-embeddings.npy` }, encoders, {
      limit,
    });
    let worst = 0;
    for (let first = 0; first < texts.length; first += 100) {
      const { rows, length, inputIds, attentionMask } = tokenizer.encode(texts.slice(first, first + 100));
      const tensor = (data: BigInt64Array) => new Tensor('int64', data, [rows, length]);
      const outputs = await session.run({ input_ids: tensor(inputIds), attention_mask: tensor(attentionMask) });
      const states = outputs.last_hidden_state as Tensor;
      const pooled = poolTokens(
        states.data as Float32Array,
        attentionMask,
        [rows, length, states.dims[2] as number],
        pooling,
      );
      expect(normaliseRows(pooled, expected.columns)).toBe(0);
      const wanted = expected.slice(first, first + rows).data;
      for (const [k, value] of pooled.entries()) worst = Math.max(worst, Math.abs(value - (wanted[k] as number)));
    }
    expect(expected.rows).toBe(texts.length);
    expect(worst).toBeLessThan(1e-5);
  },
);
