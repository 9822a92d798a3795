import { dot } from '../../linalg/norms';
import type { Figure } from '../../protocol/figures';
import type { Cell, Table } from '../../protocol/result';
import { type Classes, placesByClass } from '../shared/classes';
import { digits6 } from '../shared/image';
import { inWords } from '../shared/reading';
import { type AdapterName, keepsFirst } from './adapters';
import {
  type Alignment,
  pairedDifference,
  type Searched,
  type Sides,
  type Split,
  type Tests,
  templates,
} from './compatibility-tests';

type Adapted = Searched | null;

/** "May b replace a?" in words. */
export function answer(
  names: readonly string[],
  raw: Searched,
  adapted: Adapted,
  adapter: AdapterName,
  { query, gallery }: Split,
): string {
  const last = names.length - 1;
  const [old, now] = [names[0] as string, names[last] as string];
  const own = raw.hits[0]?.[0] as Uint8Array;
  const verdict = (cross: Uint8Array | null, base: Uint8Array) => {
    if (cross === null) return `it has other units than ${old}, so it cannot search its gallery`;
    const { difference, low, high } = pairedDifference(cross, base);
    const found = `it finds ${inWords(share(cross))} of ${query.length} queries in the gallery of ${old}, which itself finds ${inWords(share(base))}`;
    if (difference > 0) return low > 0 ? `yes, ${found}` : `yes, though by a difference within chance: ${found}`;
    return high >= 0 ? `it is no better, though no worse beyond chance: ${found}` : `no, ${found}`;
  };
  const plain = `May ${now} replace ${old} without indexing anew? As it is, ${verdict(raw.hits[last]?.[0] ?? null, own)}.`;
  if (!adapted) return plain;
  const base = (adapted.hits[0]?.[0] ?? own) as Uint8Array;
  const both = !keepsFirst(adapter) ? 'both mapped by their adapters' : 'mapped by its adapter';
  return `${plain} With the ${adapter} adapter, fitted to ${gallery.length} labelled rows (${both}): ${verdict(adapted.hits[last]?.[0] ?? null, base)}.`;
}

function share(hits: Uint8Array): number {
  return hits.reduce((sum, hit) => sum + hit, 0) / hits.length;
}

/** A row for each newer and older version. */
export function pairTable(
  names: readonly string[],
  raw: Searched,
  adapted: Adapted,
  closer: readonly (readonly (Alignment | null)[])[],
  adapter: AdapterName,
): Table {
  const rows = names.flatMap((newer, t) =>
    names.slice(0, t).map((older, k): Cell[] => {
      const [cross, own] = [raw.hits[t]?.[k] ?? null, raw.hits[k]?.[k] as Uint8Array];
      const gap = cross && pairedDifference(cross, own);
      const after = adapted?.tests[t]?.[k] ?? null;
      const afterOwn = adapted?.tests[k]?.[k] ?? null;
      return [
        ...[newer, older, cross && share(cross), share(own)],
        ...(gap ? [gap.difference, gap.low, gap.high] : [null, null, null]),
        gap && gap.difference > 0 ? 'yes' : 'no',
        ...[closer[t]?.[k]?.same ?? null, closer[t]?.[k]?.different ?? null, closer[t]?.[k]?.contrast ?? null],
        ...(adapted ? [after, afterOwn, after !== null && afterOwn !== null && after > afterOwn ? 'yes' : 'no'] : []),
      ];
    }),
  );
  return {
    title: 'Newer version in the gallery of an older one',
    columns: [
      ...['newer', 'older', 'cross-test', 'self-test of the older', 'difference', 'low', 'high', 'compatible'],
      ...['same class no farther', 'other class no nearer', 'contrast (HOC, μ = 10)'],
      ...(adapted ? [`cross-test, ${adapter}`, `self-test, ${adapter}`, `compatible, ${adapter}`] : []),
    ],
    rows,
  };
}

/** A row for each version: its own test, and how its class means lie. */
export function versionTable(
  names: readonly string[],
  versions: readonly Sides[],
  raw: Searched,
  adapted: Adapted,
  { names: classes }: Classes,
): Table {
  const first = templates((versions[0] as Sides).gallery, classes.length);
  const rows = names.map((name, t): Cell[] => {
    const means = templates((versions[t] as Sides).gallery, classes.length);
    let [sum, pairs] = [0, 0];
    for (let a = 0; a < classes.length; a++)
      for (let b = a + 1; b < classes.length; b++, pairs++)
        sum += Math.abs(dot(means.row(a), means.row(b)) + 1 / (classes.length - 1));
    const drift =
      means.columns === first.columns
        ? classes.reduce((total, _, c) => total + angle(means.row(c), first.row(c)) / classes.length, 0)
        : null;
    return [name, raw.tests[t]?.[t] ?? null, ...(adapted ? [adapted.tests[t]?.[t] ?? null] : []), drift, sum / pairs];
  });
  return {
    title: 'Versions',
    columns: [
      ...['version', 'self-test', ...(adapted ? ['self-test, adapted'] : [])],
      ...[
        'mean drift of class means from the first, degrees',
        'mean distance of their cosines from those of a simplex',
      ],
    ],
    rows,
  };
}

/** In degrees, exact near 0 and 180 too; of vectors of length 1. */
function angle(a: Float64Array, b: Float64Array): number {
  let [apart, together] = [0, 0];
  for (let j = 0; j < a.length; j++) {
    apart += ((a[j] as number) - (b[j] as number)) ** 2;
    together += ((a[j] as number) + (b[j] as number)) ** 2;
  }
  return (2 * Math.atan2(Math.sqrt(apart), Math.sqrt(together)) * 180) / Math.PI;
}

/** What is found of each class: by the old in the old, by the new in the old, by the new in the new, and with the adapter. */
function byClass(
  names: readonly string[],
  versions: readonly Sides[],
  raw: Searched,
  adapted: Adapted,
  { names: classes }: Classes,
) {
  const last = names.length - 1;
  const { of } = (versions[0] as Sides).query;
  const queries = placesByClass(of, classes.length);
  const shares = (hits: Uint8Array | null | undefined) =>
    queries.map((places) => (hits ? share(Uint8Array.from(places, (i) => hits[i] as number)) : null));
  return [
    { name: 'first in first', values: shares(raw.hits[0]?.[0]) },
    { name: 'last in first', values: shares(raw.hits[last]?.[0]) },
    { name: 'last in last', values: shares(raw.hits[last]?.[last]) },
    ...(adapted ? [{ name: 'adapted', values: shares(adapted.hits[last]?.[0]) }] : []),
  ];
}

export function classTable(...given: Parameters<typeof byClass>): Table {
  const columns = byClass(...given);
  const { names, label } = given[4];
  return {
    title: 'Share of the queries of each class that are found',
    columns: [label, ...columns.map(({ name }) => name)],
    rows: names.map((name, c): Cell[] => [name, ...columns.map(({ values }) => values[c] ?? null)]),
  };
}

/** The tests of every pair of versions. */
export function testsFigure(
  names: readonly string[],
  raw: Tests,
  adapted: Tests | null,
  adapter: AdapterName,
  { names: classes }: Classes,
): Figure {
  const panel = (title: string, tests: Tests) => ({
    title,
    rows: { label: 'queries from', ticks: names },
    columns: { label: 'gallery from', ticks: names },
    shape: [names.length, names.length] as const,
    values: names.flatMap((_, t) => names.map((_, k) => (k > t ? null : digitsOf(tests[t]?.[k] ?? null)))),
  });
  return {
    ...{ id: 'compatibility', kind: 'heatmap', title: 'Every version in the gallery of every older one' },
    caption:
      'Share of the queries whose class is found. On the diagonal a version searches its own gallery; a pair is compatible where the cell left of the diagonal is above the diagonal of its column.',
    panels: [panel('as they are', raw), ...(adapted ? [panel(`with the ${adapter} adapter`, adapted)] : [])],
    scale: { label: 'accuracy', kind: 'sequential', domain: [0, 1], chance: digits6(1 / classes.length) ?? 0 },
  };
}

/** Which classes a swap would lose. */
export function classFigure(
  names: readonly string[],
  versions: readonly Sides[],
  raw: Searched,
  adapted: Adapted,
  adapter: AdapterName,
  classes: Classes,
): Figure {
  const searches = byClass(names, versions, raw, adapted, classes);
  const last = names.length - 1;
  return {
    ...{ id: 'classes', kind: 'heatmap', title: 'Which classes are found' },
    caption: `Share of the queries of each class that are found. First: ${names[0]}; last: ${names[last]}; "last in first": queries of the last in the gallery of the first${adapted ? `, "adapted" the same with the ${adapter} adapter` : ''}.`,
    panels: [
      {
        title: '',
        rows: { label: 'search', ticks: searches.map(({ name }) => name) },
        columns: { label: classes.label, ticks: classes.names },
        shape: [searches.length, classes.names.length],
        values: searches.flatMap(({ values }) => values.map(digitsOf)),
      },
    ],
    scale: { label: 'accuracy', kind: 'sequential', domain: [0, 1], chance: digits6(1 / classes.names.length) ?? 0 },
  };
}

function digitsOf(value: number | null): number | null {
  return value === null ? null : digits6(value);
}
