import { expect, test } from 'vitest';
import { UserError } from '../../src/protocol/errors';

test('names from files cannot hide, turn or flood a message', () => {
  expect(new UserError("a\u0000b: tensor '\u202egnp.\u0007' is\r missing.\nTry again.").message).toBe(
    "a\uFFFDb: tensor '\uFFFDgnp.\uFFFD' is\uFFFD missing.\nTry again.",
  );
  const { message } = new UserError(`a.npz: '${'x'.repeat(1e6)}' is no name. Save it again.`);
  expect(message).toHaveLength(1600);
  expect(message).toMatch(/^a\.npz: 'x+ … x+' is no name\. Save it again\.$/);
  // As it goes on to another process.
  expect(new UserError(message).message).toBe(message);
});
