import { z } from 'zod';
import { UserError } from '../../protocol/errors';
import { defineMethod, type Network, type Outcome } from '../method';
import { complexityLine, complexityMap, functionLine } from './merging/figures';
import { functionTest, type Tested } from './merging/function-test';
import { type MergeOptions, merge, prepareMerge } from './merging/merge';
import { parametersLeft, type Step, unitsLeft } from './merging/steps';
import { curveTable, groupTable, layerTable, leftTable } from './merging/tables';
import { complexityReading } from './merging/words';

const parameters = z.object({
  beta: z.number().min(0).max(1).default(0.1).meta({
    title: 'β',
    description:
      'Two units merge while their squared distance is at most so much of the largest in their layer. 0: copies only. The merged model and the groups are at this β.',
  }),
  betas: z
    .array(z.number().min(0).max(1))
    .max(50)
    .default([0, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.2, 0.3])
    .meta({ title: 'β of the curve', description: 'At which β the curve is computed, beside the one above.' }),
  'max-ratio': z.number().min(0).max(1).default(1).meta({
    title: 'Largest share merged away',
    description: 'A layer never loses more than this share of its units.',
  }),
  rule: z.enum(['sum-incoming', 'mean-incoming']).default('sum-incoming').meta({
    title: 'Rule',
    description:
      'sum-incoming, as published: what makes the units is added and what they go into is averaged; exact for copies before ReLU and its like. mean-incoming: the other way round; exact for copies before any activation.',
  }),
});

export const featureComplexity = defineMethod({
  id: 'feature-complexity',
  kind: 'describe',
  title: 'Feature complexity',
  summary:
    'Counts how many different features each layer of a model has, by merging units whose weights nearly agree, and tests the merged model on data.',
  blindTo:
    'blind to units that do the same by different weights, and to layers whose units it cannot follow through the graph, which it names',
  takes: 'model',
  exports: true,
  labels: 'optional',
  parameters,
  values: [
    { key: 'share', title: 'Share of units left', range: [0, 1] },
    { key: 'units-left', title: 'Units left', range: [0, null] },
    { key: 'units', title: 'Units in the layers looked at', range: [0, null] },
    { key: 'parameters-left', title: 'Share of all weights left', range: [0, null] },
    { key: 'agreement', title: 'Same largest output, before and after', range: [0, 1] },
    { key: 'accuracy-before', title: 'Accuracy before', range: [0, 1] },
    { key: 'accuracy-after', title: 'Accuracy after', range: [0, 1] },
    { key: 'relative-error', title: 'Difference of outputs, relative', range: [0, null] },
    { key: 'largest-difference', title: 'Largest difference of an output', range: [0, null] },
  ],
  invariances: ['permutation', 'scaling'],
  symmetric: false,
  cost: 'O(h² f) for each layer of h units with f weights each, and for each β',
  formula:
    'D_ij = Σ of ‖w_i - w_j‖² over the weights, but not the biases, that make units i and j or take them in; merge argmin D while min D ≤ β max D: incoming w_i + w_j, outgoing (c_i v_i + c_j v_j) / (c_i + c_j); layers take turns, one merge each, until no layer has one left; complexity = units left',
  tex: String.raw`D_{ij} = \sum_{W} \lVert w_i - w_j\rVert^2, \qquad \min_{i\ne j} D_{ij} \le \beta \max D:\quad w \leftarrow w_i + w_j,\; v \leftarrow \frac{c_i v_i + c_j v_j}{c_i + c_j}`,
  citation:
    'Chen, Sun, Zhang, Zhang (2024). Going Beyond Neural Network Feature Similarity: The Network Feature Complexity and Its Interpretation Using Category Theory. ICLR. arXiv:2310.06756',
  async run([given], chosen, context) {
    const network = given as Network;
    const { layers } = network;
    if (layers.length === 0)
      throw new UserError(
        `${network.name} has no layer whose units can be merged. ${network.left
          .slice(0, 3)
          .map(({ name, why }) => `${name}: ${why}.`)
          .join(' ')}`.trim(),
      );
    context.reserve(8 * layers.reduce((sum, { units }) => sum + 2 * units * units, 0), 'distances between units');
    context.progress(0, 'Distances between units');
    const prepared = await prepareMerge(layers, network.tensors, context.signal);
    const betas = [...new Set([...chosen.betas, chosen.beta])].sort((a, b) => a - b);
    const before = await network.outputs?.();
    const steps: Step[] = [];
    let kept: Outcome['weights'];
    for (const [i, beta] of betas.entries()) {
      context.progress(0.1 + (0.9 * i) / betas.length, `Merging at β = ${beta}`);
      const options: MergeOptions = { beta, most: chosen['max-ratio'], rule: chosen.rule };
      const { tensors, layers: merged } = merge(prepared, options, context.signal);
      const last = steps.at(-1);
      // More tolerance that merges nothing more leaves the network as it was.
      const same = last && JSON.stringify(last.layers) === JSON.stringify(merged);
      const tested: Tested | undefined =
        before && (same ? last.tested : functionTest(before, await outputsOf(network, tensors), context.rows));
      steps.push({ beta, layers: merged, parameters: parametersLeft(network, tensors), ...(tested && { tested }) });
      if (beta === chosen.beta) kept = tensors;
    }
    const at = steps.find(({ beta }) => beta === chosen.beta) as Step;
    const units = layers.reduce((sum, layer) => sum + layer.units, 0);
    const facts = { network, steps, at };
    return {
      values: {
        ...{ share: unitsLeft(at) / units, 'units-left': unitsLeft(at), units, 'parameters-left': at.parameters },
        agreement: at.tested?.agreement ?? null,
        'accuracy-before': at.tested?.before ?? null,
        'accuracy-after': at.tested?.after ?? null,
        'relative-error': at.tested?.relative ?? null,
        'largest-difference': at.tested?.largest ?? null,
      },
      tables: {
        layers: layerTable(facts),
        groups: groupTable(facts),
        curve: curveTable(facts),
        ...(network.left.length > 0 && { 'left-alone': leftTable(network) }),
      },
      figures: [complexityMap(facts), complexityLine(facts), ...(before ? [functionLine(facts)] : [])],
      ...(kept && { weights: kept }),
      steps: [
        chosen.rule === 'sum-incoming'
          ? 'incoming weights added, outgoing averaged by counts'
          : 'incoming weights averaged by counts, outgoing added',
        'one merge of each layer in turn',
        'distances of weights in float64; biases take no part in them',
      ],
      reading: complexityReading(facts),
      warnings: warningsOf(network, at, chosen.rule),
    } satisfies Outcome;
  },
});

async function outputsOf(network: Network, tensors: Outcome['weights']) {
  const outputs = await network.outputs?.(tensors);
  if (!outputs) throw new UserError(`${network.name} could not be run with its units merged.`);
  return outputs;
}

/** Of a layer that could not be merged in any model. */
const LAST = 'its units are an output of the model';

function warningsOf({ name, layers, left: all, outputs }: Network, at: Step, rule: MergeOptions['rule']): string[] {
  const bent = layers.filter(({ homogeneous }, l) => !homogeneous && (at.layers[l]?.trace.length ?? 0) > 0);
  const { tested } = at;
  const left = all.filter(({ why }) => why !== LAST);
  return [
    ...(outputs
      ? []
      : [
          `No data was given, so that outputs before and after were not compared: give ${name}@DATA, data for the model.`,
        ]),
    ...(tested && tested.before === null
      ? [tested.why ?? 'Without labels there is no accuracy; agreement is with the model as it was.']
      : []),
    ...(tested?.left ? [tested.left] : []),
    ...(tested && tested.agreement === null
      ? ['The model has one output for each row, so that there is no largest one to agree on.']
      : []),
    ...(rule === 'sum-incoming' && bent.length > 0
      ? [
          `What follows ${bent
            .slice(0, 3)
            .map((layer) => layer.name)
            .join(
              ', ',
            )}${bent.length > 3 ? ` and ${bent.length - 3} more` : ''} is not of the kind of ReLU: adding what makes two units changes more than their scale. Choose the rule mean-incoming.`,
        ]
      : []),
    ...(left.length > 0
      ? [
          `${left.length} ${left.length === 1 ? 'layer was' : 'layers were'} left alone, ${left[0]?.name}: ${left[0]?.why}${left.length > 1 ? '; the table says why for each' : ''}.`,
        ]
      : []),
  ];
}
