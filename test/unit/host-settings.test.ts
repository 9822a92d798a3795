import { expect, test, vi } from 'vitest';
import { preferences } from '../../src/host/settings';
import type { MethodDescription } from '../../src/protocol/catalogue';

const { setting, window, commands } = vi.hoisted(() => ({
  setting: { recommendedMeasures: [] as unknown },
  window: { showWarningMessage: vi.fn(async () => 'Open Settings') },
  commands: { executeCommand: vi.fn() },
}));
vi.mock('vscode', () => ({
  window,
  commands,
  workspace: { getConfiguration: () => ({ get: (key: keyof typeof setting) => setting[key] }) },
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
