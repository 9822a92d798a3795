import type { Analysis } from './analysis';
import type { Comparison, Result } from './result';
import type { Study } from './study';

/** Something that an analysis holds many of, or large ones: it goes to the page by itself, so that neither end is held for long. */
export type Part = { readonly result: Result } | { readonly comparison: Comparison } | { readonly study: Study };

export function partsOf({ results, comparisons, studies = [] }: Analysis): Part[] {
  return [
    ...results.map((result) => ({ result })),
    ...comparisons.map((comparison) => ({ comparison })),
    ...studies.map((study) => ({ study })),
  ];
}

export function withoutParts({ studies: _, ...analysis }: Analysis): Analysis {
  return { ...analysis, results: [], comparisons: [] };
}

export function withParts(analysis: Analysis, parts: readonly Part[]): Analysis {
  const studies = parts.flatMap((part) => ('study' in part ? part.study : []));
  return {
    ...analysis,
    results: parts.flatMap((part) => ('result' in part ? part.result : [])),
    comparisons: parts.flatMap((part) => ('comparison' in part ? part.comparison : [])),
    ...(studies.length > 0 && { studies }),
  };
}
