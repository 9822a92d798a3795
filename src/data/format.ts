import type { FormatId } from '../protocol/formats';
import type { FileSource, Signal } from './source';
import type { DataFile } from './tensor';

/** How a person says a file is to be read, where the file does not say it itself. */
export interface OpenOptions {
  readonly signal?: Signal | undefined;
  /** Raw bytes as an array: `float32:450x64`, `>int16:1000x8@128` (big-endian, from byte 128). */
  readonly raw?: string | undefined;
  /** SQL over a table, which is called `data` there. */
  readonly query?: string | undefined;
  /** What a person typed, where the query was made of that: errors speak of it. */
  readonly expression?: string | undefined;
  /** As the person gave it, where it stands for several files. */
  readonly path?: string | undefined;
}

/** A format of data files; adding one touches its own file, `formats.ts` and the endings in `protocol/formats.ts`. */
export interface Format {
  readonly id: FormatId;
  /** After "this is": "a single NumPy array". */
  readonly title: string;
  /** First bytes (latin1) that only this format has: by them a file of another ending is recognised and refused. */
  readonly signatures?: readonly string[];
  /** Where several formats share an ending: whether the file, of which these are the first 4096 bytes, is of this one. */
  recognises?(head: Buffer, source: FileSource, options: OpenOptions): boolean;
  /** Owns `source`, which it closes with the data file. @throws UserError where the file is damaged. */
  open(source: FileSource, options: OpenOptions): Promise<DataFile>;
  /** Opens several files as one, rows one after the other; owns them. Absent where that means nothing. */
  join?(sources: readonly FileSource[], options: OpenOptions): Promise<DataFile>;
}
