/** Measures in blocks of rows, on the sample data, against NumPy and SciPy. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { compare } from '../../src/engine/compare';
import { run } from '../../src/engine/run';
import { catalogue } from '../../src/methods/catalogue';
import type { InputSpec } from '../../src/protocol/result';

const samples = fileURLToPath(new URL('../../media/samples', import.meta.url));
const references = JSON.parse(
  readFileSync(new URL('reference/compare_samples.json', import.meta.url), 'utf8'),
) as Record<string, Record<string, Record<string, number>>>;
const digits = (seed: number, layer: number): InputSpec => ({
  path: `digits/digits-cnn-seed${seed}-activations.npz`,
  tensor: `layer${layer}`,
});
const words = (name: string): InputSpec => ({ path: `words/kjv-${name}.npy` });

// Memory for the table of products and a few rows, less than the inputs take.
const pairs: readonly (readonly [string, readonly InputSpec[], number])[] = [
  ['digits layer8', [digits(0, 8), digits(1, 8)], 650_000],
  ['words a b', [words('word2vec-a'), words('word2vec-b')], 2_000_000],
  ['words a fasttext', [words('word2vec-a'), words('fasttext')], 1_800_000],
];
const measures = ['linear-cka', 'linear-cka-debiased', 'procrustes', 'angular-shape', 'mean-cca', 'svcca'];
const desk = { signal: new AbortController().signal, progress: () => {} };

test.each(pairs)('%s', async (name, inputs, memory) => {
  for (const method of measures) {
    const task = { kind: 'run', request: { method, inputs }, base: samples, memory, threads: 0 } as const;
    const { steps, values, chance } = (await run(task, catalogue, desk)).result;
    expect(steps.join(), method).toMatch(/read in blocks of \d+ rows/);
    const { level, sd, kept, ...expected } = references[name]?.[method] ?? {};
    for (const [key, value] of Object.entries(expected))
      expect(Math.abs((values[key] as number) - value), `${method} ${key}`).toBeLessThan(1e-9);
    if (level !== undefined) expect(chance.cka?.level).toBeCloseTo(level, 9);
    if (sd !== undefined) expect(chance.cka?.sd).toBeCloseTo(sd, 9);
  }
});

/** In memory they are held to NumPy by measures.test.ts. */
test.each(pairs)('regression and PWCCA in blocks are those in memory: %s', async (_, inputs, memory) => {
  for (const method of ['linear-regression', 'pwcca']) {
    const task = { kind: 'run', request: { method, inputs }, base: samples, threads: 0 } as const;
    const { steps, values } = (await run({ ...task, memory }, catalogue, desk)).result;
    expect(steps.join(), method).toMatch(/read in blocks of \d+ rows/);
    const whole = (await run({ ...task, memory: 1e9 }, catalogue, desk)).result;
    expect(whole.steps.join(), method).not.toMatch(/read in blocks/);
    for (const [key, value] of Object.entries(whole.values))
      expect(Math.abs(Number(values[key]) - Number(value)), `${method} ${key}`).toBeLessThan(1e-9);
    const all = { kind: 'compare', request: { inputs, measures: [method] }, base: samples, threads: 0 } as const;
    const streamed = (await compare({ ...all, memory }, catalogue, desk)).measures[method]?.matrix;
    const held = (await compare({ ...all, memory: 1e9 }, catalogue, desk)).measures[method]?.matrix;
    for (const [k, value] of (held?.flat() ?? []).entries())
      expect(Math.abs(Number(streamed?.flat()[k]) - Number(value)), `${method} ${k}`).toBeLessThan(1e-8);
  }
});
