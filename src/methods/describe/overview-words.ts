import { plural } from '../../protocol/words';
import { percent } from '../shared/pca';
import { inWords } from '../shared/reading';
import type { Facts } from './health';
import type { Spectrum } from './spectrum';

export function reading(
  { name, rows, columns }: Pick<Facts, 'name' | 'rows' | 'columns'>,
  { rank, participation, leading }: Spectrum,
): string {
  if (participation === null || leading === null)
    return `All rows of ${name} are the same: there is nothing to compare.`;
  return `${name} has ${plural(rows, 'row')} of ${plural(columns, 'unit')} that ${columns === 1 ? 'varies' : 'vary'} in ${plural(rank, 'direction')}; the variance is spread as if over ${inWords(participation)} equal ones, and the widest holds ${percent(leading)}. How many directions are used does not say what they mean.`;
}
