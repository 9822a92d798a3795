import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeNpy } from '../../src/data/npy-writer';
import { Matrix } from '../../src/linalg/matrix';
import type { AnalysisRequest } from '../../src/protocol/analysis';
import type { AnchorSet } from '../../src/protocol/anchors';
import type { MethodDescription } from '../../src/protocol/catalogue';
import { convergentWorkbench, methodsOf, relativeWorkbench } from '../../src/protocol/workbench';

const ROWS = 20;
const UNITS = 4;
const value = (i: number, j: number, side: number) => Math.sin((i * UNITS + j + 9 * side + 1) ** 2);

/** Two tables with identifiers of which some are in one alone, anchors that are in one alone, labels, and units that are dead. */
export function writeBadInputs(folder: string): void {
  const write = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
  for (const [side, [name, from]] of (
    [
      ['a', 0],
      ['b', 4],
      ['c', 0],
    ] as const
  ).entries()) {
    const lines = Array.from({ length: ROWS }, (_, i) =>
      [`r${i + from}`, ...Array.from({ length: UNITS }, (_, j) => value(i + from, j, side))].join(','),
    );
    write(`${name}.csv`, `id,w,x,y,z\n${lines.join('\n')}\n`);
  }
  const ids = ['r0', 'r2', 'r7', 'r9'];
  const set: AnchorSet = {
    ...{ format: 'sextant-anchors', formatVersion: 1, version: '1.0.0', chosen: '4 anchors', seed: 0 },
    source: { file: 'a.csv', tensor: null, sha256: '0'.repeat(64) },
    ...{ rows: [0, 2, 7, 9], ids },
  };
  write('shared.anchors.json', JSON.stringify(set));
  write('one.csv', `kind\n${'cat\n'.repeat(ROWS)}`);
  write(
    'lone.csv',
    `kind\nemu\n${'cat\ndog\n'.repeat(ROWS)}`
      .split('\n')
      .slice(0, ROWS + 1)
      .join('\n'),
  );
  const units = (side: number, dead: (j: number) => boolean) =>
    encodeNpy(
      new Matrix(
        Float32Array.from({ length: 60 * UNITS }, (_, k) =>
          dead(k % UNITS) ? 0 : value(Math.floor(k / UNITS), k % UNITS, side),
        ),
        60,
        UNITS,
      ),
    );
  write(
    'alive.npy',
    units(0, () => false),
  );
  write(
    'dead.npy',
    units(0, (j) => j % 2 === 1),
  );
  write(
    'nothing.npy',
    units(0, () => true),
  );
}

export type BadInput = 'strange anchors' | 'few anchors' | 'one class' | 'lone row' | 'dead units' | 'all dead';

/** The workbench that a person would meet it in. */
export function bench(methods: readonly MethodDescription[], folder: string, what: BadInput): AnalysisRequest {
  const path = (name: string) => join(folder, name);
  const workbench = what === 'dead units' || what === 'all dead' ? convergentWorkbench : relativeWorkbench;
  const parameters = {
    ...(what === 'strange anchors'
      ? { 'anchor-selection': 'file', 'anchor-file': path('shared.anchors.json') }
      : { anchors: what === 'few anchors' ? 2 : 6 }),
  };
  const chosen = methodsOf(workbench, methods).map((choice) => {
    if (workbench === convergentWorkbench) return choice;
    const known = methods.find(({ id }) => id === choice.method)?.parameters.properties ?? {};
    return { ...choice, parameters: Object.fromEntries(Object.entries(parameters).filter(([name]) => known[name])) };
  });
  const base = { workbench: workbench.id, methods: chosen, seed: 0 };
  if (workbench === convergentWorkbench) {
    const inputs = ['alive.npy', what === 'dead units' ? 'dead.npy' : 'nothing.npy'].map((name) => ({
      path: path(name),
    }));
    return { ...base, inputs };
  }
  const paired = what === 'strange anchors';
  const inputs = ['a.csv', paired ? 'b.csv' : 'c.csv'].map((name) => ({
    path: path(name),
    ...(paired && { ids: { path: path(name), column: 'id' } }),
  }));
  const labels = { 'one class': 'one.csv', 'lone row': 'lone.csv' }[what as string];
  return { ...base, inputs, ...(labels && { labels: { path: path(labels), column: 'kind' } }) };
}
