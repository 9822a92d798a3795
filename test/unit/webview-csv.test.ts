import { expect, test } from 'vitest';
import { exportTable } from '../../webview/context';

const tables = ['a', 'b', 'c'].map((name) => ({ title: `${name}: r/s`, columns: [name], rows: [] }));

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

test('panels with the same columns are one file that names them', async () => {
  const files: unknown[] = [];
  const note = async (file: unknown) => {
    files.push(file);
    return null;
  };
  const panel = (title: string, value: number) => ({ title, columns: ['', 'x'], rows: [['y', value]] });
  const page = { host: { copy: async () => {}, export: note }, session: { report: note } };
  await exportTable(page, 'accuracy', panel('relative', 0.5), panel('=own', 1));
  expect(files).toEqual([{ name: 'accuracy.csv', content: "panel,,x\r\nrelative,y,0.5\r\n'=own,y,1\r\n" }]);
});

test('tables of several panels of other columns are asked for one after the other, and no more once one is dismissed', async () => {
  const [first, second, third] = ['matrix-a-r-s.csv', 'matrix-b-r-s.csv', 'matrix-c-r-s.csv'];
  expect(await asked([true, true, true])).toEqual([first, 'answered', second, 'answered', third, 'answered']);
  expect(await asked([true, false, true])).toEqual([first, 'answered', second, 'answered']);
});
