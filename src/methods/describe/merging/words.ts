import { shortNames } from '../../../protocol/names';
import { percent } from '../../shared/pca';
import { type Facts, unitsLeft } from './steps';

/** How many different features there are, and what it costs to keep no more. */
export function complexityReading({ network, at }: Facts): string {
  const { layers } = network;
  const units = layers.reduce((sum, layer) => sum + layer.units, 0);
  const shares = layers.map((layer, l) => (at.layers[l]?.groups.length ?? 0) / layer.units);
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  const names = shortNames(layers.map(({ name }) => name));
  const name = (share: number) => names[shares.indexOf(share)];
  const left = unitsLeft(at);
  const spread =
    layers.length > 1 && least < most
      ? ` ${name(least)} repeats itself most (${percent(least)} left), ${name(most)} least (${percent(most)}).`
      : '';
  const first =
    left === units
      ? `At β = ${at.beta} no two of ${units} units in ${layers.length} ${layers.length === 1 ? 'layer' : 'layers'} are near enough to merge.`
      : `At β = ${at.beta}, ${left} of ${units} units in ${layers.length} ${layers.length === 1 ? 'layer' : 'layers'} are different (${percent(left / units)}), and ${percent(at.parameters)} of the model’s weights are left.${spread}`;
  return `${first}${tested(at)} Units merge by their weights alone: those that do the same in another way stay apart.`;
}

function tested({ tested: found }: Facts['at']): string {
  if (!found) return ' Whether the merged model still works was not tested: there is no data.';
  const outputs =
    found.agreement === null
      ? ` On the data, outputs change by ${found.relative === null ? 'an amount that has no scale' : percent(found.relative)}.`
      : ` On the data, the merged model decides as before for ${percent(found.agreement)} of the rows.`;
  if (found.before === null || found.after === null) return outputs;
  return `${outputs} Its accuracy is ${found.after.toFixed(3)}; it was ${found.before.toFixed(3)}.`;
}
