import { UserError } from '../protocol/errors';
import type { ModelDescription, ModelLayer } from '../protocol/model';

/** More are chosen by the person, not for her. */
const mostChosen = 48;

/** The layers of the first model that all of them have. @throws UserError where there is none. */
export function sharedLayers(models: readonly ModelDescription[]): readonly ModelLayer[] {
  const [first, ...others] = models;
  const names = others.map(({ layers }) => new Set(layers.map(({ name }) => name)));
  const shared = (first?.layers ?? []).filter(({ name }) => names.every((set) => set.has(name)));
  if (shared.length > 0) return shared;
  throw new UserError(
    models.length === 1
      ? 'This model computes nothing from its inputs: it has no layer to look at.'
      : 'These models have no layer of the same name. Choose models of one architecture, or save the layers of each with sextant extract.',
  );
}

/** Those that are chosen at first: the good ones, and of very many the ends of blocks. */
export function chosenAtFirst(layers: readonly ModelLayer[]): ReadonlySet<ModelLayer> {
  const good = layers.filter(({ role }) => role !== undefined);
  if (good.length <= mostChosen) return new Set(good);
  const ends = good.filter(({ role }) => role === 'residual' || role === 'pooling' || role === 'output');
  return new Set((ends.length > 0 ? ends : good).slice(0, mostChosen));
}
