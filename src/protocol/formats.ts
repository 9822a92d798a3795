/** Endings of the files of each format, lower case. One that several formats share is told apart by the first bytes. */
export const endings = {
  npy: ['.npy'],
  npz: ['.npz'],
  safetensors: ['.safetensors'],
  'safetensors-shards': ['.safetensors.index.json'],
  csv: ['.csv', '.csv.gz', '.csv.zst'],
  tsv: ['.tsv', '.tsv.gz', '.tsv.zst'],
  json: ['.jsonl', '.ndjson', '.jsonl.gz', '.ndjson.gz', '.jsonl.zst', '.ndjson.zst'],
  parquet: ['.parquet', '.parquet.gz', '.parquet.zst'],
  arrow: ['.arrow', '.feather'],
  hdf5: ['.h5', '.hdf5'],
  matlab: ['.mat'],
  torch: ['.pt', '.pth', '.bin'],
  'word-vectors': ['.vec', '.bin', '.txt'],
  raw: ['.bin', '.raw'],
} as const satisfies Record<string, readonly string[]>;

export type FormatId = keyof typeof endings;

/** Part of what is said of raw bytes that come without a type and shape: whoever can ask for them, asks. */
export const rawUnknown = 'raw bytes do not say what they are';

/** The names of models, as the source of a case-insensitive regular expression. */
export const modelExpression = '\\.onnx$';

/** Endings of files of which each is a row, once a model is given them. */
export const imageEndings: readonly string[] = ['.png', '.jpg', '.jpeg', '.webp', '.bmp'];
export const soundEndings: readonly string[] = ['.wav'];

/** Endings of files that are text and no table. */
export const textEndings: readonly string[] = ['.txt', '.md'];

/** Endings of the files that representations can be written to. */
export const writtenEndings = ['.npy', '.npz', '.safetensors', '.csv', '.parquet'] as const;

/** Text files are data only where their name says so. */
const namedText = '(glove|word2vec|vectors|embeddings)[^\\\\]*\\.txt';
const all = [...new Set(Object.values(endings).flat())].filter((ending) => ending !== '.txt');

/** The names of data files, as the source of a case-insensitive regular expression: the manifest's clauses hold the same. */
export const dataFileExpression = `(${all.map((ending) => ending.replaceAll('.', '\\.')).join('|')}|${namedText})$`;

/** The same as a glob for files of the workspace. */
export const dataFileGlob = `**/{${[
  ...all.map((ending) => `*${ending}`),
  ...['glove', 'word2vec', 'vectors', 'embeddings'].map((word) => `*${word}*.txt`),
].join(',')}}`;

/** Data files and models. */
export const representationGlob = `${dataFileGlob.slice(0, -1)},*.onnx}`;

/** Files that nothing else shows: the viewer opens them by itself, the others when it is asked to. */
export const ownEndings: readonly string[] = [
  ...[
    endings.npy,
    endings.npz,
    endings.safetensors,
    endings.parquet,
    endings.arrow,
    endings.hdf5,
    endings.matlab,
  ].flat(),
  ...['.pt', '.pth'],
];

const tables: readonly string[] = [endings.csv, endings.tsv, endings.json, endings.parquet, endings.arrow].flat();

/** Files of columns; and those with texts besides. */
export const tableGlob = `**/*{${tables.join(',')}}`;
export const textGlob = `**/*{${[...tables, ...textEndings].join(',')}}`;

/**
 * Of the names of files in a folder, the runs that it holds: data files of arrays, or tables where there are no arrays, because
 * a table beside arrays is about them.
 */
export function runFiles(names: readonly string[]): string[] {
  const data = new RegExp(dataFileExpression, 'i');
  const found = names.filter((name) => !name.startsWith('.') && data.test(name));
  const arrays = found.filter((name) => !tables.some((ending) => name.toLowerCase().endsWith(ending)));
  return arrays.length > 0 ? arrays : found;
}

/** Formats whose files hold several tensors by name. */
const containers: readonly FormatId[] = ['npz', 'safetensors', 'safetensors-shards', 'hdf5', 'matlab', 'torch'];

/** As `dataFileExpression`, for files that can hold several tensors. */
export const containerExpression = `(${containers
  .flatMap((format) => endings[format])
  .map((ending) => ending.replaceAll('.', '\\.'))
  .join('|')})$`;
