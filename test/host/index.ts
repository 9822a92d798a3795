import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';

/** Runs every suite beside this file; the extension host calls it. */
export function run(): Promise<void> {
  // Long enough for the first page of a window on a busy machine; every wait inside ends as soon as it can.
  const mocha = new Mocha({ ui: 'tdd', timeout: 60_000, color: false, reporter: 'spec' });
  const suites = readdirSync(__dirname).filter((name) => name.endsWith('.test.js'));
  for (const suite of suites.sort()) mocha.addFile(join(__dirname, suite));
  return new Promise((resolve, reject) => {
    mocha.run((failures) => (failures === 0 ? resolve() : reject(new Error(`${failures} tests failed.`))));
  });
}
