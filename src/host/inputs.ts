import * as vscode from 'vscode';
import type { FileDescription, TensorDescription } from '../protocol/engine';
import { UserError } from '../protocol/errors';
import { endings } from '../protocol/formats';
import type { InputSpec } from '../protocol/result';
import type { Engine } from './engine';
import { nameOf, pathOf, pickFiles } from './files';
import { type Inspected, inspectOrAsk } from './raw-bytes';

/** A file, or one tensor of it, as the person chose it. */
export interface Selected {
  readonly uri: vscode.Uri;
  readonly tensor?: string;
}

/** "450 × 64 · float32" */
export function shapeOf({ shape, dtype }: TensorDescription): string {
  return `${shape.join(' × ') || 'scalar'} · ${dtype}`;
}

/** Reads the heads of files, with a sign of life in the status bar. */
export async function inspect(engine: Engine, paths: readonly string[]): Promise<FileDescription[]> {
  const options = { location: vscode.ProgressLocation.Window, title: 'Sextant: reading files' };
  return vscode.window.withProgress(options, () =>
    Promise.all(paths.map((path) => engine.call((client, o) => client.inspect(path, o)))),
  );
}

/** The same; where a person has to say how bytes are read, one file after the other. Undefined when dismissed. */
async function inspectAll(engine: Engine, paths: readonly string[]): Promise<Inspected[] | undefined> {
  const unclear = paths.filter((path) => endings.raw.some((ending) => path.toLowerCase().endsWith(ending)));
  const files = new Map<string, Inspected>();
  for (const path of unclear) {
    const inspected = await inspectOrAsk(engine, path);
    if (!inspected) return undefined;
    files.set(path, inspected);
  }
  const plain = paths.filter((path) => !files.has(path));
  for (const [i, file] of (await inspect(engine, plain)).entries()) files.set(plain[i] ?? '', { file });
  return paths.flatMap((path) => files.get(path) ?? []);
}

interface Candidate {
  readonly spec: InputSpec;
  readonly tensor: TensorDescription;
}

/**
 * Everything in the selection that can be a representation. Undefined when dismissed.
 * @throws UserError where a file has none.
 */
async function candidates(engine: Engine, selected: readonly Selected[]): Promise<Candidate[] | undefined> {
  const paths = selected.map(({ uri }) => pathOf(uri));
  const unique = [...new Set(paths)];
  const files = await inspectAll(engine, unique);
  return (
    files &&
    selected.flatMap(({ uri, tensor: wanted }, i) => {
      const path = paths[i] ?? '';
      const { file, raw } = files[unique.indexOf(path)] as Inspected;
      const all = file.tensors;
      const chosen = wanted === undefined ? all : all.filter(({ name }) => name === wanted);
      const usable = chosen.filter(({ unusable }) => unusable === undefined);
      if (usable.length === 0) {
        const why =
          chosen[0]?.unusable ?? (wanted === undefined ? 'it holds no array.' : `it has no tensor ${wanted}.`);
        throw new UserError(`${nameOf(uri)} holds no representation: ${why}`);
      }
      // The numbers of a table beside its columns of lists are about them.
      const named = usable.filter(({ name }) => name !== null);
      return (named.length > 0 ? named : usable).map((tensor) => {
        const several = all.length > 1 && tensor.name !== null;
        const spec = { path, ...(raw !== undefined && { raw }) };
        return { spec: several ? { ...spec, tensor: tensor.name ?? '' } : spec, tensor };
      });
    })
  );
}

function itemsOf(list: readonly Candidate[]): (vscode.QuickPickItem & Candidate)[] {
  const several = new Set(list.map(({ spec }) => spec.path)).size > 1;
  return list.map((candidate) => ({
    ...candidate,
    label: candidate.tensor.name ?? nameOf(vscode.Uri.file(candidate.spec.path)),
    description: shapeOf(candidate.tensor),
    ...(several && { detail: nameOf(vscode.Uri.file(candidate.spec.path)) }),
  }));
}

/** One representation of the selection, asking which where there are several. Undefined when dismissed. */
export async function oneInput(engine: Engine, selected: Selected, title: string): Promise<InputSpec | undefined> {
  const list = await candidates(engine, [selected]);
  if (!list) return undefined;
  if (list.length === 1) return list[0]?.spec;
  const picked = await vscode.window.showQuickPick(itemsOf(list), {
    title,
    placeHolder: `${nameOf(selected.uri)} holds several tensors: choose one`,
  });
  return picked?.spec;
}

/**
 * All representations of the selection. Where it is not plain which belong together (different numbers of rows, single
 * columns among matrices, as in a file of weights) the person chooses. Undefined when dismissed.
 */
export async function allInputs(
  engine: Engine,
  selected: readonly Selected[],
  title = 'Compare Representations',
): Promise<InputSpec[] | undefined> {
  const list = await candidates(engine, selected);
  if (!list) return undefined;
  const named = selected.every(({ tensor }) => tensor !== undefined) || list.length === selected.length;
  const alike = likelySet(list);
  if (named || alike.length === list.length) return list.map(({ spec }) => spec);
  const items = itemsOf(list).map((item, i) => ({ ...item, picked: alike.includes(list[i] as Candidate) }));
  const picked = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: 'Choose tensors with the same rows: one row a sample',
    canPickMany: true,
  });
  return picked?.map(({ spec }) => spec);
}

/**
 * Asks with what one representation is compared. Undefined when dismissed.
 * @param near its path.
 * @throws UserError where nothing is chosen.
 */
export async function pickOthers(engine: Engine, near: string | undefined): Promise<readonly InputSpec[] | undefined> {
  const picked = await pickFiles({ title: 'Compare With…', near });
  if (!picked || picked.length === 0) return undefined;
  const others = await allInputs(
    engine,
    picked.map((uri) => ({ uri })),
  );
  if (others?.length === 0) throw new UserError('A comparison takes two representations or more: choose one more.');
  return others;
}

/** The matrices with the most common number of rows. */
function likelySet(list: readonly Candidate[]): readonly Candidate[] {
  const matrices = list.filter(({ tensor }) => tensor.shape.length > 1);
  const byRows = new Map<number, Candidate[]>();
  for (const candidate of matrices) {
    const rows = candidate.tensor.shape[0] ?? 0;
    byRows.set(rows, [...(byRows.get(rows) ?? []), candidate]);
  }
  return [...byRows.values()].sort((a, b) => b.length - a.length)[0] ?? list;
}
