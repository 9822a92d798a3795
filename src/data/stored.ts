import { resolve } from 'node:path';
import type { InputSpec, Preparation } from '../protocol/result';

/** A layer of a model that has been computed. */
interface Stored {
  /** Absolute: the file that it is in, under its name. */
  readonly path: string;
  /** What was done to get it, a few words each. */
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
  /** The reduction and how the data was prepared. */
  readonly prepared: Preparation;
  /** Of the layers that were asked for together, those that it is computed from with none in between. */
  readonly from?: readonly string[];
}

/** An input whose values may be in another file than that which it names; never part of a request from outside. */
export type PlacedSpec = InputSpec & { readonly stored?: Stored | undefined };

/** The file to open for an input. */
export function fileOf({ path, stored }: PlacedSpec, baseFolder: string): string {
  return stored?.path ?? resolve(baseFolder, path);
}
