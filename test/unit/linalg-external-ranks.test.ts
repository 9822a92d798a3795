/** Ranks that are sorted on disk, with memory for a hundred values at a time, against the same ones sorted in memory. */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { withScratch } from '../../src/engine/scratch';
import { Tally } from '../../src/linalg/external-concordance';
import { Matrix } from '../../src/linalg/matrix';
import { rankCounts, rankSums } from '../../src/linalg/pair-ranks';
import { condensed, Points } from '../../src/linalg/points';
import { Random } from '../../src/linalg/random';
import { kendallTauA, kendallTauB } from '../../src/linalg/ranks';
import { covariance, pairList, ranksOf } from '../../src/methods/compare/pair-list';

function rowsOf(n: number, d: number, value: (random: Random, i: number) => number): Matrix<Float64Array> {
  const random = new Random(n);
  return new Matrix(
    Float64Array.from({ length: n * d }, (_, k) => value(random, Math.floor(k / d))),
    n,
    d,
  );
}

const n = 40;
const points: Readonly<Record<string, Matrix<Float64Array>>> = {
  normal: rowsOf(n, 3, (random) => random.normal()),
  'a few integers': rowsOf(n, 2, (random) => random.integer(4)),
  'zero or one': rowsOf(n, 1, (random) => random.integer(2)),
  'equal but for one': rowsOf(n, 2, (_, i) => Number(i === 7)),
  // Neighbours differ by less than rounding, all of them together by more.
  'equal, one after the other': rowsOf(n, 1, (_, i) => (i === 0 ? 0 : 1 + 5e-13 * i)),
  'heavy tails': rowsOf(n, 1, (random) => random.normal() ** 9),
};
const value = Math.sqrt;
const lists = (names: readonly string[]) =>
  names.map((name) => ({ points: new Points(points[name] as Matrix), value }));
const ranksIn = async (name: string) => pairList(ranksOf(await condensed(points[name] as Matrix, 'euclidean')), n);
const rooms = [1000, 1e5];
const names = Object.keys(points);

describe('ranks sorted on disk', () => {
  test('have the sums of those sorted in memory, whatever is tied', async () => {
    const expected = await Promise.all(names.map(ranksIn));
    for (const room of rooms) {
      const { cross, rows } = await withScratch(1, 'The test', (scratch) => rankSums(lists(names), scratch, { room }));
      for (const [a, x] of expected.entries()) {
        for (const [b, y] of expected.entries()) {
          const what = `${names[a]}, ${names[b]}, ${room} bytes`;
          expect(cross.at(a, b), what).toBeCloseTo(covariance(x, y), 4);
        }
        const byRows = (rows[a] as Float64Array).reduce((sum, one) => sum + one * one, 0) / (n - 2);
        expect(byRows, names[a]).toBeCloseTo(x.byRows, 4);
      }
    }
  });

  test("have the same Kendall's tau", async () => {
    for (const room of rooms) {
      for (const [a, first] of names.entries()) {
        for (const second of names.slice(a)) {
          const [x, y] = [await ranksIn(first), await ranksIn(second)];
          const { pairs, discordant, tied } = await withScratch(1, 'The test', (scratch) =>
            rankCounts(lists([first, second]) as never, scratch, { room }),
          );
          const difference = Number(pairs - tied[0] - tied[1] + tied[2] - 2n * discordant);
          const untied = Math.sqrt(Number(pairs - tied[0])) * Math.sqrt(Number(pairs - tied[1]));
          const what = `${first}, ${second}, ${room} bytes`;
          expect(difference / Number(pairs), what).toBe(kendallTauA(x.values, y.values));
          expect(difference / untied, what).toBe(kendallTauB(x.values, y.values));
        }
      }
    }
  });

  test('stop when they are cancelled, and leave no file behind', async () => {
    const files = () => readdirSync(tmpdir()).filter((name) => /^sextant-.*\.tmp$/.test(name));
    const before = files();
    let asked = 0;
    const signal = {
      throwIfAborted() {
        if (++asked > 300) throw new Error('Cancelled.');
      },
    };
    const work = withScratch(1, 'The test', (scratch) =>
      rankSums(lists(['normal', 'heavy tails']), scratch, { room: 1000, signal }),
    );
    await expect(work).rejects.toThrow('Cancelled.');
    expect(asked).toBe(301);
    expect(files()).toEqual(before);
  });

  test('are not begun where the disk has no room for them', async () => {
    const work = withScratch(1e18, 'the ranks of all pairs', async () => 0);
    await expect(work).rejects.toThrow(
      /^There has to be 1\.00 EB of disk for the ranks of all pairs; .* are free in .*TMPDIR/,
    );
  });

  test('counts beyond 2^53 are exact', () => {
    const tally = new Tally();
    tally.addPairs(2 ** 30 + 1);
    for (let k = 0; k < 5; k++) tally.add(2 ** 52 + 1);
    expect(tally.total).toBe(2n ** 29n * (2n ** 30n + 1n) + 5n * (2n ** 52n + 1n));
  });
});
