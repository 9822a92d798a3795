import { basename, resolve } from 'node:path';
import { UserError } from '../protocol/errors';
import type { InputSpec } from '../protocol/result';
import { byNumber, count, plural, some } from '../protocol/words';
import { openData } from './file';
import type { TextOptions } from './texts';

/** Edges as they are listed. */
export interface EdgeList {
  /** Names, as people count. */
  readonly nodes: readonly string[];
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly weights: Float64Array;
  readonly notes: readonly string[];
}

/** Names of columns by which an edge list says what is what, the likelier ones first. */
const ends = [
  ['source', 'target'],
  ['from', 'to'],
  ['src', 'dst'],
  ['child', 'parent'],
  ['head', 'tail'],
  ['u', 'v'],
] as const;
const weighted = ['weight', 'weights', 'w'];

/**
 * Reads the edges of a graph: a table with a column for either end (source and target, from and to, ...; otherwise its first
 * two) and perhaps one called weight. Columns that are chosen (`columns`, a list) are the two ends and the weight, in that
 * order. Nodes are all that are an end of an edge.
 * @throws UserError when the file cannot be read, is no such table, or a weight is negative or missing.
 */
export async function readEdges(spec: InputSpec, baseFolder: string, options: TextOptions): Promise<EdgeList> {
  const path = resolve(baseFolder, spec.path);
  const name = basename(path);
  const file = await openData(path, { ...spec, signal: options.signal });
  try {
    const { columns } = file.describe();
    if (!columns)
      throw new UserError(
        `${name}: a graph is read from a table of edges, with a column for either end, as source,target,weight. Save it so.`,
      );
    const names = columns.map((column) => column.name);
    const [source, target, weight] = typeof spec.columns === 'object' ? spec.columns : chosenOf(names, name);
    if (source === undefined || target === undefined)
      throw new UserError(
        `${name}: an edge has two ends; name two columns (and one of weights) out of ${some(names)}.`,
      );
    const read = async (column: string) => (await file.readColumn(column, options)).values;
    const [starts, stops] = [await read(source), await read(target)];
    const [first, end] = spec.rows ?? [0, starts.length];
    if (end > starts.length)
      throw new UserError(`${name}: rows up to ${count(end)} were asked for; it has ${count(starts.length)} edges.`);
    const weights = weight === undefined ? null : await read(weight);
    if (weights && !(weights instanceof Float64Array))
      throw new UserError(`${name}: column '${weight}' holds text; weights are numbers. Choose other columns.`);
    const graph = number(starts, stops, first, end, (row, column) => {
      throw new UserError(
        `${name}: row ${count(row)} has no ${column === 0 ? source : target}. Fill it in, or leave the row out.`,
      );
    });
    const used = weights ? weights.slice(first, end) : new Float64Array(end - first).fill(1);
    const bad = used.findIndex((value) => !(value >= 0 && Number.isFinite(value)));
    if (bad >= 0)
      throw new UserError(
        `${name}: the weight of row ${count(first + bad)} is ${used[bad]}; a finite number from 0 was expected. Mend the row.`,
      );
    const weighing = weight === undefined ? 'every edge of weight 1' : `weights from '${weight}'`;
    const note = `edges from '${source}' to '${target}', ${weighing}; nodes in counting order of their names`;
    return { ...graph, weights: used, notes: [note, ...repeats(graph)] };
  } finally {
    await file.close();
  }
}

function chosenOf(names: readonly string[], file: string): readonly (string | undefined)[] {
  const find = (wanted: string) => names.find((name) => name.toLowerCase() === wanted);
  const weight = weighted.map(find).find((name) => name !== undefined);
  const pair = ends.map((both) => both.map(find)).find(([a, b]) => a !== undefined && b !== undefined);
  if (pair) return [...pair, weight];
  const others = names.filter((name) => name !== weight);
  if (others.length === 2) return [...others, weight];
  throw new UserError(
    `${file}: which of its columns (${some(names)}) are the ends of an edge cannot be told. Call them source and target, and one ` +
      'of weights, if there is one, weight.',
  );
}

type Ends = Float64Array | readonly string[];

function number(starts: Ends, stops: Ends, first: number, end: number, empty: (row: number, column: number) => never) {
  const seen = new Map<string, number>();
  const nameOf = (values: Ends, row: number, column: number) => {
    const value = values[row];
    if (value === undefined || value === '' || Number.isNaN(value)) return empty(row, column);
    return String(value);
  };
  for (let row = first; row < end; row++) {
    for (const [column, values] of [starts, stops].entries()) {
      const name = nameOf(values, row, column);
      if (!seen.has(name)) seen.set(name, 0);
    }
  }
  const nodes = [...seen.keys()].sort((a, b) => byNumber(a, b) || (a < b ? -1 : 1));
  for (const [i, node] of nodes.entries()) seen.set(node, i);
  const indices = (values: Ends) =>
    Int32Array.from({ length: end - first }, (_, i) => seen.get(String(values[first + i])) as number);
  return { nodes, from: indices(starts), to: indices(stops) };
}

/** How many edges are there again, in either direction, or lead from a node to itself. */
function repeats({ nodes, from, to }: Pick<EdgeList, 'nodes' | 'from' | 'to'>): string[] {
  const seen = new Set<number>();
  let loops = 0;
  for (let e = 0; e < from.length; e++) {
    const [a, b] = [from[e] as number, to[e] as number];
    if (a === b) loops++;
    seen.add(Math.min(a, b) * nodes.length + Math.max(a, b));
  }
  const again = from.length - seen.size;
  return [
    ...(again > 0 ? [`${plural(again, 'edge')} between nodes that have one already: weights added`] : []),
    ...(loops > 0 ? [`${plural(loops, 'edge')} from a node to itself`] : []),
  ];
}
