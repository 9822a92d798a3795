import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsingParts } from '../../src/protocol/json-parts';

function parts(text: string): { value?: unknown; error?: true; pauses: number } {
  const steps = parsingParts(new TextEncoder().encode(text));
  for (let pauses = 0; ; pauses++) {
    try {
      const { done, value } = steps.next();
      if (done) return { value, pauses };
    } catch (error) {
      expect(error).toBeInstanceOf(SyntaxError);
      return { error: true, pauses };
    }
  }
}

function whole(text: string): { value?: unknown; error?: true } {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { error: true };
  }
}

const json = fc.oneof(fc.dictionary(fc.string(), fc.oneof(fc.array(fc.jsonValue()), fc.jsonValue())), fc.jsonValue());
const written = fc.tuple(json, fc.constantFrom(0, 1)).map(([value, indent]) => JSON.stringify(value, null, indent));

test('JSON is what JSON.parse says it is', () => {
  fc.assert(
    fc.property(written, (text) => {
      expect(parts(text)).toMatchObject(whole(text));
    }),
    { numRuns: 1000 },
  );
});

test('what is no JSON is none, whatever is missing or too much', () => {
  const damage = fc.tuple(written, fc.nat(), fc.nat(2), fc.constantFrom(...'{}[],:"\\1 x', ''));
  fc.assert(
    fc.property(damage, ([text, place, cut, put]) => {
      const at = place % (text.length + 1);
      const damaged = `${text.slice(0, at)}${put}${text.slice(at + cut)}`;
      const { pauses: _, ...found } = parts(damaged);
      expect(found, damaged).toEqual(whole(damaged));
    }),
    { numRuns: 5000 },
  );
});

test('a long text is read with pauses, item by item', () => {
  const item = { text: 'ä'.repeat(1000), values: Array.from({ length: 1000 }, (_, i) => i / 7) };
  const all = { format: 'x', results: Array.from({ length: 100 }, () => item), rest: { '': [[]] } };
  const { value, pauses } = parts(`\uFEFF${JSON.stringify(all)}`);
  expect(value).toEqual(all);
  expect(pauses).toBeGreaterThan(5);
});
