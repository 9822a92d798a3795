import { arrow } from './arrow';
import { csv, tsv } from './csv-table';
import type { Format } from './format';
import { hdf5 } from './hdf5';
import { json } from './json-table';
import { matlab } from './matlab';
import { npy } from './npy';
import { npz } from './npz';
import { parquet } from './parquet';
import { raw } from './raw';
import { safetensors } from './safetensors';
import { safetensorsShards } from './safetensors-shards';
import { torch } from './torch';
import { wordVectors } from './word-vectors';

/** Every format that can be read. Of those that share an ending, the first that recognises a file reads it. */
export const formats: readonly Format[] = [
  npy,
  npz,
  safetensors,
  safetensorsShards,
  torch,
  csv,
  tsv,
  json,
  parquet,
  arrow,
  hdf5,
  matlab,
  wordVectors,
  raw,
];
