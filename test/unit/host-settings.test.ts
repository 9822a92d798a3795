import { expect, test, vi } from 'vitest';
import { engineSettings, preferences } from '../../src/host/settings';
import type { MethodDescription } from '../../src/protocol/catalogue';

const { setting, window, commands } = vi.hoisted(() => ({
  setting: { recommendedMeasures: [], memory: 1024, threads: 0, seed: 0 } as Record<string, unknown>,
  window: { showWarningMessage: vi.fn(async () => 'Open Settings') },
  commands: { executeCommand: vi.fn() },
}));
vi.mock('vscode', () => ({
  window,
  commands,
  workspace: { getConfiguration: () => ({ get: (key: string) => setting[key] }) },
}));

const methods = ['linear-cka', 'rbf-cka', 'procrustes'].map((id) => ({ id, takes: 'pair' }));
const measures = (ids: unknown) => {
  setting.recommendedMeasures = ids;
  return preferences(methods as MethodDescription[], { warn: vi.fn() } as never).measures;
};

test('measures that do not exist are left out and said once, with those that are called alike', async () => {
  expect(measures(['procrustes', 'linear-cka'])).toEqual(['procrustes', 'linear-cka']);
  expect(measures('cka')).toEqual([]);
  expect(window.showWarningMessage).not.toHaveBeenCalled();
  for (let asked = 0; asked < 3; asked++)
    expect(measures(['lineer-cka', 'procrustes', 'cka', 'nonsense'])).toEqual(['procrustes']);
  expect(window.showWarningMessage.mock.calls).toEqual([
    [
      'No measure is called "lineer-cka" (linear-cka?) or "cka" (linear-cka, rbf-cka?) or "nonsense", so new comparisons begin without it. Mend the setting sextant.recommendedMeasures; the Methods view has the ids.',
      'Open Settings',
    ],
  ]);
  await window.showWarningMessage.mock.results[0]?.value;
  expect(commands.executeCommand).toHaveBeenCalledExactlyOnceWith(
    'workbench.action.openSettings',
    'sextant.recommendedMeasures',
  );
  measures(['another']);
  expect(window.showWarningMessage).toHaveBeenCalledTimes(2);
});

test('numbers that are none, or out of range, are said once, with what counts in their place', () => {
  window.showWarningMessage.mockClear();
  const log = { warn: vi.fn() } as never;
  const numbers = () => {
    const { memory, threads } = engineSettings({ fsPath: '/cache' } as never, log);
    return { memory: memory / 2 ** 20, threads, seed: preferences([], log).seed };
  };
  Object.assign(setting, { recommendedMeasures: [], memory: 64, threads: 1, seed: 4294967295 });
  expect(numbers()).toEqual({ memory: 64, threads: 1, seed: 4294967295 });
  Object.assign(setting, { memory: 0, threads: 0, seed: 0 });
  expect(numbers()).toEqual({ memory: 1024, threads: 0, seed: 0 });
  expect(window.showWarningMessage).not.toHaveBeenCalled();
  Object.assign(setting, { memory: 'lots', threads: -3, seed: 4294967296 });
  for (let asked = 0; asked < 2; asked++) expect(numbers()).toEqual({ memory: 1024, threads: 0, seed: 0 });
  expect(window.showWarningMessage.mock.calls.flat().filter((said: string) => said !== 'Open Settings')).toEqual([
    'The setting sextant.memory is "lots", which is no whole number from 0 on: 1024 counts in its place.',
    'The setting sextant.threads is -3, which is no whole number from 0 on: 0 counts in its place.',
    'The setting sextant.seed is 4294967296, which is no whole number from 0 to 4294967295: 0 counts in its place.',
  ]);
});
