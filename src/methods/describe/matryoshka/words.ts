import { shortNames } from '../../../protocol/names';
import type { Interval } from '../../../protocol/result';
import { plural } from '../../../protocol/words';
import { percent } from '../../shared/pca';
import type { Cell, Choice } from './grid';
import type { Orders } from './orders';
import type { Facts } from './output';
import type { Layer } from './sides';

/** What to do, in words. @param interval of the best score, where it has one */
export function advice(
  { layers, cells, orders, task, tolerance }: Facts,
  { best, chosen, full }: Choice,
  interval?: Interval,
): string {
  const names = shortNames(layers.map(({ name }) => name));
  const where = ({ layer, width }: Cell) => {
    const { columns } = (layers[layer] as Layer).matrix;
    const all = width === columns ? `all ${columns} dimensions` : `the first ${width} of ${columns} dimensions`;
    return layers.length === 1 ? all : `${all} of layer ${layer + 1} (${names[layer]})`;
  };
  const score = ({ score: { value } }: Cell) => value.toFixed(3);
  const sentences =
    chosen === full
      ? [
          `Nothing cheaper than ${where(full)} comes within ${tolerance} % of the best score on this task (${task.label} ${score(best)}): do not cut it.`,
        ]
      : [
          `Take ${where(chosen)}: ${task.label} ${score(chosen)}, the cheapest within ${tolerance} % of the best (${score(best)}${best === full ? ', the last layer in full' : `, ${where(best)}`})${layers.length > 1 ? `, at ${percent(chosen.cost)} of layers times dimensions` : ''} and ${percent(chosen.width / full.width)} of the bytes of a row.`,
        ];
  if (best !== full && chosen !== full) sentences.push(`The last layer in full scores ${score(full)}.`);
  if (task.chance && interval && interval.low <= task.chance.level)
    sentences.push(
      `The best of ${plural(cells.length, 'cell')} is not told from chance (${task.chance.level.toFixed(3)}; 95 % interval from ${interval.low.toFixed(3)}).`,
    );
  if (orders) sentences.push(order(orders));
  sentences.push('This holds for this task and these rows; try another before you cut.');
  return sentences.join(' ');
}

/** Whether prefixes of the last layer are better than any columns. */
function order({ own, random, widths, count }: Orders): string {
  const cut = widths
    .slice(0, -1)
    .map((_, i) =>
      (own[i] as number) > (random[i]?.[2] ?? 0) ? 1 : (own[i] as number) < (random[i]?.[0] ?? 0) ? -1 : 0,
    );
  const above = cut.filter((side) => side > 0).length;
  if (above === cut.length)
    return `Its first columns beat ${count} random choices of columns at every width: their order carries information, as in an encoder that was trained for prefixes.`;
  if (above === 0)
    return `Its first columns are no better than random choices of as many (${count} tried): their order means nothing for this task.`;
  return `Its first columns beat ${count} random choices of columns at ${above} of ${cut.length} widths.`;
}
