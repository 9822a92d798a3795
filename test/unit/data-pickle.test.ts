import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPickle } from '../../src/data/pickle';
import { PickleEnd, PickleError } from '../../src/data/pickle-bytes';
import { PickledCall, PickledDict, type PickledList, PickledName, PickledTuple } from '../../src/data/pickle-values';
import { bytesOf, call, global, integer, pickle, text, tuple, u32, u64 } from './pickle';

const read = (value: Uint8Array | string) => readPickle(pickle(value)).value;

/** As `pickletools` documents the opcodes. */
const values: Record<string, [written: Uint8Array | string, value: unknown]> = {
  'None, True, False': [tuple(bytesOf('N'), bytesOf('\x88'), bytesOf('\x89')), new PickledTuple([null, true, false])],
  'small integers': [bytesOf('(K\xffM\xff\xffJ', u32(0xffffffff), 't'), new PickledTuple([255, 65535, -1])],
  'negative integers': [bytesOf('\x8a\x01\x80'), -128],
  'an empty integer': [bytesOf('\x8a\x00'), 0],
  'integers that a number holds': [integer(-(2 ** 53) + 1), -(2 ** 53) + 1],
  'integers that none holds': [bytesOf('\x8a\x09\0\0\0\0\0\0\0\0\x01'), 2n ** 64n],
  'integers of protocol 0': [
    '(I-7\nI01\nL12345678901234567890L\nt',
    new PickledTuple([-7, true, 12345678901234567890n]),
  ],
  'numbers of protocol 0': ['(F1.5e3\nFinf\nt', new PickledTuple([1500, Infinity])],
  'a double': [bytesOf('G\x3f\xf8\0\0\0\0\0\0'), 1.5],
  'text of protocol 0': ["(Va\\u0107\\u005c\nS'it\\'s\\x41'\nt", new PickledTuple(['ać\\', "it'sA"])],
  'text by lengths': [
    bytesOf(tuple(text('ä'), bytesOf('\x8c\x01b'), bytesOf('\x8d', u64(1n), 'c'))),
    tupleOf('ä', 'b', 'c'),
  ],
  bytes: [bytesOf('C\x02ab'), Buffer.from('ab')],
  'names, not what they name': [global('os', 'system'), new PickledName('os', 'system')],
  'names from the stack': [bytesOf(text('os'), text('system'), '\x93'), new PickledName('os', 'system')],
  'memoized values': [bytesOf('(K\x05q\x00h\x00r', u32(70000), 'j', u32(70000), 't'), new PickledTuple([5, 5, 5])],
  'marks within marks': ['((K\x01tK\x02t', new PickledTuple([new PickledTuple([1]), 2])],
};

function tupleOf(...items: string[]): PickledTuple {
  return new PickledTuple(items);
}

describe('opcodes', () => {
  for (const [name, [written, value]] of Object.entries(values)) test(name, () => expect(read(written)).toEqual(value));

  test('a call stays a call, with what would be set and appended', () => {
    const made = read(bytesOf(call('os', 'system', text('true')), text('k'), 'K\x01s', 'K\x02a', '}b'));
    expect(made).toBeInstanceOf(PickledCall);
    const { callee, args, dict, list, state } = made as PickledCall;
    expect([String(callee), args, dict?.keys, dict?.values, list?.items]).toEqual([
      'os.system',
      ['true'],
      ['k'],
      [1],
      [2],
    ]);
    expect(state).toBeInstanceOf(PickledDict);
  });

  test('INST, OBJ, NEWOBJ and NEWOBJ_EX too', () => {
    const name = new PickledName('a', 'b');
    for (const written of ['(K\x01ia\nb\n', '(ca\nb\nK\x01o', 'ca\nb\nK\x01\x85\x81', 'ca\nb\nK\x01\x85}\x92']) {
      const { callee, args } = read(written) as PickledCall;
      expect([callee, args]).toEqual([name, [1]]);
    }
  });

  test('a list that holds itself', () => {
    const list = read(']q\x00h\x00a') as PickledList;
    expect(list.items[0]).toBe(list);
  });

  test('what follows the end is left', () => {
    expect(readPickle(bytesOf(pickle('N'), 'rest')).end).toBe(4);
  });
});

const hostile: Record<string, [written: Uint8Array | string, told: RegExp]> = {
  'nothing on the stack': ['', /a value is missing/],
  'too little on the stack': ['K\x01\x87', /a value is missing/],
  'a mark where a value should be': ['(', /a value is missing/],
  'a mark among the values': ['(K\x01\x86', /a value is missing/],
  'no mark': ['K\x01t', /a mark is missing/],
  'nothing to pop': ['0', /a value is missing/],
  'a value that was never remembered': ['h\x07', /value 7 was never remembered/],
  'nothing to remember': ['q\x00', /a value is missing/],
  'an unknown opcode': ['\xff', /byte 0xff is no opcode/],
  'a later protocol': ['\x80\x06', /its protocol is later than 5/],
  'an item for no list': ['NNa', /items are added to what is no list/],
  'an entry for no dictionary': ['NNNs', /entries are set in what is no dictionary/],
  'a key without a value': ['}(Nu', /a key has no value/],
  'arguments that are no tuple': ['NNR', /no tuple of arguments/],
  'a class without a name': ['NN\x93', /the name of a class is no text/],
  'attributes for no object': ['}}b', /attributes are given to what is no object/],
  'an integer of a megabyte': [bytesOf('\x8b', u32(1 << 20), Buffer.alloc(1 << 20)), /an integer is too long/],
  'an integer that is none': ['Ix\n', /an integer is none/],
  'a number that is none': ['Fconstructor\n', /a number is none/],
  'an endless line': [bytesOf('V', 'a'.repeat(100_000)), /a line is too long/],
  'a text without quotes': ['Sabc\n', /a text has no quotes/],
  'classes by number': ['\x82\x01', /names classes by numbers/],
  'buffers outside': ['\x97', /buffers outside it/],
};

describe('a hostile pickle is refused in words', () => {
  for (const [name, [written, told]] of Object.entries(hostile))
    test(name, () => {
      expect(() => read(written)).toThrow(PickleError);
      expect(() => read(written)).toThrow(told);
    });

  for (const [name, written] of Object.entries({
    'a text longer than the file': bytesOf('X', u32(0xffffffff)),
    'a text of 2^64 bytes': bytesOf('\x8d', u64(2n ** 64n - 1n)),
    'bytes longer than the file': bytesOf('B', u32(0x7fffffff)),
    'an integer longer than the file': bytesOf('\x8b', u32(1000)),
    'a line without an end': 'cos',
    'no end': 'N0',
  }))
    test(name, () => expect(() => readPickle(bytesOf('\x80\x02', written))).toThrow(PickleEnd));

  test('more objects than any checkpoint has', () => {
    expect(() => read(Buffer.alloc(1_600_000, ']0'))).not.toThrow(/objects/);
    expect(() => read(Buffer.alloc(3_200_000, ']0'))).toThrow('it holds more than 1,500,000 objects');
  });

  test('more values stacked, remembered or gone through than any checkpoint has', () => {
    expect(() => read(Buffer.alloc(2_100_000, 'N'))).toThrow('it stacks up more values');
    expect(() => read(Buffer.alloc(6_000_001, 'N0'))).toThrow('it takes more than 6,000,000 steps');
    const many = Buffer.alloc(5 * 2_000_001, 'r');
    for (let i = 0; i <= 2_000_000; i++) many.writeUInt32LE(i, 5 * i + 1);
    expect(() => read(bytesOf('N', many))).toThrow('it remembers more values');
  });
});

test('whatever the bytes, an answer or a word', () => {
  const opcodes = fc.constantFrom(
    ...'\x80\x95N\x88\x89KMJ\x8a\x8bILGF\x8cX\x8dVSUTCB\x8e\x96(012pqr\x94ghj)\x85\x86\x87t]\x8fl\x91ae\x90}dsuc\x93R\x81\x92iobPQ.',
  );
  const part = fc.oneof(
    { weight: 5, arbitrary: opcodes.map((opcode) => bytesOf(opcode)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 9 }) },
    { weight: 1, arbitrary: fc.constantFrom(text('a'), integer(3), global('torch', 'FloatStorage'), bytesOf('a\n')) },
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
      try {
        readPickle(Buffer.concat(parts));
      } catch (error) {
        if (!(error instanceof PickleError)) throw error;
      }
    }),
    { numRuns: 3000, seed: 7 },
  );
});
