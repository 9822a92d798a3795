import { UserError } from '../protocol/errors';
import type { ModelDescription, ModelLayer } from '../protocol/model';

/** More are chosen by the person, not for her. */
const mostChosen = 48;

/**
 * The lists of layers that are chosen from: one for all models where most of the good layers of each have the same names, as those
 * of one architecture do; otherwise one for each model.
 * @throws UserError where a model has no layer.
 */
export function choicesOf(models: readonly ModelDescription[]): readonly (readonly ModelLayer[])[] {
  if (models.some(({ layers }) => layers.length === 0))
    throw new UserError(
      `${models.length === 1 ? 'This model' : 'One of these models'} computes nothing from its inputs: it has no layer to look at.`,
    );
  const [first, ...others] = models;
  const names = others.map(({ layers }) => new Set(layers.map(({ name }) => name)));
  const shared = (first?.layers ?? []).filter(({ name }) => names.every((set) => set.has(name)));
  const common = new Set(shared.map(({ name }) => name));
  const alike = models.every(({ layers }) => {
    const good = layers.filter(({ role }) => role !== undefined);
    const asked = good.length > 0 ? good : layers;
    return 2 * asked.filter(({ name }) => common.has(name)).length >= asked.length;
  });
  return alike ? [shared] : models.map(({ layers }) => layers);
}

/** Those that are chosen at first: the good ones, and of very many the ends of blocks. */
export function chosenAtFirst(layers: readonly ModelLayer[]): ReadonlySet<ModelLayer> {
  const good = layers.filter(({ role }) => role !== undefined);
  if (good.length <= mostChosen) return new Set(good);
  const ends = good.filter(({ role }) => role === 'residual' || role === 'pooling' || role === 'output');
  return new Set((ends.length > 0 ? ends : good).slice(0, mostChosen));
}
