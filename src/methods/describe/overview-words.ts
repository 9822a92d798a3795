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
  return `${name} has ${rows} rows of ${columns} units that vary in ${rank} directions; the variance is spread as if over ${inWords(participation)} equal ones, and the widest holds ${percent(leading)}. How many directions are used does not say what they mean.`;
}
