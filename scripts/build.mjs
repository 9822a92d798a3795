// Bundles what runs: the extension, the engine and its worker, the command line, and the page. `--watch` keeps at it.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { context } from 'esbuild';
import { notices } from './notices.mjs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const watch = process.argv.includes('--watch');
/**
 * zod brings its messages in fifty languages; those in English are imported by themselves.
 * @type {import('esbuild').Plugin}
 */
const english = {
  name: 'english',
  setup(build) {
    build.onResolve({ filter: /\/locales\/index\.js$/ }, ({ importer }) =>
      /[\\/]zod[\\/]/.test(importer) ? { path: 'locales', namespace: 'nothing' } : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'nothing' }, () => ({ contents: 'export {};' }));
  },
};
/** @satisfies {import('esbuild').BuildOptions} */
const common = {
  plugins: [english],
  bundle: true,
  metafile: true,
  outdir: 'dist',
  minify: !watch,
  sourcemap: watch,
  legalComments: 'none',
  logLevel: 'warning',
  define: { 'process.env.SEXTANT_VERSION': JSON.stringify(version) },
};
/** @satisfies {import('esbuild').BuildOptions} */
const node = {
  ...common,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // Native modules are loaded from node_modules, in the package from dist/node_modules.
  external: ['vscode', 'onnxruntime-node', '@duckdb/node-api', '@resvg/resvg-js'],
  // WebP's decoder asks where it lies and does without an answer: it is handed its program.
  logOverride: { 'empty-import-meta': 'silent' },
};

const builds = await Promise.all([
  context({
    ...node,
    entryPoints: { extension: 'src/extension.ts', engine: 'src/engine/main.ts', worker: 'src/engine/worker.ts' },
  }),
  // HDF5's library, which reads in memory only; it never asks where it lies.
  context({
    ...node,
    entryPoints: { hdf5: 'src/data/hdf5/worker.ts' },
    define: { ...node.define, 'import.meta.url': '""' },
    charset: 'utf8',
    loader: { '.so': 'binary' },
  }),
  context({ ...node, entryPoints: { cli: 'src/cli.ts' }, banner: { js: '#!/usr/bin/env node' } }),
  context({
    ...common,
    platform: 'browser',
    format: 'iife',
    target: 'chrome128',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    entryPoints: { webview: 'webview/main.tsx', viewer: 'webview/viewer.tsx' },
  }),
]);
mkdirSync('dist', { recursive: true });
copyFileSync('node_modules/@jsquash/webp/codec/dec/webp_dec.wasm', 'dist/webp_dec.wasm');
if (watch) {
  await Promise.all(builds.map((build) => build.watch()));
} else {
  const bundles = await Promise.all(builds.map((build) => build.rebuild()));
  writeFileSync('dist/THIRD-PARTY.txt', notices(bundles.map(({ metafile }) => metafile)));
  await Promise.all(builds.map((build) => build.dispose()));
}
