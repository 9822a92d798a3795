import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * TensorFlow's Embedding Projector keeps vectors and what is known of them in two files: `tensors.tsv`, numbers without a
 * header, and `metadata.tsv`, a row for each; a header is there only where it has several columns
 * (tensorflow.org/tensorboard/tensorboard_projector_plugin, "Collect metadata"). Both may begin with the same name.
 */
const vectors = ['tensors.tsv', 'vectors.tsv'];
const about = 'metadata.tsv';

/** The metadata beside a file of vectors. */
export function metadataBeside(path: string): string | undefined {
  return beside(path, vectors, [about]);
}

/** The vectors beside a file of metadata. */
export function vectorsBeside(path: string): string | undefined {
  return beside(path, [about], vectors);
}

function beside(path: string, endings: readonly string[], others: readonly string[]): string | undefined {
  const name = basename(path);
  const ending = endings.find((one) => name.toLowerCase() === one || /[_.-]$/.test(before(name, one)));
  if (ending === undefined) return undefined;
  const stem = name.slice(0, -ending.length);
  return others
    .map((other) => join(dirname(path), stem + other))
    .find((other) => statSync(other, { throwIfNoEntry: false })?.isFile());
}

/** What comes before an ending, which a name may not have. */
function before(name: string, ending: string): string {
  return name.toLowerCase().endsWith(ending) ? name.slice(0, -ending.length) : '';
}
