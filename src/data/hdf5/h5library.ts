import type { Metadata } from 'h5wasm';

/** The parts of the library that are used. Identifiers and addresses are 64 bits there. */
export interface H5Library {
  readonly HEAPU8: Uint8Array;
  readonly H5G_GROUP: number;
  readonly H5G_DATASET: number;
  readonly FS: {
    readonly ErrnoError: new (code: number) => Error;
    writeFile(path: string, content: Uint8Array): void;
    mkdirTree(path: string): void;
    lookupPath(path: string): { readonly node: FileNode };
  };
  _malloc(bytes: number): number;
  _free(address: number): void;
  open(path: string, mode: number, track: boolean, low: number, high: number): bigint;
  get_names(file: bigint, path: string, recursive: boolean): string[];
  get_type(file: bigint, path: string): number;
  get_symbolic_link(file: bigint, path: string): string | null;
  get_external_link(file: bigint, path: string): { readonly filename?: string };
  get_dataset_metadata(file: bigint, path: string): Metadata;
  get_dataset_filters(
    file: bigint,
    path: string,
  ): { readonly id: number; readonly name: string; readonly cd_values: readonly number[] }[];
  get_attribute_names(file: bigint, path: string): string[];
  get_attribute_metadata(file: bigint, path: string, name: string): Metadata;
  get_attribute_data(file: bigint, path: string, name: string, to: bigint): number;
  get_dataset_data(
    file: bigint,
    path: string,
    count: bigint[] | null,
    start: bigint[] | null,
    strides: bigint[] | null,
    to: bigint,
  ): number;
  reclaim_vlen_memory(file: bigint, path: string, attribute: string, data: bigint): number;
  reclaim_vlen_memory_count(file: bigint, path: string, attribute: string, data: bigint, count: bigint[]): number;
  create_object_reference(file: bigint, path: string): number[];
}

interface Stream {
  readonly position: number;
}

interface FileNode {
  stream_ops: {
    llseek(stream: Stream, offset: number, whence: number): number;
    read(stream: Stream, heap: Uint8Array, offset: number, length: number, position: number): number;
  };
  node_ops: { getattr(node: FileNode): object };
}
