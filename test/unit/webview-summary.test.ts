import { describe, expect, test } from 'vitest';
import type { MethodDescription } from '../../src/protocol/catalogue';
import type { InputRecord, Result } from '../../src/protocol/result';
import { barScale, ValueBar } from '../../webview/bar';
import {
  arrange,
  arranged,
  bestPartners,
  identification,
  scaleOf,
  wires,
  withoutStem,
} from '../../webview/overview-map';
import { factsOf, pairsTable, shownAs, viewsOf } from '../../webview/overview-view';
import type { Row, Value } from '../../webview/rows';
import { chipsOf, readingsOf, warningsOf } from '../../webview/summary';

const record: InputRecord = {
  ...{ path: 'a.npy', tensor: null, shape: [450, 64], dtype: 'float32', sha256: '', used: [450, 64] },
};

function row(index: number, result: Partial<Result>, method: Partial<MethodDescription> = {}): Row {
  const whole = { inputs: [record, record], steps: [], warnings: [], reading: null, ...result } as unknown as Result;
  const described = { kind: 'compare', invariances: [], ...method } as unknown as MethodDescription;
  const choice = { method: `m${index}` };
  const title = `Method ${index}`;
  const request = { ...choice, inputs: [] };
  const stage = { kind: 'done' } as const;
  return { index, key: '', choice, request, method: described, title, variant: '', result: whole, stage };
}

test('which layer of a model feeds which, where both are there', () => {
  const layer = (path: string, tensor: string, from?: readonly string[]): InputRecord => ({
    ...{ ...record, path, tensor, model: { data: [{ path: 'x.npy' }] } },
    ...(from && { from }),
  });
  const records = [
    ...[layer('a.onnx', '/l1/out'), layer('b.onnx', '/l1/out'), layer('a.onnx', '/l2/out', ['/l1/out'])],
    ...[layer('b.onnx', '/l2/out', ['/l1/out', '/l0/out']), layer('b.onnx', '/l3/out', ['/l2/out', '/l1/out'])],
  ];
  const arrangement = arrange(
    records.map(({ shape: _, tensor, ...spec }) => ({ ...spec, tensor: tensor ?? '' })),
    [],
  );
  expect(arrangement.labels).toEqual(['l1', 'l2', 'l1', 'l2', 'l3']);
  // Positions: those of each file together.
  expect(wires(records, arrangement)).toEqual([
    [0, 1],
    [2, 3],
    [3, 4],
    [2, 4],
  ]);
});

describe('the summary', () => {
  test('takes one reading of each kind of measure, the recommended first, three sentences at most', () => {
    const rows = [
      row(0, { reading: 'Neighbours agree (0.43; 0.02 by chance).' }, { recommended: 4, invariances: ['scaling'] }),
      row(1, { reading: 'Same geometry.' }, { recommended: 1, invariances: ['orthogonal'] }),
      row(2, { reading: 'The same again.' }, { recommended: 2, invariances: ['orthogonal'] }),
      row(3, { reading: 'Units match. They need not.' }, { recommended: 3, kind: 'match' }),
    ];
    expect(readingsOf(rows)).toEqual(['Same geometry.', 'Units match.', 'They need not.']);
  });

  test('says each warning once, the most shared first, with the name of the only method that gives it', () => {
    const rows = [row(0, { warnings: ['few rows'] }), row(1, { warnings: ['ties', 'few rows'] })];
    expect(warningsOf(rows)).toEqual(['few rows', 'Method 1: ties']);
    const named = [row(0, {}), row(1, { warnings: ['Method 1: a constant'] })];
    expect(warningsOf(named)).toEqual(['Method 1: a constant']);
  });

  test('of a model chips count its weights, and rows where it was run; many inputs of one width are not listed', () => {
    const on = (rows: number) => ({ ...record, dtype: 'model', shape: [rows, 84_010], used: [rows, 84_010] as const });
    const texts = (inputs: readonly InputRecord[]) => chipsOf([row(0, { inputs, steps: [] })]).map(({ text }) => text);
    expect(texts([on(450)])).toEqual(['450 rows', '84,010 weights']);
    expect(texts([on(0)])).toEqual(['84,010 weights']);
    expect(texts([record, record, record, record])).toEqual(['450 rows, paired by position', '64 units each']);
  });

  test('chips say what was used, and warn of what was not', () => {
    const all = [row(0, { steps: ['columns centred', 'float64'] }), row(1, { steps: ['columns centred'] })];
    expect(chipsOf(all)).toEqual([
      { text: '450 rows, paired by position', warning: false },
      { text: '64 × 64 units', warning: false },
      { text: 'columns centred', warning: false },
    ]);
    const part = { ...record, used: [400, 60], rows: [0, 410] } as const;
    const chips = chipsOf([row(0, { inputs: [part], steps: ['sampled 400 rows, seed 0'] })]);
    expect(chips.filter(({ warning }) => warning).map(({ text }) => text)).toEqual([
      '400 of 410 rows',
      'rows 0 to 409',
      '4 units left out',
      'sampled 400 rows, seed 0',
    ]);
    const steps = ['300 of 450 rows drawn at random', 'signs: half of them flipped'];
    expect(chipsOf([row(0, { inputs: [record], steps })]).slice(2)).toEqual([{ text: steps[0], warning: true }]);
    const large = { ...record, shape: [30_000, 64], used: [30_000, 64] as const };
    const some = '1,000 of 30,000 rows drawn at random';
    const told = (...each: readonly string[][]) =>
      chipsOf(each.map((own, i) => row(i, { inputs: [large], steps: own }))).filter(({ warning }) => warning);
    expect(told([some], [some])).toEqual([{ text: some, warning: true }]);
    expect(told([some], [])).toEqual([{ text: `Method 0: ${some}`, warning: true }]);
    expect(told([some], [], [some])).toEqual([{ text: `2 methods: ${some}`, warning: true }]);
    const long =
      'faithfulness measured on 2,000 of 3,560 rows, drawn at random: neighbours against all, distances among those drawn';
    expect(chipsOf([row(0, { inputs: [record], steps: [long, 'float64'] })]).slice(2)).toEqual([
      { text: 'float64', warning: false },
    ]);
    const graph = { ...record, shape: [78, 2], used: [34, 34] as const };
    expect(chipsOf([row(0, { inputs: [graph] }, { takes: 'graph' })])).toEqual([{ text: '34 nodes', warning: false }]);
    const by = (column: string) => ({ ...record, used: [430, 64] as const, ids: { path: 'x.csv', column } });
    const step = 'paired by identifier: 430 of 450 and 470 rows';
    const paired = [by('word'), { ...by('name'), shape: [470, 64] }];
    expect(chipsOf([row(0, { inputs: paired, steps: [step] })])).toEqual([
      { text: '430 of 450 and 470 rows, paired by word = name', warning: true },
      { text: '64 × 64 units', warning: false },
    ]);
    const whole = [by('word'), by('word')].map((input) => ({ ...input, used: [450, 64] as const }));
    expect(chipsOf([row(0, { inputs: whole })])[0]).toEqual({ text: '450 rows, paired by word', warning: false });
    const image = { ...record, shape: [450, 3, 8, 8], used: [450, 192] } as const;
    expect(chipsOf([row(0, { inputs: [image] })]).some(({ warning }) => warning)).toBe(false);
  });
});

describe('the bar of a value', () => {
  const value = (range: readonly [number | null, number | null], better: 'higher' | 'lower', at: number): Value => ({
    ...{ key: 'v', title: 'v', value: at, chance: undefined, interval: undefined },
    description: { key: 'v', title: 'v', range, better },
  });
  test('runs from unlike to alike, also for a distance', () => {
    const similarity = barScale(value([0, 1], 'higher', 0.25));
    expect([similarity.base, similarity.at(0.25)]).toEqual([0, 0.25]);
    const distance = barScale(value([0, 2], 'lower', 0.5));
    expect([distance.base, distance.at(0.5)]).toEqual([0, 0.75]);
    const correlation = barScale(value([-1, 1], 'higher', 0.5));
    expect([correlation.base, correlation.at(0.5)]).toEqual([0.5, 0.75]);
  });
  test('of a measure without a bound says so', () => {
    const open = barScale(value([0, null], 'lower', 20));
    expect(open.open).toBe(true);
    expect(open.at(20)).toBeGreaterThan(0);
    expect(open.at(0)).toBe(1);
  });
  test('is not drawn where nothing gives its length a meaning', () => {
    const count = value([0, null], 'higher', 38);
    const drawn = (of: Value) => JSON.stringify(ValueBar({ value: of })).includes('"value"');
    expect(drawn(count)).toBe(false);
    expect(drawn({ ...count, chance: { level: 20, how: 'By chance.' } })).toBe(true);
    expect(drawn(value([0, 50], 'higher', 38))).toBe(true);
  });
});

describe('the map of all pairs', () => {
  // Files interleaved, as a person may have picked them.
  const inputs = ['1', '2'].flatMap((layer) =>
    ['x', 'y'].map((file) => ({ path: `${file}.npz`, tensor: `layer${layer}` })),
  );
  const names = ['x 1', 'y 1', 'x 2', 'y 2'];
  const arrangement = arrange(inputs, names);
  const matrix = [
    [1, 0.9, 0.5, 0.2],
    [0.9, 1, 0.3, 0.4],
    [0.5, 0.3, 1, 0.1],
    [0.2, 0.4, 0.1, 1],
  ];

  test('groups the inputs of a file', () => {
    expect(arrangement.order).toEqual([0, 2, 1, 3]);
    expect(arrangement.groups).toEqual([
      { name: 'x', start: 0, end: 2 },
      { name: 'y', start: 2, end: 4 },
    ]);
    expect(arrangement.labels).toEqual(['layer1', 'layer2', 'layer1', 'layer2']);
    expect(arranged(matrix, arrangement).slice(0, 4)).toEqual([1, 0.5, 0.9, 0.2]);
    expect(arrange([{ path: 'a' }, { path: 'b' }], ['a', 'b']).groups).toHaveLength(1);
  });

  test('finds the best partner in the other file, and counts those of the same name', () => {
    const partners = bestPartners(arranged(matrix, arrangement), arrangement, 'higher');
    expect(partners).toEqual([
      [0, 2],
      [1, 2],
      [2, 0],
      [3, 0],
    ]);
    expect(identification(partners, arrangement)).toEqual({ right: 2, of: 4, chance: 2 });
    const nearest = bestPartners(arranged(matrix, arrangement), arrangement, 'lower');
    expect(nearest.map(([, column]) => column)).toEqual([3, 3, 1, 1]);
  });

  test('without groups, the best partner is among all others; what is not there is passed over', () => {
    const single = arrange(
      ['a', 'b', 'c'].map((path) => ({ path })),
      ['a', 'b', 'c'],
    );
    const values = [1, null, 0.2, null, 1, null, 0.2, null, 1];
    expect(bestPartners(values, single, 'higher')).toEqual([
      [0, 2],
      [2, 0],
    ]);
    expect(identification([[0, 2]], single)).toBeNull();
  });

  test('partners that are equal but for rounding are equal: the first is best', () => {
    const three = arrange(
      ['a', 'b', 'c'].map((path) => ({ path })),
      ['a', 'b', 'c'],
    );
    const columnsOf = (...partners: Parameters<typeof bestPartners>) =>
      bestPartners(...partners).map(([, best]) => best);
    // 0.1 + 0.2 and 0.3: one number.
    const near = [null, 0.3, 0.1 + 0.2, 0.3, null, 0.1, 0.1 + 0.2, 0.1, null];
    expect(columnsOf(near, three, 'higher')).toEqual([1, 0, 0]);
    // Cosines of nearly zero have the rounding of 1.
    const small = [null, 1e-16, 2e-16, 1e-16, null, 3e-16, 2e-16, 3e-16, null];
    expect(columnsOf(small, three, 'higher', 1)).toEqual([1, 0, 0]);
    expect(columnsOf(small, three, 'higher')).toEqual([2, 2, 1]);
  });

  test('has the range of its measure; an end that it lacks comes from the values and is said', () => {
    const described = (range: readonly [number | null, number | null]) =>
      ({ values: [{ key: 'v', title: 'V', range, better: 'higher' }] }) as unknown as MethodDescription;
    const measure = { matrix, value: 'v', chance: [[0.1, 0.3, null, 0.2]] };
    const scale = scaleOf(described([0, 1]), measure, [0.2, 0.9]);
    expect(scale).toEqual({ label: 'V', kind: 'sequential', domain: [0, 1], chance: 0.2 });
    expect(scaleOf(described([-1, 1]), measure, [0]).kind).toBe('diverging');
    const open = scaleOf(described([0, null]), measure, [0.2, 7]);
    expect([open.label, open.domain]).toEqual(['V (scaled to the values)', [0, 7]]);
  });

  test('columns drop what their names share', () => {
    expect(withoutStem(['layer1', 'layer2'])).toEqual(['1', '2']);
    expect(withoutStem(['conv1', 'fc'])).toEqual(['conv1', 'fc']);
    expect(withoutStem(['fc', 'fc'])).toEqual(['fc', 'fc']);
  });
});

describe('views of all pairs', () => {
  const two = arrange(
    ['a', 'b'].map((path) => ({ path })),
    ['a', 'b'],
  );
  const described = (better: 'higher' | 'lower') =>
    ({ values: [{ key: 'v', title: 'V', range: [0, 1], better }] }) as unknown as MethodDescription;
  const square = (a: number | null, b: number | null) => [
    [a, b],
    [b, a],
  ];
  const plain = { matrix: square(1, 0.5), value: 'v' };
  const closed = { ...plain, chance: square(0.1, 0.1), sd: square(0.04, 0.04) };
  const calibration = {
    ...{ permutations: 99, level: square(0.2, 0.2), sd: square(0.1, 0.1), z: square(8, 3) },
    ...{ p: square(0.01, 0.08), pMax: square(null, 0.1), q: square(null, 0.08), calibrated: square(1, 0) },
    how: 'Drawn.',
  };

  test('z needs a spread of chance, calibrated values need random pairings', () => {
    expect(viewsOf(plain)).toEqual(['value']);
    expect(viewsOf({ ...plain, chance: square(0.1, 0.1) })).toEqual(['value']);
    expect(viewsOf(closed)).toEqual(['value', 'z']);
    expect(viewsOf({ ...plain, calibration })).toEqual(['value', 'z', 'calibrated']);
  });

  test('z is of the closed form where there is one, else as drawn', () => {
    expect(factsOf({ ...closed, calibration }, 0, 1).z).toBeCloseTo(10, 12);
    expect(factsOf({ ...plain, calibration }, 0, 1)).toMatchObject({ z: 3, chance: 0.2, p: 0.08, pMax: 0.1 });
    expect(factsOf({ ...closed, sd: square(0, 1e-15) }, 0, 1).z).toBeNull();
  });

  test('z diverges about zero over the values off the diagonal, and its legend says how far', () => {
    const { scale, values, band, reversed } = shownAs('z', described('lower'), closed, two);
    expect(scale).toEqual({
      label: 'z, −10 to 10 (scaled to the values)',
      kind: 'diverging',
      domain: [-10, 10],
      chance: 0,
    });
    expect(values[0]).toBeCloseTo(22.5, 10);
    expect([band, reversed]).toEqual([[-1.96, 1.96], true]);
  });

  test('cells that are not told from chance are marked in every view; the best partner is not one of them', () => {
    for (const view of ['value', 'z', 'calibrated'] as const)
      expect(shownAs(view, described('higher'), { ...closed, calibration }, two).doubtful).toEqual([1, 2]);
    expect(shownAs('calibrated', described('higher'), { ...closed, calibration }, two).framed).toEqual([]);
    expect(shownAs('value', described('higher'), closed, two).doubtful).toEqual([]);
  });

  test('the band of chance is there where it is one for all cells', () => {
    const { band } = shownAs('value', described('higher'), closed, two);
    expect(band?.[0]).toBeCloseTo(0.1 - 1.96 * 0.04, 12);
    expect(shownAs('value', described('higher'), { ...closed, chance: square(0.1, 0.2) }, two).band).toBeNull();
  });

  test('the table has a row for each pair with all that is known of it', () => {
    const { columns, rows } = pairsTable('All pairs', { ...plain, calibration }, two, ['a', 'b']);
    expect(columns).toHaveLength(10);
    expect(rows[1]).toEqual(['a', 'b', 0.5, 0.2, 0.1, 3, 0.08, 0.1, 0.08, 0]);
  });
});
