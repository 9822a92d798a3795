import { matches } from '../data/glob';
import { UserError } from '../protocol/errors';
import type { ModelLayer } from '../protocol/model';
import { byNumber, editDistance, some } from '../protocol/words';
import type { Graph } from './layers';

/** A layer that was asked for. */
export interface ChosenLayer {
  readonly layer: ModelLayer;
  /** By its own name, not by a pattern: what cannot be had is an error, not left out. */
  readonly exact: boolean;
}

/**
 * The layers that names and globs stand for, in the order of the model. A layer has the name of its tensor, or of the node
 * that makes it; where nothing matches otherwise, upper and lower case are the same. What the model is given is a layer too, by
 * its whole name and no pattern.
 * @param patterns none: every layer that the model computes.
 * @throws UserError with the nearest names where one stands for none, or with what ids look up where it stands for those.
 */
export function chooseLayers(
  model: string,
  graph: Pick<Graph, 'layers' | 'inputs' | 'lookedUp'>,
  patterns: readonly string[],
): ChosenLayer[] {
  const { layers, inputs } = graph;
  if (patterns.length === 0) return layers.map((layer) => ({ layer, exact: false }));
  const chosen = new Map<ModelLayer, boolean>();
  for (const pattern of patterns) {
    const found = matching(layers, inputs, pattern);
    if (found.length === 0) throw noLayer(model, [...inputs, ...layers], pattern);
    for (const input of found) if (inputs.includes(input)) refuseIds(model, graph, input);
    const exact = found.length === 1;
    for (const layer of found) chosen.set(layer, (chosen.get(layer) ?? false) || exact);
  }
  return [...inputs, ...layers].flatMap((layer) =>
    chosen.has(layer) ? { layer, exact: chosen.get(layer) === true } : [],
  );
}

/** Numbers of words are no representation of them. */
function refuseIds(model: string, graph: Pick<Graph, 'lookedUp'>, { name }: ModelLayer): void {
  const looked = graph.lookedUp(name);
  if (looked === undefined) return;
  throw new UserError(
    `${model}: the input '${name}' holds ids, such as those of tokens: between two of them no distance means anything. ` +
      `What the model looks up by them is the layer '${looked}'; take that.`,
  );
}

function matching(
  layers: readonly ModelLayer[],
  inputs: readonly ModelLayer[],
  pattern: string,
): readonly ModelLayer[] {
  const named = layers.filter(({ name }) => name === pattern);
  if (named.length > 0) return named;
  const made = layers.filter(({ node }) => node === pattern);
  if (made.length > 0) return made;
  const given = inputs.filter(({ name }) => name === pattern);
  if (given.length > 0) return given;
  const fits = layers.filter(({ name, node }) => matches(pattern, name) || (node !== '' && matches(pattern, node)));
  if (fits.length > 0) return fits;
  const lower = pattern.toLowerCase();
  return layers.filter(
    ({ name, node }) => matches(lower, name.toLowerCase()) || (node !== '' && matches(lower, node.toLowerCase())),
  );
}

type Two = [number, number];

/** More names are not compared, so that no model makes this slow. */
const most = 5000;

function noLayer(model: string, layers: readonly ModelLayer[], wanted: string): UserError {
  const parts = layers.filter(({ scope }) => `${scope}/`.startsWith(`${wanted}/`)).map(({ name }) => name);
  if (parts.length > 0)
    return new UserError(`${model}: '${wanted}' is a part of the model. Choose from its layers: ${some(parts)}.`);
  const near = layers
    .slice(0, most)
    .map(({ name, node }) => {
      const [own, made] = [name, node].map((text) => distance(wanted.toLowerCase(), text.toLowerCase())) as Two;
      // A node's name does as well, and often says more.
      return node !== '' && made < own ? { name: node, distance: made } : { name, distance: own };
    })
    .sort((a, b) => a.distance - b.distance || byNumber(a.name, b.name))
    .slice(0, 3)
    .map(({ name }) => name);
  const held = near.length === 0 ? 'it has no layers' : `the nearest are ${some(near)}`;
  return new UserError(`${model}: there is no layer '${wanted}'; ${held}. sextant inspect lists them all.`);
}

/** Leading parts that a person leaves out cost little. */
function distance(wanted: string, name: string): number {
  return editDistance(wanted.slice(0, 200), name.slice(0, 200), 1 / 4);
}
