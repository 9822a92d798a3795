import { resolve } from 'node:path';
import { UserError } from '../protocol/errors';
import type { Chance } from '../protocol/result';
import type { GroupSpec, Study, StudyRequest, StudySection } from '../protocol/study';
import { count, plural } from '../protocol/words';
import { type Arguments, countFlag, isSet, listFlag, textFlag } from './arguments';
import { checkOut, writeStudy } from './output';
import { Session } from './session';
import { account, aligned, number, wrapped } from './text';

/** `sextant study INPUT...`: what a measure says of runs, each a file of layers. */
export async function study(args: Arguments): Promise<string> {
  if (args.positionals.length === 0)
    throw new UserError('study needs runs: files or a folder. See sextant study --help.');
  const out = textFlag(args, 'out');
  if (out !== undefined) checkOut(out);
  const measures = listFlag(args, 'measure').flatMap((list) => list.split(','));
  const [measure = 'linear-cka', ...more] = measures;
  if (more.length > 0 || measure === 'all') throw new UserError('A study is by one measure. Give --measure one id.');
  if (countFlag(args, 'permutations', 1) < 1)
    throw new UserError('--permutations takes the number of random reorderings, 1 or more.');
  const session = new Session(args);
  const { engine } = session;
  const { parameters } = engine.describe(measure);
  const groups = groupsOf(args, session);
  const scores = session.column('scores');
  // What says something of the runs, or of their rows, is no run where it lies beside them.
  const about = (['labels', 'groups', 'scores'] as const).flatMap((flag) => session.column(flag)?.path ?? []);
  const beside = about.map((path) => resolve(path));
  const runsIn = (folder: string) => engine.filesIn(folder).filter((path) => !beside.includes(resolve(path)));
  const files = args.positionals.flatMap((text) => (engine.isFolder(text) ? runsIn(text) : [text]));
  const inputs = await session.inputs(files, true, parameters);
  if (out?.toLowerCase().endsWith('.sextant') && inputs.length < 3)
    throw new UserError('A .sextant analysis studies three layers or more. Add runs, or write .json.');
  const request: StudyRequest = {
    ...{ inputs, measure },
    ...(groups && { groups }),
    ...(scores && { scores }),
    ...session.common(parameters, inputs),
  };
  const result = await engine.study(request, session.options);
  session.finish([...result.warnings, ...result.sections.flatMap((one) => one.warnings.map((w) => `${one.id}: ${w}`))]);
  if (out !== undefined) await writeStudy(out, request, result);
  return isSet(args, 'json') ? JSON.stringify(result) : page(result);
}

/** `--groups FILE.csv#column`, or `--group-by REGEX`. */
function groupsOf(args: Arguments, session: Session): GroupSpec | undefined {
  const table = session.column('groups');
  const pattern = textFlag(args, 'group-by');
  if (table && pattern !== undefined)
    throw new UserError('--groups and --group-by are two ways to the groups of runs. Choose one of them.');
  return pattern !== undefined ? { pattern } : table && { table };
}

function page(study: Study): string {
  const { runs, measure, inputs, seed, sections } = study;
  const rows = count(inputs[0]?.used[0] ?? 0);
  const noun = runs.length === 1 ? 'run' : 'runs';
  const head = `${runs.length} ${noun}, ${inputs.length} layers in all, by ${measure}; ${rows} rows, seed ${seed}`;
  const told = runs.some(({ group, score }) => group !== null || score !== null);
  const list = runs.map(({ name, layers, group, score }) => [
    ...[name, String(layers.length), ...(told ? [group ?? '', score === null ? '' : number(score)] : [])],
  ]);
  const table = aligned([['run', 'layers', ...(told ? ['group', 'score'] : [])], ...list], [1, 3]);
  const more = sections.flatMap(({ tables, figures, id }) => [
    ...Object.entries(tables).map(([key, { rows: lines }]) => ['table', `${id}-${key}`, plural(lines.length, 'row')]),
    ...figures.map((figure) => ['figure', figure.id, figure.title]),
  ]);
  const parts = [head, table, ...sections.map(block), ...account(study.steps, study.parameters)];
  if (more.length > 0) parts.push(`With --out (.json, .csv, .svg, .png):\n${aligned(more)}`);
  return parts.join('\n\n');
}

function block({ title, titles, values, chance, reading, missing }: StudySection): string {
  if (missing !== null) return `${title}\n${indented(missing)}`;
  const rows = Object.entries(values).map(([key, value]) => [
    ...[titles[key] ?? key, number(value), chance[key] ? number(chance[key].level) : '', pOf(chance[key])],
  ]);
  const filled = [0, 1, 2, 3].filter((j) => j < 2 || rows.some((row) => row[j] !== ''));
  const lines = [['', 'value', 'chance', 'p'], ...rows].map((row) => filled.map((j) => row[j] ?? ''));
  const found = rows.length === 0 ? [] : [aligned(lines, [1, 2, 3])];
  return [title, ...found, ...(reading === null ? [] : [indented(reading)])].join('\n');
}

function pOf(chance: Chance | undefined): string {
  return chance?.p === undefined ? '' : number(chance.p);
}

function indented(text: string): string {
  return `  ${wrapped(text).replaceAll('\n', '\n  ')}`;
}
