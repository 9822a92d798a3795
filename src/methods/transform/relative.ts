import { z } from 'zod';
import type { Matrix } from '../../linalg/matrix';
import { singularValues } from '../../linalg/svd';
import type { Table } from '../../protocol/result';
import { plural } from '../../protocol/words';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { anchorParameters, chooseAnchors } from '../sample/anchors';
import { lostBeyond } from '../sample/span';
import { heatmapPanel, poolingNote } from '../shared/image';
import { coveringRadius, seriate } from './projection';
import {
  isDistance,
  type ProjectionChoice,
  project,
  projectionParameters,
  projectionScale,
  projectionSteps,
} from './projections';

const parameters = z.object({ ...anchorParameters, ...projectionParameters });

export const relative = defineMethod({
  id: 'relative',
  kind: 'transform',
  title: 'Relative representation',
  summary:
    'Describes every row by its similarities to anchor rows, or its distances from them, so that rotated and rescaled spaces coincide.',
  blindTo: 'blind to the length of rows, and to directions that no anchor spans where anchors are fewer than units',
  takes: 'one',
  labels: 'optional',
  parameters,
  values: [
    { key: 'anchors', title: 'Anchors', range: [1, null] },
    { key: 'rank', title: 'Rank of the relative representation', range: [0, null] },
    { key: 'covering-radius', title: 'Largest distance to the nearest anchor', range: [0, null] },
  ],
  resampled: 'covering-radius',
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: false,
  cost: 'O(nmp) for m anchors',
  formula:
    'R[i,a] = <x_i, x_a> / (|x_i| |x_a|) for anchor rows a; centre = none as published; or arccos of it / π, |x_i - x_a|, Σ|x_i - x_a|, or C with the least |X - C X_A|²; the largest over rows of the least distance to an anchor, of directions for cosines, otherwise as R has it',
  tex: String.raw`R_{ia} = \frac{\langle x_i, x_a\rangle}{\lVert x_i\rVert\,\lVert x_a\rVert}, \qquad a \in \text{anchors}`,
  citation:
    'Moschella, Maiorano, Fumero, Norelli, Locatello, Rodolà (2023). Relative representations enable zero-shot latent space communication. ICLR. arXiv:2209.15430',
  async run([input], chosen, context) {
    const { name, matrix } = input as Representation;
    const anchors = await chooseAnchors(matrix, chosen, context);
    const count = anchors.rows.length;
    context.reserve(8 * 3 * matrix.rows * count, 'the relative representation');
    context.progress(0.3, 'Similarities to the anchors');
    const { matrix: projected, zeroRows } = await project(matrix, anchors.rows, chosen, context.signal);
    context.progress(0.6, 'Rank');
    const rank = numericalRank(await singularValues(projected, { signal: context.signal }), matrix.rows, count);
    const radius = coverage(projected, chosen);
    const warnings = [...anchors.warnings, ...zeroRowWarnings(name, zeroRows.length)];
    if (radius === null) warnings.push(noRadius(chosen));
    warnings.push(...(await lostBeyond(name, matrix, anchors.rows, chosen, context.signal)));
    return {
      values: { anchors: count, rank, 'covering-radius': radius },
      tables: { anchors: anchorTable(anchors.rows, context) },
      figures: [figure(name, projected, anchors.rows, chosen, context)],
      representations: [made({ name, matrix }, projected)],
      steps: [anchors.step, ...projectionSteps(chosen), 'products in float64'],
      reading: `Each row is now described by ${count} anchors, with rank ${rank}; ${radius === null ? '' : `no row is farther than ${radius.toFixed(2)} from its nearest anchor${onSphere(chosen) ? ' on the unit sphere (a right angle is 1.41)' : ''}. `}Two such representations can be compared directly only where their anchors are the same rows.`,
      warnings,
    } satisfies Outcome;
  },
});

/** Singular values above max(n, m) eps times the largest, the usual rule. */
function numericalRank(values: Float64Array, rows: number, columns: number): number {
  const least = Math.max(rows, columns) * Number.EPSILON * (values[0] ?? 0);
  return values.filter((value) => value > least).length;
}

export function zeroRowWarnings(name: string, zeros: number): string[] {
  const [has, their, them] = zeros === 1 ? ['has', 'its', 'it'] : ['have', 'their', 'them'];
  return zeros === 0
    ? []
    : [
        `${plural(zeros, 'row')} of ${name} ${has} no direction (all zeros): ${their} similarities are 0. Leave ${them} out or centre.`,
      ];
}

function onSphere({ projection, standardise }: ProjectionChoice): boolean {
  return projection === 'cosine' && standardise !== 'similarities';
}

/** The largest distance of a row to its nearest anchor, where the projection has one; null where it has none. */
function coverage(projected: Matrix, choice: ProjectionChoice): number | null {
  if (onSphere(choice)) return coveringRadius(projected);
  if (!isDistance(choice) || choice.standardise === 'similarities') return null;
  let largest = 0;
  for (let i = 0; i < projected.rows; i++) largest = Math.max(largest, Math.min(...projected.row(i)));
  return largest;
}

function noRadius({ projection, standardise }: ProjectionChoice): string {
  const [basis, similarities] = [projection === 'basis', standardise === 'similarities'];
  const what = basis
    ? 'Coordinates in the basis of the anchors'
    : `${isDistance({ projection }) ? 'Distances' : 'Similarities'} that are standardised over the rows`;
  const set = [...(basis ? ['another projection'] : []), ...(similarities ? ['standardise none or units'] : [])];
  return `${what} do not say how far a row is from an anchor, so the largest distance to the nearest one is left empty. To have it, choose ${set.join(' and ')}.`;
}

/** The anchors as the person knows them: by row of the file, and by name. */
export function anchorTable(anchors: Int32Array, { rows }: Pick<Context, 'rows'>): Table {
  const row = (i: number) => rows.index[i] ?? i;
  const cells = Array.from(anchors, (i) => (rows.names ? [row(i), rows.names[i] ?? ''] : [row(i)]));
  return { title: 'Anchors', columns: rows.names ? ['row', 'name'] : ['row'], rows: cells };
}

function figure(name: string, projected: Matrix, anchors: Int32Array, choice: ProjectionChoice, { rows }: Context) {
  const rowName = (i: number) => rows.names?.[i] ?? String(rows.index[i] ?? i);
  const order = seriate(projected, anchors, isDistance(choice));
  const panel = heatmapPanel(
    name,
    projected,
    { label: 'row', order: order.rows, name: rowName },
    { label: 'anchor', order: order.anchors, name: (a) => rowName(anchors[a] as number) },
    'mean',
  );
  return {
    id: 'relative',
    kind: 'heatmap' as const,
    title: 'Similarity of rows to anchors',
    caption: `Each anchor is followed by the most similar one left; rows are sorted by the anchor they are nearest to.${poolingNote(projected.rows, projected.columns, 'mean')}`,
    panels: [panel],
    scale: projectionScale(choice, [projected]),
  };
}

/** A relative representation to be written, in the precision of what it was made of. */
export function made({ name, matrix }: Representation, projected: Matrix): Representation {
  return { name: `${name} relative`, matrix: projected.inPrecisionOf(matrix) };
}
