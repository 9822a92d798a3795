import type { Cell, Table } from '../../../protocol/result';
import type { Network } from '../../method';
import { type Facts, unitsLeft } from './steps';

/** Lists longer than this are cut, and it is said how long they are. */
const LONGEST = 40;

export function layerTable({ network, at }: Facts): Table {
  return {
    title: `Layers at β = ${at.beta}`,
    columns: ['layer', 'units', 'units left', 'share left', 'groups of several', 'largest group', 'activation'],
    rows: network.layers.map(({ name, units, homogeneous }, l): Cell[] => {
      const groups = at.layers[l]?.groups ?? [];
      const sizes = groups.map((group) => group.length);
      return [
        ...[name, units, groups.length, groups.length / units],
        ...[sizes.filter((size) => size > 1).length, Math.max(0, ...sizes), homogeneous ? 'as ReLU' : 'other'],
      ];
    }),
  };
}

export function groupTable({ network, at }: Facts): Table {
  return {
    title: `Groups of units that became one, at β = ${at.beta}`,
    columns: ['layer', 'unit of the merged model', 'units', 'which'],
    rows: network.layers.flatMap(({ name }, l) =>
      (at.layers[l]?.groups ?? []).flatMap((group, place): Cell[][] => {
        if (group.length < 2) return [];
        const sorted = [...group].sort((a, b) => a - b);
        const more = sorted.length > LONGEST ? ', …' : '';
        return [[name, place, group.length, `${sorted.slice(0, LONGEST).join(', ')}${more}`]];
      }),
    ),
  };
}

export function curveTable({ network, steps }: Facts): Table {
  return {
    title: 'By β',
    columns: [
      ...[
        'β',
        'units left',
        'share of all weights left',
        'agreement',
        'accuracy',
        'relative error',
        'largest difference',
      ],
      ...network.layers.map(({ name }) => name),
    ],
    rows: steps.map((step): Cell[] => [
      ...[step.beta, unitsLeft(step), step.parameters, step.tested?.agreement ?? null, step.tested?.after ?? null],
      ...[step.tested?.relative ?? null, step.tested?.largest ?? null],
      ...step.layers.map(({ groups }) => groups.length),
    ]),
  };
}

export function leftTable({ left }: Network): Table {
  return {
    title: 'Layers that were left alone',
    columns: ['layer', 'why'],
    rows: left.map(({ name, why }) => [name, why]),
  };
}
