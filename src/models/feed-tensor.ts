import { basename } from 'node:path';
import { locate } from '../data/representation';
import type { DataFile, ReadOptions } from '../data/tensor';
import type { Real } from '../linalg/matrix';
import { UserError } from '../protocol/errors';
import { dims } from '../protocol/words';
import { expectedAxes, type Feed, fitted, padded, tensorOf } from './feed-parts';
import type { GraphValue } from './onnx-read';

/** What is to feed an input: a tensor of an open file. */
export interface Given {
  readonly file: DataFile;
  readonly path: string;
  readonly tensor: string | undefined;
}

/**
 * Rows of a tensor as an input takes them.
 * @param model its name, for messages.
 * @throws UserError where the tensor has other axes than the input.
 */
export function tensorFeed(
  model: string,
  input: GraphValue,
  { file, path, tensor }: Given,
  free: Map<string, number>,
  options: ReadOptions,
): Feed {
  const { name, shape: stored } = locate(file, { path, ...(tensor !== undefined && { tensor }) });
  const what = `${basename(path)}${name === null ? '' : `: tensor '${name}'`}`;
  const { shape } = input;
  const row = shape ? fitted(shape.slice(1), stored.slice(1), free) : stored.slice(1);
  if (!row)
    throw new UserError(
      `${what} does not fit the input '${input.name}' of ${model}: expected ${expectedAxes(input)}, found ${dims(stored)}. ` +
        'Save the data with these axes, a row for each sample first.',
    );
  const rows = new Ahead(file, name, stored[0] as number, options);
  const width = row.reduce((product, length) => product * length, 1);
  const reshaped = stored.slice(1).join() !== row.join();
  return {
    ...{ what, rows: stored[0] as number, inputs: [input.name] },
    async take(start, end, height) {
      const values = padded(await rows.read(start, end, width), width, end - start, height);
      const { tensor: made, rounded } = tensorOf(model, input, what, values, [height, ...row], start);
      return { inputs: { [input.name]: made }, seen: { rounded } };
    },
    notes: ({ rounded }) => [
      ...(reshaped ? [`${what}: rows of ${dims(stored.slice(1))} taken as ${dims(row)}`] : []),
      ...(rounded ? [`${what}: values rounded to the type that the model takes`] : []),
    ],
  };
}

/** Read at once, in bytes: a batch may be small, and every read has its price. */
const ahead = 4 << 20;

/** Rows of a tensor, read some way ahead of where they are asked for. */
class Ahead {
  private start = 0;
  private end = 0;
  private data: Real = new Float32Array();

  constructor(
    private readonly file: DataFile,
    private readonly tensor: string | null,
    private readonly all: number,
    private readonly options: ReadOptions,
  ) {}

  /** Valid until the next rows are read. */
  async read(start: number, end: number, width: number): Promise<Real> {
    if (start < this.start || end > this.end) {
      const height = Math.max(end - start, Math.floor(ahead / (8 * Math.max(1, width))));
      const rows: [number, number] = [start, Math.min(this.all, start + height)];
      const { data } = await this.file.read(this.tensor, { ...this.options, rows });
      [this.start, this.end, this.data] = [...rows, data];
    }
    return this.data.subarray((start - this.start) * width, (end - this.start) * width);
  }
}
