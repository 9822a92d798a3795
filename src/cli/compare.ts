import type { MethodDescription } from '../protocol/catalogue';
import { UserError } from '../protocol/errors';
import { displayNames } from '../protocol/names';
import type { CompareRequest, Comparison, MeasureMatrix } from '../protocol/result';
import { count } from '../protocol/words';
import { type Arguments, isSet, listFlag, textFlag } from './arguments';
import { checkOut, writeComparison } from './output';
import { Session } from './session';
import { account, aligned, matrix, number, oneLine } from './text';

/** Characters of a line that names of columns may take. */
const NAMES = 60;

/** `sextant compare INPUT INPUT...`: measures over all pairs, or against references. */
export async function compare(args: Arguments): Promise<string> {
  if (args.positionals.length === 0) throw new UserError('compare needs inputs. See sextant compare --help.');
  const out = textFlag(args, 'out');
  if (out !== undefined) checkOut(out);
  if (out?.toLowerCase().endsWith('.sextant') && args.against.length > 0) {
    throw new UserError('A .sextant analysis is of all pairs of its inputs. Leave --against out, or write .json.');
  }
  const session = new Session(args);
  const { engine } = session;
  const named = listFlag(args, 'measure').flatMap((list) => list.split(','));
  const measures = named.map((id) => id.trim()).filter((id) => id !== '');
  const only = measures.length === 1 && measures[0] !== 'all' ? engine.describe(measures[0] as string) : undefined;
  const inputs = await session.inputs(args.positionals, true, only?.parameters);
  const against = await session.inputs(args.against, true, only?.parameters);
  const request: CompareRequest = {
    inputs,
    ...(against.length > 0 && { against }),
    ...(measures.length > 0 && { measures }),
    ...session.common(only?.parameters, [...inputs, ...against]),
  };
  const comparison = await engine.compare(request, session.options);
  session.finish(comparison.warnings);
  const methods = await engine.methods();
  if (out !== undefined) await writeComparison(out, request, comparison, methods);
  return isSet(args, 'json') ? JSON.stringify(comparison) : page(comparison, methods);
}

function page(comparison: Comparison, methods: readonly MethodDescription[]): string {
  const { inputs, against, measures, steps = [] } = comparison;
  const names = displayNames([...inputs, ...(against ?? [])]);
  const rows = names.slice(0, inputs.length);
  const columns = against ? names.slice(inputs.length) : rows;
  const used = count(inputs[0]?.used[0] ?? 0);
  const single = rows.length * columns.length === 1 || (!against && rows.length === 2);
  // Long names over numbers take more room than the numbers.
  const named = against && columns.join('  ').length <= NAMES;
  const head = single
    ? `${oneLine([rows[0], against ? columns[0] : columns[1]].join(' × '))}, ${used} rows, seed ${comparison.seed}`
    : `${used} rows, seed ${comparison.seed}`;
  // Of several measures the parameters are their defaults.
  const [only, ...others] = Object.values(measures);
  const done = account(steps, (others.length === 0 && only?.parameters) || {});
  if (!single) {
    const numbers = columns.map((_, j) => String(j + 1));
    const legend = against && !named ? [`Columns\n${aligned(columns.map((name, j) => [String(j + 1), name]))}`] : [];
    const body = (cells: MeasureMatrix['matrix']) =>
      cells.map((line, i) => {
        const name = rows[i] as string;
        return [against ? name : `${i + 1} ${name}`, ...line.map(number)] as const;
      });
    const blocks = Object.entries(measures).map(([id, measure]) => {
      const title = `${methods.find((method) => method.id === id)?.title ?? id} (${id}), ${measure.value}`;
      const block = (cells: typeof measure.matrix) => matrix(named ? columns : numbers, body(cells));
      const { calibration } = measure;
      const drawn = calibration
        ? [`p after Benjamini and Hochberg, by ${calibration.permutations} random pairings`, block(calibration.q)]
        : [];
      return [title, block(measure.matrix), ...drawn].join('\n');
    });
    return [head, ...legend, ...blocks, ...done].join('\n\n');
  }
  const at = against ? 0 : 1;
  const drawn = Object.values(measures).some(({ calibration }) => calibration);
  const lines = Object.entries(measures).map(([id, { matrix, value, chance, calibration }]) => {
    const blind = methods.find((method) => method.id === id)?.blindTo ?? '';
    const p = drawn ? [number(calibration?.p[0]?.[at])] : [];
    return [id, value, number(matrix[0]?.[at]), chance ? number(chance[0]?.[at]) : '', ...p, blind];
  });
  const table = aligned(
    [['measure', '', 'value', 'chance', ...(drawn ? ['p'] : []), 'limits'], ...lines],
    drawn ? [2, 3, 4] : [2, 3],
  );
  return [head, table, ...done].join('\n\n');
}
