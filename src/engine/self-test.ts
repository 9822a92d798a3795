import { Random } from '../linalg/random';
import { digitsOf, type Fixture, golden, goldenInputs } from '../methods/golden/values';
import type { Context, Method } from '../methods/method';
import type { SelfTest, SelfTestRow } from '../protocol/engine';
import { withScratch } from './scratch';
import type { Desk } from './task';
import { version } from './version';

/** Computes every published value again, on this machine, and compares to the digits that are known. */
export async function selfTest(catalogue: readonly Method[], desk: Desk): Promise<SelfTest> {
  const inputs = goldenInputs();
  const rows: SelfTestRow[] = [];
  for (const [i, { method: id, value, parameters = {}, expected }] of golden.entries()) {
    const method = catalogue.find((one) => one.id === id);
    for (const [fixture, text] of Object.entries(expected)) {
      desk.signal.throwIfAborted();
      desk.progress(i / golden.length, `${id} of ${fixture}`);
      const { x, y } = inputs[fixture as Fixture];
      const pair = [
        { name: 'X', matrix: x },
        { name: 'Y', matrix: y },
      ];
      const found = await method
        ?.run(pair, method.parameters.parse(parameters), contextFor(x.rows, desk))
        .then(({ values }) => values[value] ?? null);
      const difference = found == null ? null : Math.abs(found - Number(text));
      const passed = difference !== null && difference < digitsOf(text);
      rows.push({
        method: id,
        title: method?.title ?? id,
        value,
        parameters,
        fixture,
        expected: text.replace(/(?<!\d)\./, '0.'),
        found: found ?? null,
        passed,
      });
    }
  }
  return { version, rows };
}

function contextFor(rows: number, { signal }: Desk): Context {
  return {
    signal,
    progress: () => {},
    random: new Random(0),
    rows: { index: Int32Array.from({ length: rows }, (_, i) => i) },
    reserve: () => {},
    scratch: withScratch,
    fits: () => true,
  };
}
