import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine';
import { Jobs } from '../../src/engine/jobs';
import { defaultSettings } from '../../src/engine/local';
import { catalogue } from '../../src/methods/catalogue';
import { parseAnalysis } from '../../src/protocol/document';
import type { Comparison, InputSpec, Result } from '../../src/protocol/result';
import { bundle, root } from './engine-files';

const folder = join(root, 'media/samples');
const documents = readdirSync(folder).filter((name) => name.endsWith('.sextant'));
let engine: Engine;
beforeAll(async () => {
  const script = join(await bundle({ worker: 'src/engine/worker.ts' }, 'samples'), 'worker.js');
  engine = new Engine(new Jobs(script, () => {}), catalogue, defaultSettings(), folder);
});

/** Six digits: the last ones are of the processor. */
const rounded = (value: number | null) => value && Number(value.toPrecision(6));

/** What a reader meets of a result, but for the numbers of tables and figures; tests have no version. */
function outline({ seconds, version, values, chance, tables, figures, ...rest }: Result) {
  return {
    ...rest,
    values: Object.entries(values).map(([key, value]) => [key, rounded(value)]),
    chance: Object.entries(chance).map(([key, { level, sd, how }]) => [key, rounded(level), rounded(sd ?? null), how]),
    tables: Object.entries(tables).map(([key, { title, columns, rows }]) => [key, title, columns, rows.length]),
    figures: figures.map(({ id, kind, title, caption }) => [id, kind, title, caption]),
  };
}

/** All of a comparison, but for how long it took. */
function numbers({ seconds, version, ...rest }: Comparison): unknown {
  return JSON.parse(JSON.stringify(rest, (_, value) => (typeof value === 'number' ? rounded(value) : value)));
}

test.each(documents)(
  '%s is what this version computes; `npm run samples` writes it',
  { timeout: 240_000 },
  async (name) => {
    const { request, results, comparisons } = parseAnalysis(readFileSync(join(folder, name), 'utf8'), name);
    const { inputs, methods, labels, pair = [0, 1], overview, seed } = request;
    const focus = pair.map((i) => inputs[i] as InputSpec);
    expect(results.map(({ method }) => method)).toEqual(methods.map(({ method }) => method));
    for (const [i, choice] of methods.entries()) {
      const drawn = labels && catalogue.find(({ id }) => id === choice.method)?.labels === 'optional';
      const result = await engine.run({ ...choice, inputs: focus, seed, ...(drawn && { labels }) });
      expect(outline(results[i] as Result), choice.method).toEqual(outline(result));
    }
    const compared = overview ? [await engine.compare({ inputs, measures: [overview.method], seed })] : [];
    expect(comparisons.map(numbers)).toEqual(compared.map(numbers));
  },
);
