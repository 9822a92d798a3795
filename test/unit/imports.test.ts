import { readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

/** Which room may import which; a room is a folder or file of src, or the page. Each may import itself. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  figures: ['protocol'],
  linalg: ['protocol'],
  methods: ['protocol', 'linalg'],
  data: ['protocol', 'linalg'],
  models: ['protocol', 'linalg', 'data'],
  engine: ['protocol', 'linalg', 'methods', 'data', 'models'],
  cli: ['protocol', 'figures', 'engine'],
  host: ['protocol', 'figures'],
  extension: ['protocol', 'host'],
  webview: ['protocol', 'figures'],
};

/** Packages that only some rooms, or one file, may import. */
const packages: readonly { readonly name: RegExp; readonly only: readonly string[] }[] = [
  { name: /^vscode$/, only: ['host', 'extension'] },
  { name: /^node:/, only: ['linalg', 'data', 'models', 'engine', 'cli', 'host'] },
  { name: /^onnxruntime-/, only: ['linalg'] },
  { name: /^@duckdb\//, only: ['data'] },
  { name: /^preact|^@observablehq\//, only: ['webview'] },
  { name: /^@vscode\/webview-ui-toolkit/, only: ['webview/ui.ts'] },
];

const longest = 600;

const root = resolve(import.meta.dirname, '../..');
const files = ['src', 'webview'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name)),
);
const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
const imports = new Map([...texts].map(([file, text]) => [file, importsOf(file, text)]));

/** What a file imports, types included: a path from the root where it is ours, otherwise the package's name. */
function importsOf(file: string, text: string): readonly string[] {
  const statement = /^(?:im|ex)port\b[^'";]*\bfrom '([^']+)'|^import '([^']+)'|\b(?:import|require)\('([^']+)'\)/gm;
  return [...text.matchAll(statement)].map(([, from, bare, call]) => {
    const name = from ?? bare ?? call ?? '';
    if (!name.startsWith('.')) return name;
    const path = relative(root, resolve(root, dirname(file), name));
    return [`${path}.ts`, `${path}.tsx`].find((candidate) => files.includes(candidate)) ?? path;
  });
}

/** `src/engine/main.ts` is in `engine`, `src/cli.ts` and `src/cli/flags.ts` in `cli`, `webview/ui.ts` in `webview`. */
function roomOf(path: string): string {
  const [top = '', next = ''] = path.split('/');
  return top === 'src' ? next.replace(/\.ts$/, '') : top;
}

function every(allowed: (from: string, to: string) => boolean): readonly string[] {
  return [...imports].flatMap(([from, names]) =>
    names.filter((to) => !allowed(from, to)).map((to) => `${from} -> ${to}`),
  );
}

test('every file is in a room', () => {
  expect(files.filter((file) => rooms[roomOf(file)] === undefined)).toEqual([]);
});

test('every relative import leads to a file', () => {
  const ours = (name: string) => name.startsWith('src/') || name.startsWith('webview/') || name.startsWith('..');
  expect(every((_, to) => !ours(to) || texts.has(to) || ['.css', '.json'].includes(extname(to)))).toEqual([]);
});

test('imports between rooms run one way', () => {
  const wrong = every((from, to) => {
    const room = roomOf(from);
    return !texts.has(to) || roomOf(to) === room || rooms[room]?.includes(roomOf(to)) === true;
  });
  expect(wrong).toEqual([]);
});

test('packages are imported only where they belong', () => {
  const wrong = every((from, to) => {
    const rule = packages.find(({ name }) => name.test(to));
    return rule === undefined || rule.only.includes(roomOf(from)) || rule.only.includes(from);
  });
  expect(wrong).toEqual([]);
});

test('there is no circle of imports', () => {
  const finished = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    const start = path.indexOf(file);
    if (start >= 0) circles.push([...path.slice(start), file].join(' -> '));
    if (start >= 0 || finished.has(file)) return;
    for (const next of imports.get(file) ?? []) visit(next, [...path, file]);
    finished.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

test(`no file is longer than ${longest} lines`, () => {
  const lines = (text: string) => text.split('\n').length - 1;
  expect([...texts].filter(([, text]) => lines(text) > longest).map(([file]) => file)).toEqual([]);
});
