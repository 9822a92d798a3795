import type { MethodDescription } from './catalogue';
import { writtenEndings } from './formats';

/** What a method makes besides its values. */
export type Made = 'representation' | 'model';

/** What tells it. */
export type Making = Pick<MethodDescription, 'kind'> & Partial<Pick<MethodDescription, 'exports' | 'takes'>>;

/** Undefined where a method makes nothing that could be a file of its own. */
export function madeBy({ kind, exports, takes }: Making): Made | undefined {
  if (exports && takes === 'model') return 'model';
  return exports || kind === 'transform' || kind === 'embed' ? 'representation' : undefined;
}

/** Endings of the files that it can be written to. */
export function endingsOf(made: Made): readonly string[] {
  return made === 'model' ? ['.onnx'] : writtenEndings;
}
