import type { MethodDescription } from '../protocol/catalogue';
import type { Axis, ColourScale, Heatmap } from '../protocol/figures';
import { displayNames } from '../protocol/names';
import type { Comparison, Table } from '../protocol/result';
import { count } from '../protocol/words';

/** Names of the rows and of the columns of every matrix of a comparison. */
function sides({ inputs, against }: Comparison): { rows: readonly string[]; columns: readonly string[] } {
  const names = displayNames([...inputs, ...(against ?? [])]);
  const rows = names.slice(0, inputs.length);
  return { rows, columns: against ? names.slice(inputs.length) : rows };
}

/**
 * For each measure its values, and p and q where it is calibrated: a row per input, a column per input or reference. The values
 * of the only measure are keyed ''.
 */
export function matrixTables(comparison: Comparison): Record<string, Table> {
  const { rows, columns } = sides(comparison);
  const measures = Object.entries(comparison.measures);
  const tables = measures.flatMap(([id, { matrix, calibration }]) => {
    const parts = { '': matrix, ...(calibration && { p: calibration.p, q: calibration.q }) };
    return Object.entries(parts).map(([part, cells]) => {
      const name = part === '' ? id : `${id}-${part}`;
      const body = cells.map((line, i) => [rows[i] as string, ...line]);
      return [measures.length === 1 ? part : name, { columns: [name, ...columns], rows: body }] as const;
    });
  });
  return Object.fromEntries(tables);
}

/** A heatmap for each measure. */
export function matrixFigures(comparison: Comparison, methods: readonly MethodDescription[]): Heatmap[] {
  const { rows, columns } = sides(comparison);
  return Object.entries(comparison.measures).map(([id, { matrix, value }]) => {
    const method = methods.find((one) => one.id === id);
    const values = matrix.flat();
    const scale = scaleOf(values, method);
    const what = method?.values.find(({ key }) => key === value)?.title ?? value;
    const ends = method?.values[0]?.range ?? [null, null];
    const stretched = ends.includes(null) ? ' The colours span the values.' : '';
    const panel = { title: '', rows: axisOf(rows), columns: axisOf(columns), values };
    return {
      ...{ kind: 'heatmap', id, title: method?.title ?? id },
      caption: `${what} of each pair, ${count(comparison.inputs[0]?.used[0] ?? 0)} rows.${stretched}`,
      panels: [{ ...panel, shape: [rows.length, columns.length] }],
      scale,
    };
  });
}

/** Where all names begin with one word, as those of one file's tensors do, it names the axis. */
function axisOf(names: readonly string[]): Axis {
  const [first = ''] = names[0]?.split(' ') ?? [];
  const shared = names.length > 1 && names.every((name) => name.startsWith(`${first} `));
  return shared
    ? { label: first, ticks: names.map((name) => name.slice(first.length + 1)) }
    : { label: '', ticks: names };
}

/** The measure's true range where it has one, otherwise that of the values. */
function scaleOf(values: readonly (number | null)[], method: MethodDescription | undefined): ColourScale {
  const [low = null, high = null] = method?.values[0]?.range ?? [];
  const label = method?.values[0]?.title ?? '';
  const found = values.filter((value) => value !== null);
  const domain: [number, number] = [low ?? Math.min(0, ...found), high ?? Math.max(0, ...found)];
  if (domain[0] === domain[1]) domain[1] = domain[0] + 1;
  return { label, kind: low !== null && high !== null && low === -high ? 'diverging' : 'sequential', domain };
}
