import * as vscode from 'vscode';
import type { FileDescription } from '../protocol/engine';
import type { InputSpec, LabelSpec } from '../protocol/result';
import type { Engine } from './engine';
import { nameOf } from './files';
import { inspect } from './inputs';
import { type LabelItem, labelsIn, pickLabels } from './labels';

const elsewhere: vscode.QuickPickItem = { label: '$(folder-opened) Another file…' };

/** Asks, file by file, for the column or vector that identifies its rows: one answer per input. Null when dismissed. */
export async function pickIdentifiers(
  engine: Engine,
  inputs: readonly InputSpec[],
): Promise<readonly LabelSpec[] | null> {
  const paths = [...new Set(inputs.map(({ path }) => path))];
  const files = await inspect(engine, paths);
  const chosen = new Map<string, LabelSpec>();
  for (const [i, path] of paths.entries()) {
    const name = nameOf(vscode.Uri.file(path));
    const step = paths.length > 1 ? ` (${i + 1} of ${paths.length})` : '';
    const spec = await pickOf(
      engine,
      path,
      `Identifiers of ${name}${step}`,
      itemsOf(path, files[i], [...chosen.values()]),
    );
    if (!spec) return null;
    chosen.set(path, spec);
  }
  return inputs.map(({ path }) => chosen.get(path) as LabelSpec);
}

/** Columns of the name that was chosen before come first, then the likeliest, then text. */
function itemsOf(path: string, file: FileDescription | undefined, before: readonly LabelSpec[]): LabelItem[] {
  const known = (item: LabelItem) => before.some(({ column }) => column !== undefined && column === item.spec.column);
  const likely = (item: LabelItem) => file?.suggested?.ids !== undefined && item.spec.column === file.suggested.ids;
  const rank = (item: LabelItem) => (known(item) ? 0 : likely(item) ? 1 : item.description === 'text' ? 2 : 3);
  return (file ? labelsIn(path, file) : []).sort((a, b) => rank(a) - rank(b));
}

async function pickOf(
  engine: Engine,
  path: string,
  title: string,
  items: readonly LabelItem[],
): Promise<LabelSpec | null> {
  if (items.length === 0) return pickLabels(engine, path, title);
  const placeHolder = 'Choose what names the rows, each once';
  const picked = await vscode.window.showQuickPick<LabelItem | vscode.QuickPickItem>([...items, elsewhere], {
    ...{ title, placeHolder },
    // The page takes the focus back when one list closes; the next one must not go with it.
    ignoreFocusOut: true,
  });
  if (!picked) return null;
  return 'spec' in picked ? picked.spec : pickLabels(engine, path, title);
}
