import { Random } from '../../src/linalg/random';
import { type Mutant, mutate } from './mutate';
import type { Reader, Seed } from './readers';

export interface Case extends Mutant {
  readonly seed: Seed;
  readonly raw?: string;
}

/** The case of a number: the same in every process, so that it can be made again. */
export function caseOf(reader: Reader, number: number, seed: number): Case {
  const random = new Random(seed * 1_000_003 + number);
  const chosen = reader.seeds[random.integer(reader.seeds.length)] as Seed;
  const others = reader.seeds.map(({ bytes }) => bytes);
  if (chosen.raw !== undefined && random.integer(2) === 0) {
    const spec = mutate(Buffer.from(chosen.raw), random, [], false);
    return { seed: chosen, bytes: chosen.bytes, raw: spec.bytes.toString('latin1'), how: spec.how };
  }
  const mutant = mutate(chosen.bytes, random, others, reader.archives);
  return { seed: chosen, ...mutant, ...(chosen.raw === undefined ? {} : { raw: chosen.raw }) };
}
