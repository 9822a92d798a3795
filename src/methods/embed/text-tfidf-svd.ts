import { z } from 'zod';
import { UserError } from '../../protocol/errors';
import { count } from '../../protocol/words';
import { defineMethod, type Outcome, type Texts } from '../method';
import { percent } from '../shared/pca';
import { embedded, needsRows, planeOf } from './made';
import { tfIdf } from './tfidf';
import { truncatedSvd } from './truncated-svd';

const parameters = z.object({
  dimensions: z
    .int()
    .min(1)
    .max(2048)
    .default(128)
    .meta({ title: 'Dimensions', description: 'Columns of the result, at most.' }),
  words: z
    .int()
    .min(0)
    .max(4)
    .default(2)
    .meta({ title: 'Words', description: 'Longest run of words that is a piece; 0: none.' }),
  characters: z.int().min(0).max(8).default(5).meta({
    title: 'Characters',
    description: 'Longest run of characters within a word that is a piece, from 3 on; below 3: none.',
  }),
  bits: z.int().min(8).max(24).default(18).meta({
    title: 'Bits of the hash',
    description: 'Pieces are hashed into 2 to this power buckets; those that fall into one bucket are one.',
  }),
  sublinear: z
    .boolean()
    .default(true)
    .meta({ title: 'Damp counts', description: 'Count a piece as 1 + ln of how often it occurs.' }),
});

export const textTfidfSvd = defineMethod({
  id: 'text-tfidf-svd',
  kind: 'embed',
  title: 'TF-IDF and truncated SVD of texts',
  summary:
    'A baseline without a model: describes every text by the pieces of words that it shares with the others (latent semantic analysis).',
  blindTo: 'blind to meaning that is not in the letters, and to the order of words beyond a few of them',
  takes: 'text',
  labels: 'optional',
  parameters,
  values: [
    { key: 'texts', title: 'Texts', range: [0, null] },
    { key: 'pieces', title: 'Different pieces, hashed', range: [0, null] },
    { key: 'dimensions', title: 'Dimensions', range: [0, null] },
    { key: 'kept', title: 'Share of the squared length that is kept', range: [0, 1] },
  ],
  invariances: [],
  symmetric: false,
  cost: 'O(n³) for up to 1,024 texts; O(e k) a round beyond, for e entries of the table of texts and pieces and k dimensions',
  formula:
    'U_k S_k of X = U S Vᵀ; X[i,t] = (1 + ln count) (ln((1 + n) / (1 + df_t)) + 1), rows of unit length; t the hashed (MurmurHash3) runs of words and, with a # before them, of 3 or more characters of a word with a space at either end; text in lower case and NFKC, a word of letters, marks, digits and underscores',
  tex: String.raw`U_k \Sigma_k \text{ of } X = U \Sigma V^{\top}, \qquad X_{it} \propto (1 + \ln c_{it}) \left(\ln \frac{1 + n}{1 + \mathrm{df}_t} + 1\right), \quad \lVert X_{i\cdot}\rVert = 1`,
  citation:
    'Deerwester, Dumais, Furnas, Landauer, Harshman (1990). Indexing by latent semantic analysis. JASIS 41. Halko, Martinsson, Tropp (2011). Finding structure with randomness. SIAM Review 53',
  async run([input], chosen, context) {
    const { name, texts } = input as Texts;
    needsRows(texts.length, 'text');
    if (chosen.words < 1 && chosen.characters < 3)
      throw new UserError(
        'Without runs of words or of characters there is nothing to count. Set words to 1 or more, or characters to 3.',
      );
    // Some 40 bytes for each piece of each text while they are counted; a character begins a few.
    const characters = texts.reduce((sum, text) => sum + text.length, 0);
    context.reserve(
      40 * (1 + chosen.words + Math.max(0, chosen.characters - 2)) * characters,
      'the pieces of the texts',
    );
    const x = tfIdf(texts, chosen, context);
    if (x.columns === 0) throw new UserError(`${name}: the texts hold no letter or digit. Choose another column.`);
    const { scores, singular, rounds, settled } = await truncatedSvd(x, chosen.dimensions, context);
    const total = x.values.reduce((sum, value) => sum + value * value, 0);
    const kept = Math.min(1, singular.reduceRight((sum, value) => sum + value * value, 0) / total);
    const empty = texts.filter((_, i) => x.offsets[i] === x.offsets[i + 1]).length;
    return {
      values: { texts: texts.length, pieces: x.columns, dimensions: scores.columns, kept },
      ...(await planeOf(name, scores, context)),
      ...embedded(name, scores),
      steps: [
        'text in lower case, in compatibility form (NFKC)',
        `pieces hashed into ${count(2 ** chosen.bits)} buckets (MurmurHash3)`,
        'rows of unit length before the decomposition, columns not centred',
        rounds === 0
          ? 'all components found, the first kept'
          : `components by subspace iteration from a random start, ${rounds} rounds`,
      ],
      reading: `Each of ${texts.length} texts is now ${scores.columns} numbers, which keep ${percent(kept)} of what its pieces say. It is a baseline: texts are near each other where they share letters and words.`,
      warnings: [
        ...(empty > 0 ? [`${empty} of ${texts.length} texts without a letter or digit: rows of zeros.`] : []),
        ...(scores.columns < chosen.dimensions
          ? [`The texts span ${scores.columns} dimensions; ${chosen.dimensions} were asked for.`]
          : []),
        ...(settled ? [] : ['The last components had not come to rest: they may differ with the seed.']),
      ],
    } satisfies Outcome;
  },
});
