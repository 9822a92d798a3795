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
  /** Every value is under a checksum that is compared: what is read at all is what was written. */
  readonly checked?: boolean;
}

export interface Reader {
  readonly id: string;
  readonly seeds: readonly Seed[];
  /** Good files that the seeds lead to. */
  readonly beside: readonly Seed[];
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
      // The one fixture that is damaged already.
      if (basename(path) === 'damaged.h5') return [];
      return bytes.length > 0 && bytes.length <= largest ? [{ name: basename(path), bytes }] : [];
    });
  return formats.map((format) => {
    const found = format.id === 'raw' ? rawSeeds() : files.filter((seed) => reads(format, seed));
    const seeds = found.map((seed) => ({ ...seed, checked: isChecked(format, seed) }));
    return {
      id: format.id,
      seeds,
      beside: format.id === 'safetensors-shards' ? files.filter(({ name }) => name.startsWith('model-')) : [],
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

/** Archives, compressed text, and MATLAB's files of compressed variables; PyTorch's legacy files have no checksums. */
function isChecked({ id }: Format, { name, bytes }: Seed): boolean {
  if (id === 'npz') return true;
  if (id === 'torch') return bytes.toString('latin1', 0, 4) === 'PK\x03\x04';
  if (id === 'matlab') return bytes.toString('latin1', 0, 10) === 'MATLAB 5.0' && onlyCompressed(bytes);
  // A frame of Zstandard says whether it has one.
  return name.endsWith('.gz') || (name.endsWith('.zst') && ((bytes[4] as number) & 4) !== 0);
}

function onlyCompressed(bytes: Buffer): boolean {
  for (let at = 128; at + 8 <= bytes.length; at += 8 + bytes.readUInt32LE(at + 4))
    if (bytes.readUInt32LE(at) !== 15) return false;
  return true;
}

/** Whether a zip archive leaves out a member's checksum, as torch.save may and damage can: then it is not compared. */
export function leavesOut(archive: Buffer): boolean {
  for (let at = archive.indexOf('PK\x01\x02'); at >= 0; at = archive.indexOf('PK\x01\x02', at + 1))
    if (at + 20 <= archive.length && archive.readUInt32LE(at + 16) === 0) return true;
  return false;
}

function rawSeeds(): Seed[] {
  const bytes = Buffer.from(Float64Array.from({ length: 24 }, (_, i) => Math.sin(i)).buffer);
  return ['float64:6x4', '>float32:2x3x8', 'uint8:192', 'int64:3x8', 'bfloat16:8x11@16', 'float16:12x8'].map(
    (raw, i) => ({ name: i % 2 === 0 ? 'a.bin' : 'a.raw', bytes, raw }),
  );
}
