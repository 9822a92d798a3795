import { UserError } from '../../protocol/errors';
import { shortNames } from '../../protocol/names';
import type { Cell } from '../../protocol/result';
import type { StudySection } from '../../protocol/study';
import { inThree } from './groups';
import { atLayer, type StudyMatrix, section, sharedLayers } from './runs';

/**
 * Upper and lower noise ceiling from the cosines of unit vectors rᵢ: the mean of cos(rᵢ, Σⱼ rⱼ), all or all other j summed;
 * cos(rᵢ, Σⱼ rⱼ) = Σⱼ cᵢⱼ / √(Σⱼₖ cⱼₖ), so that the vectors themselves are not needed.
 * @param cosines n x n, ones on the diagonal.
 */
export function noiseCeiling(cosines: Float64Array, n: number): { readonly upper: number; readonly lower: number } {
  const rows = Array.from({ length: n }, (_, i) => cosines.subarray(i * n, (i + 1) * n).reduce((s, c) => s + c, 0));
  const all = rows.reduce((sum, row) => sum + row, 0);
  let lower = 0;
  for (const row of rows) {
    // Without run i: its row and its column go, and its own 1 with them once too often.
    const others = all - 2 * row + 1;
    lower += (row - 1) / Math.sqrt(others) / n;
  }
  return { upper: rows.reduce((sum, row) => sum + row, 0) / Math.sqrt(all) / n, lower };
}

type Parameters = Readonly<Record<string, unknown>>;

/** Measures that are the cosine of one vector for each run, and what that vector is. */
function vectorsOf(measure: string, { comparison, estimator = 'biased' }: Parameters): string | null {
  if (['linear-cka', 'rbf-cka', 'laplace-cka'].includes(measure))
    return estimator === 'biased' ? 'centred Gram matrices of length 1' : `Gram matrices (${estimator}) of length 1`;
  if (measure === 'linear-cka-debiased')
    return `${estimator === 'lange' ? 'centred Gram matrices without diagonals' : 'U-centred Gram matrices'}, of length 1`;
  if (measure !== 'rsa') return null;
  if (comparison === 'pearson') return 'standardised RDMs';
  if (comparison === 'cosine') return 'RDMs of length 1';
  return comparison === 'spearman' ? 'standardised ranks of the RDMs (their mean is not ranked again)' : null;
}

/** How well the best model of all runs could do, and how well the other runs predict each (Nili et al. 2014). */
export function ceiling(study: StudyMatrix, measure: string, parameters: Parameters): Promise<StudySection> {
  const ranked =
    measure === 'rsa' && parameters.comparison === 'spearman'
      ? ' The mean is that of the ranks and is not ranked again: no ranks of a model do better on average than the upper value, and with the mean ranked again it would be no higher.'
      : '';
  const about = `How alike can a model be to these runs at best? Upper: each run against the mean of all of them. Lower: against the mean of the others.${ranked} Nili, Wingfield, Walther, Su, Marslen-Wilson, Kriegeskorte (2014), A toolbox for representational similarity analysis, PLoS Computational Biology 10(4).`;
  return section({ id: 'noise-ceiling', title: 'Noise ceiling', about }, () => {
    const vectors = vectorsOf(measure, parameters);
    if (vectors === null)
      throw new UserError(
        'A noise ceiling needs a measure that correlates one matrix of each run: rsa by spearman, pearson or cosine, or CKA.',
      );
    const { runs } = study;
    if (runs.length < 2) throw new UserError('There is one run. A noise ceiling needs two or more.');
    const layers = sharedLayers(runs);
    const bounds = layers.map((layer) => {
      const cosines = atLayer(study, layer);
      for (let i = 0; i < runs.length; i++) cosines[i * runs.length + i] = 1;
      return noiseCeiling(cosines, runs.length);
    });
    const finite = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : null);
    const mean = (key: 'upper' | 'lower') => finite(bounds.reduce((sum, one) => sum + one[key], 0) / bounds.length);
    const [upper, lower] = [mean('upper'), mean('lower')];
    if (upper === null || lower === null)
      throw new UserError(
        'The measure has no value for some pair of runs, or the runs oppose each other: there is no mean.',
      );
    const x = layers.map((_, i) => i);
    return {
      values: { upper, lower },
      titles: { upper: 'Upper bound', lower: 'Lower bound' },
      tables: {
        layers: {
          ...{ title: 'By layer', columns: ['layer', 'lower', 'upper'] },
          rows: layers.map((layer, i): Cell[] => [layer, finite(bounds[i]?.lower), finite(bounds[i]?.upper)]),
        },
      },
      figures:
        layers.length < 2
          ? []
          : [
              {
                ...{ id: 'noise-ceiling', kind: 'line', title: 'Noise ceiling by layer' },
                caption: `${runs.length} runs, means of ${vectors}.`,
                ...{ x: { label: 'layer', ticks: shortNames(layers) }, y: { label: study.title } },
                series: [
                  { name: 'upper', x, y: bounds.map(({ upper: value }) => finite(value)) },
                  { name: 'lower', x, y: bounds.map(({ lower: value }) => finite(value)) },
                ],
              },
            ],
      reading: `Between ${inThree(lower)} and ${inThree(upper)}, the mean over ${layers.length === 1 ? 'one layer' : `${layers.length} layers`}, from ${vectors}.`,
    };
  });
}
