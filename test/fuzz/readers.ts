import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Format } from '../../src/data/format';
import { formats } from '../../src/data/formats';
import type { FileSource } from '../../src/data/source';
import { endings } from '../../src/protocol/formats';

/** A good file. */
export interface Seed {
  readonly name: string;
  readonly bytes: Buffer;
  readonly raw?: string;
}

export interface Reader {
  readonly id: string;
  readonly seeds: readonly Seed[];
  /** Good files that the seeds lead to. */
  readonly beside: readonly Seed[];
  /**
   * Every value is under a checksum that is compared: what is read at all is what was written. PyTorch's storages may have none.
   */
  readonly checked: boolean;
  /** Files are zip archives, or can be. */
  readonly archives: boolean;
}

/** Larger seeds are few cases a second and hide their headers. */
const largest = 150_000;
const archives: readonly string[] = ['npz', 'torch'];

/**
 * Every reader there is, with the good files that it reads.
 * @param tests the folder of the tests: the fixtures of the fidelity tests, and what seeds.mts wrote.
 */
export function readers(tests: string): Reader[] {
  const files = ['fidelity/fixtures', 'fuzz/seeds']
    .flatMap((folder) =>
      readdirSync(join(tests, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    )
    .sort()
    .flatMap((path) => {
      if (
        !Object.values(endings)
          .flat()
          .some((ending) => path.endsWith(ending))
      )
        return [];
      const bytes = readFileSync(join(tests, path));
      return bytes.length > 0 && bytes.length <= largest ? [{ name: basename(path), bytes }] : [];
    });
  return formats.map((format) => {
    const seeds = format.id === 'raw' ? rawSeeds() : files.filter((seed) => reads(format, seed));
    return {
      id: format.id,
      seeds,
      beside: format.id === 'safetensors-shards' ? files.filter(({ name }) => name.startsWith('model-')) : [],
      checked: format.id === 'npz',
      archives: archives.includes(format.id),
    };
  });
}

function reads(format: Format, { name, bytes }: Seed): boolean {
  const of = ({ id }: Format) => endings[id].some((ending) => name.endsWith(ending));
  if (!of(format)) return false;
  const source = { name, path: name, size: bytes.length } as FileSource;
  const recognised = formats.filter(of).find((one) => one.recognises?.(bytes.subarray(0, 4096), source, {}));
  return (recognised ?? formats.filter(of).at(-1)) === format;
}

function rawSeeds(): Seed[] {
  const bytes = Buffer.from(Float64Array.from({ length: 24 }, (_, i) => Math.sin(i)).buffer);
  return ['float64:6x4', '>float32:2x3x8', 'uint8:192', 'int64:3x8', 'bfloat16:8x11@16', 'float16:12x8'].map(
    (raw, i) => ({ name: i % 2 === 0 ? 'a.bin' : 'a.raw', bytes, raw }),
  );
}
