import { existsSync } from 'node:fs';
import { dirname, extname, relative, resolve, sep } from 'node:path';
import { suffixed, writeWhole } from '../engine/made';
import { version } from '../engine/version';
import { figureToSvg } from '../figures/svg';
import type { Analysis } from '../protocol/analysis';
import { anchorSetOf, formatAnchorSet } from '../protocol/anchors';
import type { MethodDescription } from '../protocol/catalogue';
import { formatAnalysis, mapPaths } from '../protocol/document';
import { UserError } from '../protocol/errors';
import type { Figure } from '../protocol/figures';
import { writtenEndings } from '../protocol/formats';
import { keptAnalysis } from '../protocol/kept';
import { endingsOf, type Making, madeBy } from '../protocol/made';
import type { CompareRequest, Comparison, Result, RunRequest, Table } from '../protocol/result';
import type { Study, StudyRequest } from '../protocol/study';
import { toCsv } from './csv';
import { matrixFigures, matrixTables } from './matrices';
import { svgToPng } from './png';

/** Before any work is done. @throws UserError where no result of that kind can be written to `path`. */
export function checkOut(path: string, method?: Making): void {
  const extension = extname(path).toLowerCase();
  const formats = [...new Set(['.json', '.csv', '.svg', '.png', '.sextant', ...(method ? madeEndings(method) : [])])];
  if (!formats.includes(extension)) {
    throw new UserError(`--out cannot be "${path}"; its name has to end in one of ${formats.join(', ')}.`);
  }
  if (path.toLowerCase().endsWith('.anchors.json') && !method)
    throw new UserError(
      `--out cannot be "${path}": anchors are those of one method. Use sextant run, or another name.`,
    );
  checkFolder(path);
}

/** @throws UserError where there is no folder to write `path` into. */
export function checkFolder(path: string): void {
  if (existsSync(dirname(path))) return;
  throw new UserError(`${path} cannot be written: there is no folder ${dirname(path)}. Make it first.`);
}

/** Endings of what a method makes besides its result: of one that has tables too, .csv is those. */
export function madeEndings(method: Making): readonly string[] {
  const made = madeBy(method);
  if (!made) return [];
  return endingsOf(made).filter((ending) => !(method.exports && ending === '.csv'));
}

/** Whether the ending of `path` is one of the formats of representations. */
export function writesRepresentation(path: string): boolean {
  return writtenEndings.some((ending) => ending === extname(path).toLowerCase());
}

/** Whether `path` is for what a method makes, rather than for its result; .csv is the tables, unless that is all it makes. */
export function asksForMade(path: string, method: Making): boolean {
  return madeEndings(method).includes(extname(path).toLowerCase());
}

/** Writes a result in the format that the extension of `path` names. @throws UserError */
export async function writeRun(path: string, request: RunRequest, result: Result): Promise<void> {
  const { method, inputs, parameters, ...asked } = request;
  const analysis = {
    request: { inputs, methods: [{ method, ...(parameters && { parameters }) }], seed: 0, ...asked },
    ...{ results: [result], comparisons: [] },
  };
  const values = Object.entries(result.values).map(([key, value]) => {
    const { [key]: chance } = result.chance;
    const { [key]: interval } = result.intervals;
    return [key, value, chance?.level ?? null, interval?.low ?? null, interval?.high ?? null, chance?.p ?? null];
  });
  const table = { columns: ['key', 'value', 'chance', 'low', 'high', 'p'], rows: values };
  if (path.toLowerCase().endsWith('.anchors.json')) return writeWhole(path, anchorsText(path, result));
  await write(path, result, analysis, { '': table, ...result.tables }, result.figures);
}

function anchorsText(path: string, result: Result): string {
  const set = anchorSetOf(result);
  if (set) return formatAnchorSet(set);
  throw new UserError(`${path} is not written: ${result.method} chooses no anchors. Write .json for its result.`);
}

/** The same for a comparison: a table and a figure for each measure. @throws UserError */
export async function writeComparison(
  path: string,
  request: CompareRequest,
  comparison: Comparison,
  methods: readonly MethodDescription[],
): Promise<void> {
  const { inputs, parameters, measures: _, against: __, ...asked } = request;
  const choices = Object.keys(comparison.measures).map((method) => ({ method, ...(parameters && { parameters }) }));
  const [overview] = choices;
  const analysis = {
    request: {
      ...{ inputs, methods: choices, seed: 0, ...asked },
      ...(inputs.length > 2 && overview && { overview }),
    },
    ...{ results: [], comparisons: [comparison] },
  };
  await write(path, comparison, analysis, matrixTables(comparison), matrixFigures(comparison, methods));
}

/** The same for a study: the values of all questions in one table, and the tables and figures of each. @throws UserError */
export async function writeStudy(path: string, request: StudyRequest, study: Study): Promise<void> {
  const rows = study.sections.flatMap(({ id, values, chance }) =>
    Object.entries(values).map(([key, value]) => [id, key, value, chance[key]?.level ?? null, chance[key]?.p ?? null]),
  );
  const tables = study.sections.flatMap((section) =>
    Object.entries(section.tables).map(([key, table]) => [`${section.id}-${key}`, table] as const),
  );
  const values = { columns: ['question', 'key', 'value', 'chance', 'p'], rows };
  const figures = study.sections.flatMap((section) => section.figures);
  const { inputs, measure, parameters, groups, scores, permutations, ...asked } = request;
  const analysis = {
    request: {
      ...{ inputs, methods: [], seed: 0, ...asked },
      overview: { method: measure, ...(parameters && { parameters }) },
      study: { ...(groups && { groups }), ...(scores && { scores }), ...(permutations && { permutations }) },
    },
    ...{ results: [], comparisons: [], studies: [study] },
  };
  await write(path, study, analysis, { '': values, ...Object.fromEntries(tables) }, figures);
}

type Content = Omit<Analysis, 'format' | 'formatVersion' | 'version'>;

/** The table or figure that is the only one, or is keyed '', has the name that was given; the others add theirs to it. */
async function write(
  path: string,
  document: Result | Comparison | Study,
  analysis: Content,
  tables: Readonly<Record<string, Table>>,
  figures: readonly Figure[],
): Promise<void> {
  const named = (part: string) => (part === '' ? path : suffixed(path, part));
  const keys = Object.keys(tables);
  switch (extname(path).toLowerCase()) {
    case '.json':
      return writeWhole(path, `${JSON.stringify(document)}\n`);
    case '.sextant':
      return writeWhole(path, analysisText(path, analysis));
    case '.csv':
      for (const [key, { columns, rows }] of Object.entries(tables)) {
        await writeWhole(named(keys.length === 1 ? '' : key), toCsv([columns, ...rows]));
      }
      return;
    default:
      if (figures.length === 0)
        throw new UserError(`${path} is not written: the result has no figure. Write .json or .csv.`);
      for (const figure of figures) {
        const svg = figureToSvg(figure);
        const content = extname(path).toLowerCase() === '.png' ? await svgToPng(svg) : svg;
        await writeWhole(named(figures.length === 1 ? '' : figure.id), content);
      }
  }
}

function analysisText(path: string, parts: Content): string {
  const folder = dirname(resolve(path));
  const analysis: Analysis = { format: 'sextant-analysis', formatVersion: 1, version, ...parts };
  return formatAnalysis(
    mapPaths(keptAnalysis(analysis), (input) => relative(folder, resolve(input)).split(sep).join('/')),
  );
}
