import { expect, test } from 'vitest';
import { exportTable } from '../../webview/context';

const tables = ['a', 'b', 'c'].map((name) => ({ columns: [name], rows: [] }));

/** What is asked for as one file after the other is answered; `answers` say whether the person chose a place. */
async function asked(answers: readonly boolean[]): Promise<string[]> {
  const log: string[] = [];
  const host = {
    copy: async () => {},
    export: async ({ name }: { name: string }) => {
      log.push(name);
      await Promise.resolve();
      log.push('answered');
      return answers[log.length / 2 - 1] ? { path: name } : null;
    },
  };
  const report = (error: unknown) => log.push(String(error));
  await exportTable({ host, session: { report } }, 'matrix', ...tables);
  return log;
}

test('tables of several panels are asked for one after the other, and no more once one is dismissed', async () => {
  const [first, second, third] = ['matrix.csv', 'matrix-2.csv', 'matrix-3.csv'];
  expect(await asked([true, true, true])).toEqual([first, 'answered', second, 'answered', third, 'answered']);
  expect(await asked([true, false, true])).toEqual([first, 'answered', second, 'answered']);
});
