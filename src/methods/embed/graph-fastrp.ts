import { z } from 'zod';
import { standardiseColumns } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import type { Table } from '../../protocol/result';
import { defineMethod, type Graph, type Outcome } from '../method';
import { adjacency, degreesOf, fastRp, sparseProjection } from './fastrp';
import { embedded, needsRows, planeOf } from './made';

const parameters = z.object({
  dimensions: z
    .int()
    .min(1)
    .max(4096)
    .default(128)
    .meta({ title: 'Dimensions', description: 'Columns of the result.' }),
  weights: z.array(z.number()).min(1).max(16).default([0, 0, 1, 6.67]).meta({
    title: 'Weights',
    description: 'One for each step away from a node: how much its neighbours at 1, 2, ... steps count.',
  }),
  beta: z.number().min(-2).max(2).default(-0.9).meta({
    title: 'Power of degrees',
    description: 'Below 0, hubs count less; from −1 to 0 as published.',
  }),
  matrix: z.enum(['transition', 'adjacency']).default('transition').meta({
    title: 'Matrix',
    description: 'Steps of a random walk, each row divided by its degree; or the weights as they are.',
  }),
  normalise: z.boolean().default(true).meta({
    title: 'Unit length',
    description: 'Bring every row of every power to unit length before they are added.',
  }),
  standardise: z
    .boolean()
    .default(true)
    .meta({ title: 'Standardise', description: 'Bring every column to mean 0 and standard deviation 1 at the end.' }),
  directed: z
    .boolean()
    .default(false)
    .meta({ title: 'Directed', description: 'Follow edges only from their first end to their second.' }),
});

export const graphFastrp = defineMethod({
  id: 'graph-fastrp',
  kind: 'embed',
  title: 'FastRP of a graph',
  summary:
    'A baseline without training: describes every node of a graph by random projections of where random walks of a few steps lead from it.',
  blindTo:
    'blind to attributes of nodes and edges other than the weight; two runs are comparable only up to the random projection',
  takes: 'graph',
  labels: 'optional',
  parameters,
  values: [
    { key: 'nodes', title: 'Nodes', range: [0, null] },
    { key: 'edges', title: 'Pairs of nodes with an edge of weight above 0', range: [0, null] },
    { key: 'isolated', title: 'Nodes without a step to take', range: [0, null] },
  ],
  invariances: [],
  symmetric: false,
  cost: 'O(q e k) for q weights, e edges and k dimensions',
  formula:
    'Σ_i w_i S^i D^β R, S = D⁻¹A (transition) or A, D the degrees, R with entries sqrt(3/k) (+1, -1 with probability 1/6 each, otherwise 0); edges between the same nodes add, one from a node to itself counts once; columns standardised (divided by n)',
  tex: String.raw`\sum_{i=1}^{q} w_i\, S^i D^{\beta} R, \qquad S = D^{-1} A, \qquad R_{jc} \in \sqrt{3/k}\,\{+1, 0, -1\} \text{ with probabilities } \tfrac16, \tfrac23, \tfrac16`,
  citation:
    'Chen, Sultan, Tian, Chen, Skiena (2019). Fast and accurate network embeddings via very sparse random projection. CIKM. arXiv:1908.11512',
  async run([input], chosen, context) {
    const graph = input as Graph;
    const n = graph.nodes.length;
    needsRows(n, 'node');
    const k = chosen.dimensions;
    // The projection, two powers, the normalised one, the sum and its standardised copy; and the edges.
    context.reserve(8 * 6 * n * k + 64 * graph.from.length, 'the powers of the graph');
    const a = adjacency(graph, chosen.directed);
    const isolated = degreesOf(a).filter((degree) => degree === 0).length;
    const sum = fastRp(a, sparseProjection(n, k, 3, context.random), chosen, context);
    const matrix: Matrix = chosen.standardise ? standardiseColumns(sum) : sum;
    const loops = graph.from.filter((node, e) => node === graph.to[e]).length;
    const pairs = pairsOf(a, chosen.directed);
    return {
      values: { nodes: n, edges: pairs, isolated },
      tables: { nodes: nodeTable(graph) },
      ...(await planeOf(graph.name, matrix, context)),
      ...embedded(graph.name, matrix),
      steps: [
        chosen.directed ? 'edges followed from their first end to their second' : 'edges followed both ways',
        `${k} random projections, seed ${context.random.seed}`,
        ...(loops > 0 ? ['an edge from a node to itself counted once'] : []),
        ...(chosen.standardise ? ['columns standardised'] : []),
      ],
      reading: `Each of ${n} nodes is now ${k} numbers; nodes from which walks of up to ${chosen.weights.length} steps lead to the same places are near each other. It is a baseline: nothing was learned.`,
      warnings:
        isolated > 0
          ? [
              `${isolated} of ${n} nodes without an edge to follow: their rows are the same, all zeros before columns are standardised.`,
            ]
          : [],
    } satisfies Outcome;
  },
});

/** Pairs, loops among them, whose weights are not 0; unordered unless directed. */
function pairsOf({ offsets, indices, values, rows }: ReturnType<typeof adjacency>, directed: boolean): number {
  let pairs = 0;
  for (let i = 0; i < rows; i++) {
    for (let e = offsets[i] as number; e < (offsets[i + 1] as number); e++)
      if ((values[e] as number) > 0 && (directed || (indices[e] as number) >= i)) pairs++;
  }
  return pairs;
}

/** The rows of what was made, by name. */
function nodeTable({ nodes }: Graph): Table {
  return { title: 'Nodes', columns: ['row', 'node'], rows: nodes.map((node, i) => [i, node]) };
}
