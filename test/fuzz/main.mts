// npm run fuzz [-- READER...] [--cases 100000] [--minutes 5] [--seed 1]: mutations of good files against every reader, in as many
// processes as there are processors. A case ends in values that are right or in words for a person; whatever else it ends in is counted, and
// its file is kept in test/artifacts/fuzz.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { readers } from './readers';
import { bundleChild, type Counts, fuzz, tests } from './run';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cases: { type: 'string', default: '100000' },
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
  },
});
const all = readers(tests);
const unknown = positionals.find((id) => !all.some((reader) => reader.id === id));
if (unknown !== undefined) {
  process.stderr.write(`There is no reader ${unknown}. The readers are: ${all.map(({ id }) => id).join(', ')}.\n`);
  process.exit(2);
}
const lanes = availableParallelism();
const limits = { cases: Number(values.cases), seconds: 60 * Number(values.minutes), seed: Number(values.seed), lanes };

const columns = ['reader', 'seeds', 'cases', 'read', 'refused', 'crash', 'hang', 'memory', 'wrong', 'per s'] as const;
const widths = columns.map((column, i) => Math.max(column.length, i === 0 ? 18 : 7));
const line = (cells: readonly (string | number)[]) =>
  `${cells.map((cell, i) => (i === 0 ? String(cell).padEnd(widths[i] ?? 0) : String(cell).padStart(widths[i] ?? 0))).join('  ')}\n`;

const child = await bundleChild();
process.stdout.write(line(columns));
let faults: string[] = [];
for (const reader of all) {
  if (positionals.length > 0 && !positionals.includes(reader.id)) continue;
  if (reader.seeds.length === 0) {
    faults.push(`${reader.id} has no good file to begin with`);
    continue;
  }
  const counts: Counts = await fuzz(child, reader, limits);
  const { cases, read, refused, crash, hang, memory, wrong, seconds } = counts;
  process.stdout.write(
    line([
      reader.id,
      reader.seeds.length,
      cases,
      read,
      refused,
      crash,
      hang,
      memory,
      wrong,
      Math.round(cases / seconds),
    ]),
  );
  faults = [...faults, ...counts.faults];
}
for (const fault of faults) process.stdout.write(`\n${fault}\n`);
process.exit(faults.length > 0 ? 1 : 0);
