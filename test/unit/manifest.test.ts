import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  containerExpression,
  dataFileExpression,
  dataFileGlob,
  modelExpression,
  ownEndings,
} from '../../src/protocol/formats';

interface MenuItem {
  readonly command: string;
  readonly when?: string;
  readonly group?: string;
}
interface Setting {
  readonly type: string;
  readonly default: unknown;
  readonly markdownDescription: string;
  readonly scope: string;
  readonly order: number;
  readonly enum?: readonly string[];
  readonly enumDescriptions?: readonly string[];
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const { contributes } = manifest;
const commands: { command: string; title: string; category: string; icon: string; enablement?: string }[] =
  contributes.commands;
const ids = commands.map(({ command }) => command);
const menus: Record<string, MenuItem[]> = contributes.menus;
const views: { id: string; icon: string }[] = contributes.views.sextant;
const viewIds = views.map(({ id }) => id);

const host = (readdirSync('src/host', { recursive: true, encoding: 'utf8' }) as string[])
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(`src/host/${name}`, 'utf8'))
  .join('\n');

/** Context keys that a `when` clause asks for. */
function keysOf(when: string): string[] {
  return when
    .replace(/\/(\\.|[^/\\])*\/i?/g, ' ')
    .replace(/'[^']*'/g, ' ')
    .split(/&&|\|\||[()]|!(?!=)/)
    .map((part) => part.trim().split(/\s+/)[0] ?? '')
    .filter((key) => key !== '');
}
const known = [
  'activeCustomEditorId',
  'activeWebviewPanelId',
  'explorerResourceIsFolder',
  'listMultiSelection',
  'resourceFilename',
  'view',
  'viewItem',
  'virtualWorkspace',
  'workspaceFolderCount',
];

describe('commands', () => {
  test('those of the manifest are those that are registered', () => {
    const registered = [...readFileSync('src/host/commands.ts', 'utf8').matchAll(/^ {4}'(sextant\.\w+)':/gm)].map(
      ([, id]) => id,
    );
    expect(registered.sort()).toEqual([...ids].sort());
  });

  test('each has the category, a title in title case without it, and an icon of the product', () => {
    for (const { category, title, icon, command } of commands) {
      expect(category, command).toBe('Sextant');
      expect(title, command).toMatch(/^[A-Z](?!.*(Sextant|:)).*$/);
      expect(
        title.split(/[ -]/).every((word) => /^[A-Z]/.test(word) || ['run', 'at', 'a'].includes(word)),
        command,
      ).toBe(true);
      expect(icon, command).toMatch(/^\$\([a-z-]+\)$/);
    }
  });

  test('links in welcome texts and in the walkthrough lead to commands that exist', () => {
    const texts = [
      ...contributes.viewsWelcome.map(({ contents }: { contents: string }) => contents),
      ...contributes.walkthroughs[0].steps.map(({ description }: { description: string }) => description),
    ].join('\n');
    const links = [...texts.matchAll(/\(command:([\w.]+)\)/g)].map(([, id = '']) => id);
    expect(links.length).toBeGreaterThan(5);
    const focus = viewIds.map((id) => `${id}.focus`);
    for (const id of links) expect([...ids, ...focus, 'vscode.openFolder']).toContain(id);
  });
});

describe('menus', () => {
  test('hold commands that exist, each behind a clause of keys that VS Code sets', () => {
    for (const [menu, items] of Object.entries(menus)) {
      for (const { command, when, group } of items) {
        expect(ids).toContain(command);
        expect(when, `${menu} ${command}`).toBeTruthy();
        for (const key of keysOf(when ?? '')) expect(known, `${menu} ${command}`).toContain(key);
        if (menu !== 'commandPalette')
          expect(group, `${menu} ${command}`).toMatch(/^(navigation|inline|\d_sextant)@\d$/);
      }
    }
    const welcomes: { when?: string }[] = contributes.viewsWelcome;
    for (const { when = '' } of welcomes) for (const key of keysOf(when)) expect(known).toContain(key);
  });

  test('the Explorer offers Compare and Study for several files and the rest for one, on data files; Study for a folder', () => {
    const items = menus['explorer/context'] ?? [];
    const onModels = ['inspectModel', 'compareLayers', 'extractActivations', 'compareModels'].map(
      (id) => `sextant.${id}`,
    );
    const onFolders = items.filter(({ when }) => /(^|[^!])explorerResourceIsFolder/.test(when ?? ''));
    expect(onFolders.map(({ command }) => command)).toEqual(['sextant.studyRuns']);
    for (const { command, when = '' } of items.filter((item) => !onFolders.includes(item))) {
      const one = ![
        'sextant.compareRepresentations',
        'sextant.compareModels',
        'sextant.extractActivations',
        'sextant.studyRuns',
        'sextant.lookAtSpace',
        'sextant.relativeRepresentations',
        'sextant.convergentLearning',
      ].includes(command);
      expect(when.includes('!listMultiSelection'), command).toBe(one);
      const pattern = /resourceFilename =~ \/(.+?)\/i/.exec(when)?.[1] ?? '';
      expect(pattern, command).toBe(
        command === 'sextant.compareTensors'
          ? containerExpression
          : [...onModels, 'sextant.featureComplexity'].includes(command)
            ? modelExpression
            : dataFileExpression,
      );
    }
    const data = new RegExp(dataFileExpression, 'i');
    for (const name of ['a.npz', 'a.SAFETENSORS', 'a.csv.gz', 'glove.6B.50d.txt', 'm.safetensors.index.json'])
      expect(data.test(name), name).toBe(true);
    for (const name of ['a.py', 'a.ipynb', 'a.npzx', 'npy', 'notes.txt', 'package.json', 'a.gz'])
      expect(data.test(name), name).toBe(false);
  });

  test('the menu of a line of the sidebar asks for nothing that VS Code sets for files of the Explorer alone', () => {
    const lines = menus['view/item/context'] ?? [];
    for (const { command, when = '' } of lines) expect(keysOf(when), command).not.toContain('resourceFilename');
    const tensors = lines.find(({ command }) => command === 'sextant.compareTensors');
    expect(tensors?.when).toContain('viewItem == archive');
  });

  test('a model of the sidebar has what the Explorer offers for models, in the same order', () => {
    const offered = (menu: string, on: string) =>
      (menus[menu] ?? [])
        .filter(({ when }) => when?.includes(on))
        .map(({ command, when, group }) => [command, /!?listMultiSelection/.exec(when ?? '')?.[0], group?.slice(-2)]);
    const inExplorer = offered('explorer/context', modelExpression);
    expect(inExplorer.length).toBe(5);
    expect(offered('view/item/context', 'viewItem == model').sort()).toEqual(inExplorer.sort());
  });

  test('an editor title has two icons at most; what needs an open analysis is out of the palette otherwise', () => {
    const icons = (menus['editor/title'] ?? []).filter(({ group }) => group?.startsWith('navigation'));
    expect(icons.length).toBeLessThanOrEqual(2);
    const needing = commands.filter(({ enablement }) => enablement).map(({ command }) => command);
    expect(menus.commandPalette?.map(({ command }) => command).sort()).toEqual(needing.sort());
  });
});

describe('views', () => {
  test('each has a welcome text, an icon and code behind it', () => {
    const welcomed = new Set(contributes.viewsWelcome.map(({ view }: { view: string }) => view));
    const extension = readFileSync('src/extension.ts', 'utf8');
    for (const { id, icon } of views) {
      expect(welcomed, id).toContain(id);
      expect(existsSync(icon), id).toBe(true);
      expect(extension).toContain(`createTreeView('${id}'`);
    }
    expect([...welcomed].every((view) => viewIds.includes(view as string))).toBe(true);
  });

  test('editors are registered under their types, and a panel can come back', () => {
    const [saved, binary, table] = contributes.customEditors;
    expect(host).toContain(`documentType = '${saved.viewType}'`);
    expect(host).toContain(`representationType = '${binary.viewType}'`);
    expect(host).toContain(`tableType = '${table.viewType}'`);
    expect(host).toContain(`panelType = '${manifest.activationEvents[0].replace('onWebviewPanel:', '')}'`);
    expect(manifest.activationEvents).toHaveLength(1);
  });
});

test('every data file opens in the viewer: by itself where nothing else shows it, when asked otherwise', () => {
  const [, binary, table]: { selector: { filenamePattern: string }[]; priority: string }[] = contributes.customEditors;
  const patternsOf = (editor: typeof binary) => editor?.selector.map(({ filenamePattern }) => filenamePattern) ?? [];
  expect([binary?.priority, table?.priority]).toEqual(['default', 'option']);
  expect(patternsOf(binary)).toEqual(ownEndings.map((ending) => `*${ending}`));
  expect(`**/{${[...patternsOf(binary), ...patternsOf(table)].sort().join(',')}}`).toBe(
    `**/{${dataFileGlob.slice('**/{'.length, -1).split(',').sort().join(',')}}`,
  );
  const text = ['csv', 'tsv', 'json', 'txt', 'bin', 'raw', 'vec'];
  for (const pattern of patternsOf(binary))
    expect(
      text.some((ending) => pattern.includes(ending)),
      pattern,
    ).toBe(false);
});

test('settings have a description, a scope, an order and a default of their type', () => {
  const groups: { title: string; order: number; properties: Record<string, Setting> }[] = contributes.configuration;
  for (const { title, order, properties } of groups) {
    expect(title).toBeTruthy();
    expect(order).toBeGreaterThan(0);
    for (const [key, setting] of Object.entries(properties)) {
      expect(key).toMatch(/^sextant\.[a-zA-Z]+$/);
      expect(setting.markdownDescription, key).toMatch(/\.$/);
      expect(['window', 'resource', 'machine-overridable', 'application'], key).toContain(setting.scope);
      expect(setting.order, key).toBeGreaterThan(0);
      const type = Array.isArray(setting.default)
        ? 'array'
        : Number.isInteger(setting.default)
          ? 'integer'
          : typeof setting.default;
      expect(type, key).toBe(setting.type);
      expect(setting.enumDescriptions?.length, key).toBe(setting.enum?.length);
      expect(host, key).toContain(`'${key.slice('sextant.'.length)}'`);
    }
  }
});

test('every file that the manifest names is there, the icon is a PNG of 128 pixels', () => {
  const files = JSON.stringify(manifest).match(/media\/[\w./-]+/g) ?? [];
  expect(files.length).toBeGreaterThan(6);
  for (const file of files) expect(existsSync(file), file).toBe(true);
  const icon = readFileSync(manifest.icon);
  expect(icon.subarray(1, 4).toString()).toBe('PNG');
  expect([icon.readUInt32BE(16), icon.readUInt32BE(20)]).toEqual([128, 128]);
});

test('the walkthrough has a picture and an event of completion for each step', () => {
  const [walkthrough] = contributes.walkthroughs;
  expect(walkthrough.steps.length).toBeGreaterThanOrEqual(3);
  for (const { id, media, completionEvents } of walkthrough.steps) {
    expect(media.markdown ?? media.altText, id).toBeTruthy();
    const page = media.markdown === undefined ? '' : readFileSync(media.markdown, 'utf8');
    const code = /```python\n(.*?)```/s.exec(page)?.[1] ?? '';
    for (const line of code.split('\n')) expect(line.length, `${line}: is cut off beside the steps`).toBeLessThan(49);
    for (const event of completionEvents as string[]) {
      const [kind, name = ''] = event.split(':');
      expect(kind === 'onCommand' ? ids : viewIds, id).toContain(name);
    }
  }
});

test('the types of VS Code are those of the oldest version that is supported', () => {
  expect(manifest.engines.vscode).toBe(`^${manifest.devDependencies['@types/vscode']}`);
  expect(manifest.extensionKind).toEqual(['workspace']);
  expect(manifest.capabilities.virtualWorkspaces.description).toBeTruthy();
  expect(manifest.keywords.length).toBeLessThanOrEqual(30);
});

test('in restricted mode data is read, and the manifest says what is not done', () => {
  const { supported, description, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
  expect(supported).toBe('limited');
  // A folder from a stranger does not raise the bound for memory.
  expect(restrictedConfigurations).toEqual(expect.arrayContaining(['sextant.memory', 'sextant.executionProvider']));
  expect(description).toMatch(/reads data files.*models are not run/);
  // Reading needs no trust: only the engine asks, before it runs a model, and commands that would ask for one.
  expect(host.match(/isTrusted/g)).toHaveLength(2);
  expect(readFileSync('src/host/models.ts', 'utf8')).toMatch(/isTrusted\) throw notTrusted/);
  expect(readFileSync('src/host/settings.ts', 'utf8')).toMatch(/trusted: vscode\.workspace\.isTrusted,/);
});
