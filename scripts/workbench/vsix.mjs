// The package that people install: what is in it, for one platform, and how large it may be.
import { cpSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { ensureNode, root, workbenchNode } from './ensure.mjs';
import { run, temporaryFolder, withNode } from './process.mjs';

export const target = `${process.platform}-${process.arch}`;
export const megabyte = 1_000_000;
const budget = 50 * megabyte;

/** Native modules and what they load; everything else is in the bundles. The folders keep their shape. */
const modules = {
  'onnxruntime-node': ['dist', `bin/napi-v6/${process.platform}/${process.arch}`],
  'onnxruntime-common': ['dist/cjs'],
  '@duckdb/node-api': ['lib'],
  '@duckdb/node-bindings': ['duckdb.js'],
  [`@duckdb/node-bindings-${target}`]: ['.'],
  'detect-libc': ['lib'],
};
const needed = /(\.(js|cjs|node|dll|dylib)|\.so(\.\d+)*|package\.json|LICENSE(\.\w+)?)$/;

/**
 * Builds, and packages the extension for this platform.
 * @param {string} out path of the `.vsix`
 * @returns {Promise<number>} its size in bytes
 * @throws Error with what was wrong, when a step fails or the package is too large
 */
export async function packageExtension(out) {
  await ensureNode();
  await must(process.execPath, ['scripts/build.mjs'], root);
  const stage = temporaryFolder('sextant-package-');
  for (const name of ['package.json', '.vscodeignore', 'README.md', 'CHANGELOG.md', 'LICENSE', 'media']) {
    cpSync(join(root, name), join(stage, name), { recursive: true });
  }
  mkdirSync(join(stage, 'dist'));
  for (const name of readdirSync(join(root, 'dist'))) {
    if (/\.(js|css|txt|woff2|ttf|wasm)$/.test(name)) cpSync(join(root, 'dist', name), join(stage, 'dist', name));
  }
  for (const [name, paths] of Object.entries(modules)) copyModule(name, paths, join(stage, 'dist/node_modules', name));
  await stripSymbols(join(stage, 'dist/node_modules', `@duckdb/node-bindings-${target}`));

  mkdirSync(dirname(out), { recursive: true });
  const vsce = join(root, 'node_modules/@vscode/vsce/vsce');
  const options = ['--target', target, '--no-dependencies', '--allow-missing-repository'];
  // There is no public address that relative links could be made to lead to.
  options.push('--no-rewrite-relative-links', '--out', out);
  await must(workbenchNode, [vsce, 'package', ...options], stage);
  const { size } = statSync(out);
  if (size > budget) throw new Error(`${out} is ${size} bytes: more than ${budget}.`);
  return size;
}

/**
 * @param {string} name
 * @param {readonly string[]} paths of the package, which it needs to run
 * @param {string} to
 */
function copyModule(name, paths, to) {
  const from = join(root, 'node_modules', name);
  if (!existsSync(from)) throw new Error(`${name} is not installed: there is no package of it for ${target}.`);
  for (const path of [...paths, 'package.json', 'LICENSE']) {
    if (!existsSync(join(from, path))) continue;
    cpSync(join(from, path), join(to, path), {
      recursive: true,
      filter: (file) => statSync(file).isDirectory() || needed.test(basename(file)),
    });
  }
}

/**
 * Removes what only a debugger needs from DuckDB's library, several megabytes; where there is no `strip`, nothing.
 * @param {string} folder
 */
async function stripSymbols(folder) {
  const libraries = readdirSync(folder).filter((name) => name.endsWith('.so'));
  for (const name of libraries) await run('strip', ['--strip-unneeded', join(folder, name)], { show: false });
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 */
async function must(command, args, cwd) {
  const { code, output } = await run(command, args, { show: false, cwd, env: withNode(workbenchNode) });
  if (code !== 0) throw new Error(`${relative(root, args[0] ?? command)} failed:\n${output}`);
}
