import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readers } from './readers';
import { artifacts, bundleChild, fuzz, tests } from './run';

/** A slice of `npm run fuzz`: a few cases for each reader. */
const limits = { cases: 40, seconds: 8, seed: 3, lanes: 1 };
const folder = mkdtempSync(join(tmpdir(), 'sextant-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const all = readers(tests);
let child = '';
beforeAll(async () => {
  child = await bundleChild();
});

for (const reader of all)
  test(`${reader.id}: a damaged file ends in values or in words`, async () => {
    expect(reader.seeds.length).toBeGreaterThan(0);
    const { cases, read, refused, faults } = await fuzz(child, reader, limits);
    expect(faults).toEqual([]);
    expect(read + refused).toBe(cases);
    expect(cases).toBeGreaterThan(0);
  });

test('the fuzzer notices what it looks for, keeps the file and goes on', async () => {
  const script = join(folder, 'child.mjs');
  writeFileSync(
    script,
    `const [, , , , , first, last] = process.argv.map(Number);
    for (let number = first; number < last; number++) {
      console.log(number);
      if (number === 2) process.kill(process.pid, 'SIGSEGV');
      const what = { 1: 'refused', 3: 'wrong', 4: 'crash' }[number] ?? 'read';
      const [cpu, memory] = [number === 5 ? 2.5 : 0, number === 6 ? 3e8 : 0];
      console.log(JSON.stringify({ number, what, told: 'told', cpu, memory }));
    }`,
  );
  const { faults, seconds, ...counts } = await fuzz(script, all[0] as (typeof all)[0], { ...limits, cases: 9 });
  expect(counts).toEqual({ cases: 9, read: 5, refused: 1, crash: 2, hang: 1, memory: 1, wrong: 1 });
  expect(seconds).toBeGreaterThan(0);
  const id = all[0]?.id;
  expect(faults.map((fault) => fault.split(':')[0]?.replace(artifacts, ''))).toEqual(
    ['2-crash', '3-wrong', '4-crash', '5-hang', '6-memory'].map((fault) => expect.stringContaining(`${id}-3-${fault}`)),
  );
  for (const name of readdirSync(artifacts)) if (name.startsWith(`${id}-3-`)) rmSync(join(artifacts, name));
});
