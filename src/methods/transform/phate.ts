import { z } from 'zod';
import { UserError } from '../../protocol/errors';
import { count, plural } from '../../protocol/words';
import { defineMethod, type Outcome, type Representation } from '../method';
import { ranged } from '../shared/centred';
import { decayGraph, graphStep } from './decay-graph';
import { entropies, knee, potential, walk } from './diffusion';
import { componentsOf } from './fuzzy-graph';
import { graphParameters } from './heat-geodesic';
import { dimensionsParameter, faithfulnessValues, judgeParameters, mapOutcome } from './map';
import { squareDistances } from './mds';
import { classicalMap, smacof } from './scaling';

const ROUNDS = 300;

const parameters = z.object({
  ...graphParameters,
  t: z.int().min(0).max(10_000).default(0).meta({
    title: 'Steps',
    description:
      'Of the random walk. 0: where two straight lines that meet there fit the entropy of the eigenvalues after 1 to 100 steps best, by least squares.',
  }),
  dimensions: dimensionsParameter,
  ...judgeParameters,
});

export const phate = defineMethod({
  id: 'phate',
  kind: 'transform',
  title: 'PHATE-like diffusion map',
  summary:
    'Draws the rows by where random walks from them lead, on a logarithmic scale: trajectories and branches show.',
  blindTo: 'blind to distances across gaps of the graph; smooths away what is smaller than a walk of the steps given',
  takes: 'one',
  labels: 'optional',
  parameters,
  values: [
    ...faithfulnessValues,
    { key: 'steps', title: 'Steps of the random walk', range: [1, null] },
    { key: 'stress', title: 'Stress-1 of the map (Kruskal)', range: [0, null], better: 'lower' },
    { key: 'components', title: 'Connected parts of the graph', range: [1, null] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: false,
  cost: 'O(n³ log t), and n² numbers four times in memory',
  formula:
    '|log(P^t + 1e-7)_i - log(P^t + 1e-7)_j|, P the random walk on the graph of weights ½(k_ij + k_ji), k_ij = exp(-(d_ij / reach_i)^decay), those below 1e-4 left out, with loops of weight 1; then metric scaling from the classical start',
  tex: String.raw`d_{ij} = \bigl\lVert \log (P^t + \varepsilon)_{i\cdot} - \log (P^t + \varepsilon)_{j\cdot} \bigr\rVert, \qquad \varepsilon = 10^{-7}`,
  citation:
    'Moon, van Dijk, Wang, Gigante, Burkhardt, Chen, Yim, van den Elzen, Hirn, Coifman, Ivanova, Wolf, Krishnaswamy (2019). Visualizing structure and transitions in high-dimensional biological data. Nature Biotechnology 37',
  async run([input], chosen, context) {
    const { name, matrix } = ranged(input as Representation);
    const n = matrix.rows;
    if (n < 4) throw new UserError(`There are ${n} rows; a diffusion map needs four or more.`);
    context.reserve(8 * (5 * n * n + 2 * n * matrix.columns), `random walks between all pairs of ${count(n)} rows`);
    context.progress(0.05, 'The graph of neighbours');
    const w = await decayGraph(matrix, chosen.neighbours, chosen.decay, context);
    const components = componentsOf(w);
    context.progress(0.1, 'Steps');
    const steps = chosen.t > 0 ? chosen.t : knee(await entropies(w, context));
    context.progress(0.2, 'Random walks');
    const walked = potential(await walk(w, steps, context));
    const distances = await squareDistances(walked, 'euclidean', context);
    const squares = distances.map((d) => d * d);
    const start = await classicalMap(squares, chosen.dimensions, context);
    const made = smacof(distances, start, { rounds: ROUNDS, tolerance: 1e-6 }, context);
    const outcome = await mapOutcome(
      {
        ...{ name, of: matrix, map: made.map, metric: 'euclidean' },
        axes: ['PHATE 1', 'PHATE 2', 'PHATE 3'],
        title: 'Diffusion map (PHATE-like)',
        caption: `Each point is a row; rows are near where random walks of ${plural(steps, 'step')} from them lead to the same places.`,
      },
      chosen,
      context,
    );
    const stress = Number.isFinite(made.stress1) ? made.stress1 : null;
    return {
      ...outcome,
      values: { ...outcome.values, steps, stress, components },
      representations: outcome.representations.map((one) => ({ ...one, name: `${name} PHATE` })),
      steps: [
        graphStep(w, chosen.neighbours),
        `${plural(steps, 'step')}${chosen.t > 0 ? '' : steps > 1 ? ': where the entropy of the eigenvalues bends' : ': the entropy of the eigenvalues is the same after any number'}`,
        ...outcome.steps,
      ],
      warnings: [
        ...(components > 1
          ? [`The graph falls into ${components} parts, between which no walk leads. Raise the neighbours.`]
          : []),
        ...(stress === null ? ['All rows fall on one point: stress cannot be computed.'] : []),
        ...outcome.warnings,
      ],
    } satisfies Outcome;
  },
});
