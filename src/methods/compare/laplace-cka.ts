import { z } from 'zod';
import { condensed } from '../../linalg/points';
import type { Chance } from '../../protocol/result';
import { defineMethod, type Outcome, type Representation } from '../method';
import { contributed } from '../shared/contributions';
import { scorePairs, scoreWith } from '../shared/pairs';
import { grade, inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import type { CkaScore } from './cka';
import { distanceFigures } from './distance-figures';
import { kernelContributions } from './kernel-contributions';
import {
  alignment,
  ESTIMATORS,
  inUnits,
  type KernelChoice,
  kernelParameters,
  NO_DISTANCE,
  nearlyIdentity,
  rangedBy,
  unitOf,
  widthsOf,
} from './kernel-parameters';
import { centreKernel } from './kernels';
import { type Medians, type TiledKernels, tiledLaplace, tiledMedians } from './tiled-kernels';

export const laplaceCka = defineMethod({
  id: 'laplace-cka',
  kind: 'compare',
  title: 'Laplace CKA',
  summary: 'CKA with a kernel that falls exponentially with the distance, without the flat top of a Gaussian one.',
  blindTo: 'blind to distances well above the bandwidth; goes to 1 for anything as the bandwidth goes to 0',
  takes: 'pair',
  parameters: z.object(kernelParameters),
  values: [{ key: 'cka', title: 'Laplace CKA', range: [-1, 1], better: 'higher', self: 1 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(n² (p + q))',
  formula: '<HKH, HLH> / (‖HKH‖ ‖HLH‖), K = exp(-d / σ), d Euclidean, σ = c · median of d over pairs of different rows',
  tex: String.raw`\frac{\langle HKH, HLH\rangle}{\lVert HKH\rVert\,\lVert HLH\rVert},\quad K_{ij} = e^{-\lVert x_i - x_j\rVert / \sigma},\quad \sigma = c\,\operatorname{median}_{i<j}\lVert x_i - x_j\rVert`,
  citation:
    'Kornblith, Norouzi, Lee, Hinton (2019). Similarity of neural network representations revisited. ICML. arXiv:1905.00414 (CKA of any kernel)',
  async run(inputs, chosen, context) {
    const [x, y] = inputs.map(rangedBy(chosen)) as [Representation, Representation];
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(x.matrix.rows)];
    const medians = await tiledMedians([x, y], context);
    const kernels = await tiledLaplace(medians, (median) => chosen.sigma * unitOf(chosen, median), context);
    const { value, chance, warning } = scoreOf(kernels, medians, x, y, chosen);
    const middles = [x, y].map((input) => medians.get(input)?.median ?? 0);
    const steps = [
      widthsOf(chosen, inUnits(middles, inputs, chosen)),
      ESTIMATORS[chosen.estimator].step,
      'all pairs of rows, tile by tile',
      'float64',
    ];
    if (value === null || chance === undefined)
      return { values: { cka: null }, steps, warnings: [...warnings, `Laplace CKA: ${warning}.`] };
    const typical = Math.max(...middles.map((median) => Math.exp(-median / unitOf(chosen, median) / chosen.sigma)));
    if (typical < 0.01) {
      warnings.push(
        `With this bandwidth the kernel of two typical rows is ${typical.toPrecision(1)}: ${nearlyIdentity(chosen)}`,
      );
    }
    const make = async (input: Representation) => {
      const width = chosen.sigma * unitOf(chosen, medians.get(input)?.median ?? 0);
      const distances = await condensed(input.matrix, 'euclidean', { signal: context.signal });
      return centreKernel(
        distances.map((distance) => Math.expm1(-distance / width)),
        input.matrix.rows,
        0,
      );
    };
    const parts = await kernelContributions([x, y], make, chosen.estimator, context);
    const own = contributed(parts, [x, y], 'Laplace CKA', context);
    return {
      values: { cka: value },
      chance: { cka: chance },
      tables: own.tables,
      figures: [...(await distanceFigures(x, y, context)), ...own.figures],
      steps: [...steps, ...own.steps],
      reading: reading(value, chance),
      warnings,
    } satisfies Outcome;
  },
  async sweep(given, others, chosen, context) {
    const ranged = rangedBy(chosen);
    const [rows, columns] = [given.map(ranged), others.map(ranged)];
    const medians = await tiledMedians([...rows, ...columns], context);
    const kernels = await tiledLaplace(medians, (median) => chosen.sigma * unitOf(chosen, median), context);
    return scorePairs(
      rows,
      columns,
      context,
      async (input) => input,
      (a, b) => scoreWith(scoreOf(kernels, medians, a, b, chosen)),
    );
  },
});

/** Distances below this part of σ leave too few digits of a kernel that is 1 less so much. */
const LEAST = 1e-8;

function scoreOf(
  { sides, product }: TiledKernels,
  medians: Medians,
  x: Representation,
  y: Representation,
  chosen: KernelChoice,
): CkaScore {
  const near = (input: Representation) => Math.sqrt(medians.get(input)?.points.largest ?? 0) < LEAST * chosen.sigma;
  if (chosen.width === 'fixed' && (near(x) || near(y))) return { value: null, warning: NO_DISTANCE };
  return alignment(sides.get(x) ?? null, sides.get(y) ?? null, chosen, product);
}

function reading(value: number, chance: Chance): string {
  const words = {
    chance: 'is no more alike than that of rows paired at random',
    little: 'is a little alike',
    part: 'is alike in part',
    much: 'is much alike',
    most: 'is nearly the same',
  };
  return `Near distances counted most, the geometry ${words[grade(value, chance)]} (Laplace CKA ${inWords(value)}; ${inWords(chance.level)} by chance).`;
}
