import { join } from 'node:path';
import { z } from 'zod';
import { readFields } from './json';

/** How sounds become rows of samples. */
export const soundSettings = {
  samples: z.int().min(0).max(100_000_000).meta({
    title: 'Samples',
    description: 'Longer sounds are cut to so many, shorter ones end in zeros. 0: as many as the longest has.',
  }),
  rate: z.int().min(0).max(10_000_000).meta({
    title: 'Samples per second',
    description: 'A sound with another rate is left out: nothing is resampled. 0: any.',
  }),
  standardise: z.boolean().meta({
    title: 'Standardise',
    description: 'Each sound less its mean, over its standard deviation.',
  }),
};

/** What `preprocessor_config.json` says of sounds; any rate, as they are, where there is none. */
export async function soundDefaults(folder: string) {
  const fields = await readFields(join(folder, 'preprocessor_config.json'));
  const rate = fields?.sampling_rate;
  const known = typeof rate === 'number' && Number.isSafeInteger(rate) && rate > 0;
  return {
    settings: { samples: 0, rate: known ? rate : 0, standardise: fields?.do_normalize === true },
    notes: known ? ['sounds as preprocessor_config.json says'] : [],
  };
}
