import { afterEach, expect, test, vi } from 'vitest';
import type { Engine } from '../../src/host/engine';
import { inspectOrAsk } from '../../src/host/raw-bytes';
import { UserError } from '../../src/protocol/errors';
import { rawUnknown } from '../../src/protocol/formats';
import type { InputSpec } from '../../src/protocol/result';

const window = vi.hoisted(() => ({ showQuickPick: vi.fn(), showInputBox: vi.fn() }));
vi.mock('vscode', () => ({ window, Uri: { file: (path: string) => ({ path, fsPath: path }) } }));
afterEach(() => vi.resetAllMocks());

/** An engine that knows the raw bytes of 2x3 big-endian int16. */
const inspect = vi.fn(async (input: string | InputSpec) => {
  if (input === 'plain.bin') return { path: input };
  if (typeof input === 'string')
    throw new UserError(`a.bin: ${rawUnknown}. Give type and shape. 12 bytes would be 6 int16 values (2x3, 3x2).`);
  if (input.raw !== '>int16:2x3') throw new UserError('a.bin: another size.');
  return { path: input.path };
});
const engine = { call: (use: (client: unknown) => unknown) => use({ inspect }) } as unknown as Engine;

test('raw bytes are asked for, and what is typed is tried', async () => {
  window.showQuickPick.mockImplementation(async (items: { type: string }[]) =>
    items.find(({ type }) => type === '>int16'),
  );
  const checks: unknown[] = [];
  window.showInputBox.mockImplementation(async ({ prompt, validateInput }) => {
    expect(prompt).toContain('12 bytes would be 6 int16 values (2x3, 3x2).');
    for (const text of ['', '3 x 3', '2 × 3']) checks.push(await validateInput(text));
    return '2 × 3';
  });
  expect(await inspectOrAsk(engine, 'a.bin')).toEqual({ file: { path: 'a.bin' }, raw: '>int16:2x3' });
  expect(checks).toEqual(['Type the shape, rows first: 450x64.', 'a.bin: another size.', undefined]);
});

test('nothing is asked where the file says what it is, or where nobody answers', async () => {
  expect(await inspectOrAsk(engine, 'plain.bin')).toEqual({ file: { path: 'plain.bin' } });
  expect(window.showQuickPick).not.toHaveBeenCalled();
  expect(await inspectOrAsk(engine, 'a.bin')).toBeUndefined();
  expect(window.showQuickPick).toHaveBeenCalledOnce();
});
