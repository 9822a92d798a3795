import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { target } from '../../scripts/workbench/vsix.mjs';
import { vsix } from './setup';

/** Names and sizes in the package, nothing inflated. */
const files = new Map<string, number>();
unzipSync(readFileSync(vsix), {
  filter: ({ name, originalSize }) => {
    files.set(name.replace(/^extension\//, ''), originalSize);
    return false;
  },
});

const platform = `${process.platform}/${process.arch}`;

/** Everything that may be in it. */
const allowed = [
  /^(\[Content_Types\]\.xml|extension\.vsixmanifest|package\.json|readme\.md|changelog\.md|LICENSE\.txt)$/,
  /^media\/[\w./-]+\.(svg|png|md|npy|npz|csv|safetensors|onnx|sextant)$/,
  /^dist\/(extension|engine|worker|hdf5|cli|webview|viewer)\.js$/,
  /^dist\/[\w-]+\.(css|txt|woff2|ttf|wasm)$/,
  /^dist\/node_modules\/(onnxruntime-(node|common)|@duckdb\/node-(api|bindings)|detect-libc)\/[\w./-]+\.(c?js|json)$/,
  /^dist\/node_modules\/[\w@./-]+\/LICENSE$/,
  new RegExp(`^dist/node_modules/onnxruntime-node/bin/napi-v6/${platform}/[\\w.-]+$`),
  new RegExp(`^dist/node_modules/@duckdb/node-bindings-${target}/[\\w.-]+$`),
];

/** Bytes that the bundles may have: a window waits for the first, a page for the next two. */
const budgets = {
  'dist/extension.js': 700_000,
  'dist/webview.js': 700_000,
  'dist/viewer.js': 700_000,
  // The methods, their words among them.
  'dist/engine.js': 1_700_000,
  'dist/worker.js': 1_700_000,
  'dist/cli.js': 1_700_000,
};

test('holds no file but what runs and what is read', () => {
  expect([...files.keys()].filter((name) => !allowed.some((pattern) => pattern.test(name)))).toEqual([]);
});

test('holds the native modules of this platform', () => {
  expect([...files.keys()]).toContain(
    `dist/node_modules/onnxruntime-node/bin/napi-v6/${platform}/onnxruntime_binding.node`,
  );
  expect([...files.keys()]).toContain(`dist/node_modules/@duckdb/node-bindings-${target}/duckdb.node`);
});

test.each(Object.entries(budgets))('%s is at most %d bytes', (name, budget) => {
  expect(files.get(name)).toBeGreaterThan(0);
  expect(files.get(name)).toBeLessThanOrEqual(budget);
});
