/** What an element of a dataset is, as far as it matters here. */
export type ElementType =
  | { readonly kind: 'number'; readonly dtype: string }
  /** Bytes each with their padding, or null where lengths vary. */
  | { readonly kind: 'text'; readonly bytes: number | null; readonly padding: 'zeros' | 'blanks' }
  | { readonly kind: 'other'; readonly dtype: string; readonly reason: string; readonly damaged?: true };

/** A dataset, or something by a name in the file that cannot be read as one. */
export interface Entry {
  /** From the root, without a slash in front: `encoder/layer1`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Read and unpacked whole by the library; null where values lie one after the other. */
  readonly chunks: readonly number[] | null;
  readonly type: ElementType;
}

/** What MATLAB notes of a variable of its files of version 7.3: of groups too. */
export interface MatlabNote {
  readonly name: string;
  readonly group: boolean;
  /** `double`, `char`, `struct`; null where nothing is noted. */
  readonly class: string | null;
  /** The dataset holds the sizes of an empty array instead of values. */
  readonly empty: boolean;
  readonly sparse: boolean;
}

export interface Listing {
  readonly entries: readonly Entry[];
  /** Only where they were asked for. */
  readonly matlab: readonly MatlabNote[];
}

/** The file is open already, and no other can be reached. */
export interface Start {
  readonly descriptor: number;
  readonly size: number;
  /** Grows while the library gets on: reads of the file and objects that were looked at. */
  readonly progress: SharedArrayBuffer;
  /** The library, where an earlier thread has compiled it. */
  readonly program?: WebAssembly.Module;
}

/** Comes first where the thread was given no program. */
export interface Compiled {
  readonly program: WebAssembly.Module;
}

/** The file that was open is closed; the library took little memory for it. */
export interface Cleared {
  readonly small: boolean;
}

export type Request =
  | { readonly kind: 'list'; readonly matlab: boolean }
  /** A block of a dataset, little-endian, last index fastest. */
  | { readonly kind: 'values'; readonly name: string; readonly start: number[]; readonly count: number[] }
  /** Cells of a cell array of MATLAB, as one string each; at most `bytes` of them all. */
  | {
      readonly kind: 'cells';
      readonly name: string;
      readonly start: number[];
      readonly count: number[];
      readonly bytes: number;
    }
  /** Text of variable length, as one string each; at most `bytes` of them all. */
  | {
      readonly kind: 'texts';
      readonly name: string;
      readonly start: number[];
      readonly count: number[];
      readonly bytes: number;
    };

/** What the thread is told: a file is opened before anything is asked, and closed before another is. */
export type Order = ({ readonly kind: 'open' } & Start) | { readonly kind: 'close' } | Request;

export interface Answers {
  readonly list: Listing;
  readonly values: ArrayBuffer;
  /** Null where a cell is no text of one line. */
  readonly cells: readonly (string | null)[];
  readonly texts: readonly string[];
}

/** One answer to each request, in order. */
export type Reply =
  | { readonly ok: Answers[keyof Answers] }
  /** Why not, in the library's words; after a fatal one nothing more can be asked. */
  | { readonly error: string; readonly fatal: boolean };
