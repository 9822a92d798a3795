import type { AnalysisRequest } from '../src/protocol/analysis';
import type { Resample } from '../src/protocol/result';
import { usePage, usePageState } from './context';
import { baseName, count, plural } from './format';
import { Menu } from './menu';

/** Random pairings on offer: the smallest p of the first is 1 in 201. */
const pairings = [200, 1000, 5000];
/** Choices of rows that an interval is made of. */
const draws = 200;

/** How far values are from what random pairings of the rows give. */
export function CalibrateMenu() {
  const { inputs, labels, permutations = 0, within = false } = usePageState().request;
  const { session } = usePage();
  if (inputs.length < 2) return null;
  const items = [
    {
      title: 'Off: chance levels in closed form only',
      checked: permutations === 0,
      run: () => session.setPairings(0, false),
    },
    ...pairings.map((many) => ({
      title: `${count(many)} random pairings: p and calibrated values`,
      checked: permutations === many,
      run: () => session.setPairings(many, within),
    })),
    ...(permutations > 0 && labels
      ? [
          within
            ? { title: 'Pair any rows', run: () => session.setPairings(permutations, false) }
            : { title: 'Pair within labels only', run: () => session.setPairings(permutations, true) },
        ]
      : []),
  ];
  const state = permutations > 0 ? `${count(permutations)} pairings${within ? ' within labels' : ''}` : 'off';
  return <Menu title={`Calibrate: ${state}`} items={items} />;
}

/** How far values would move with other rows. */
export function IntervalsMenu() {
  const { inputs, resample } = usePageState().request;
  const { session } = usePage();
  if (inputs.length < 2) return null;
  const choice = (kind: Resample['kind'], title: string) => ({
    title,
    checked: resample?.kind === kind,
    run: () => session.setResample({ kind, count: draws }),
  });
  const items = [
    { title: 'Off', checked: !resample, run: () => session.setResample(null) },
    choice('bootstrap', `Bootstrap: ${draws} draws of as many rows, with replacement`),
    choice('subsample', `Halves: ${draws} draws of half the rows, without`),
  ];
  return <Menu title={`Intervals: ${resample ? names[resample.kind] : 'off'}`} items={items} />;
}

const names = { bootstrap: 'bootstrap', subsample: 'halves' } as const;

/** What was asked beyond the values, for the line of what was done. */
export function uncertaintyChips({ inputs, labels, permutations, within, resample }: AnalysisRequest): string[] {
  if (inputs.length < 2) return [];
  const restricted = within && labels ? ` within ${labels.column ?? baseName(labels.path)}` : '';
  return [
    ...(permutations ? [`${plural(permutations, 'random pairing')}${restricted}`] : []),
    ...(resample ? [`intervals by ${names[resample.kind]}, ${count(resample.count)} draws`] : []),
  ];
}
