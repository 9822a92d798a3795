import * as vscode from 'vscode';
import type { MethodDescription } from '../protocol/catalogue';
import { searchMethods } from './method-search';
import { kinds, kindTitles } from './trees/methods';

interface MethodItem extends vscode.QuickPickItem {
  readonly method?: MethodDescription;
}

/** Asks for a method: by kind, or those that the words find that are typed. Undefined when dismissed. */
export function pickMethod(
  methods: readonly MethodDescription[],
  title: string,
): Promise<MethodDescription | undefined> {
  const all = kinds.flatMap((kind): MethodItem[] => {
    const group = methods.filter((method) => method.kind === kind);
    const heading = { label: kindTitles[kind], kind: vscode.QuickPickItemKind.Separator };
    return group.length === 0 ? [] : [heading, ...group.map(itemOf)];
  });
  const picker = vscode.window.createQuickPick<MethodItem>();
  Object.assign(picker, { title, items: all, matchOnDescription: true, matchOnDetail: true });
  picker.placeholder = 'Choose a method, or type words: a name, a quantity, an author';
  picker.onDidChangeValue((value) => {
    picker.items = value.trim() === '' ? all : searchMethods(methods, value).map(itemOf);
  });
  return new Promise((resolve) => {
    picker.onDidAccept(() => {
      resolve(picker.selectedItems[0]?.method);
      picker.hide();
    });
    picker.onDidHide(() => {
      resolve(undefined);
      picker.dispose();
    });
    picker.show();
  });
}

/** The words are looked for here: VS Code would show those alone in which they stand one after the other. */
function itemOf(method: MethodDescription): MethodItem {
  return { label: method.title, description: method.id, detail: method.summary, alwaysShow: true, method };
}
