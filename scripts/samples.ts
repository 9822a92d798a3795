// npm run samples: the analyses of the sample workspace, computed by the command line. A test holds them to be current.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnalysisRequest, MethodChoice } from '../src/protocol/analysis';
import type { MethodDescription } from '../src/protocol/catalogue';
import { formatAnalysis } from '../src/protocol/document';
import type { Comparison, InputSpec, LabelSpec, Result } from '../src/protocol/result';

const root = join(import.meta.dirname, '..');
const samples = join(root, 'media/samples');
const { version } = sextant<{ version: string }>('run', 'overview', 'words/kjv-fasttext.npy');
const methods = sextant<MethodDescription[]>('methods');
const recommended = methods
  .filter((method) => method.takes === 'pair' && method.recommended !== undefined)
  .sort((a, b) => (a.recommended ?? 0) - (b.recommended ?? 0))
  .map(({ id }) => ({ method: id }));

const networks = ['digits/digits-cnn-seed0-activations.npz', 'digits/digits-cnn-seed1-activations.npz'];
const layers = networks.flatMap((path) => Array.from({ length: 8 }, (_, i) => ({ path, tensor: `layer${i + 1}` })));
save('two-networks.sextant', {
  inputs: layers,
  labels: { path: 'digits/digits-test-labels.npy' },
  methods: recommended,
  overview: { method: 'linear-cka' },
  pair: [7, 15],
  seed: 0,
});

const everyEleventh = { 'anchor-selection': 'rows', 'anchor-rows': '0:3300:11' };
save('two-word-spaces.sextant', {
  inputs: [{ path: 'words/kjv-word2vec-a.npy' }, { path: 'words/kjv-word2vec-b.npy' }],
  labels: { path: 'words/kjv-vocabulary.csv', column: 'count' },
  methods: recommended.map((choice) =>
    choice.method === 'relative-agreement' ? { ...choice, parameters: everyEleventh } : choice,
  ),
  seed: 0,
});

function save(name: string, request: AnalysisRequest): void {
  const { inputs, labels, overview, pair = [0, 1] } = request;
  const focus = pair.map((i) => inputs[i] as InputSpec);
  const results = request.methods.map((choice) => run(choice, focus, labels));
  const comparisons = overview
    ? [sextant<Comparison>('compare', ...inputs.map(named), '--measure', overview.method)]
    : [];
  const analysis = { format: 'sextant-analysis', formatVersion: 1, version, request, results, comparisons } as const;
  writeFileSync(join(samples, name), formatAnalysis(analysis));
}

function run({ method, parameters = {} }: MethodChoice, inputs: readonly InputSpec[], labels?: LabelSpec): Result {
  const settings = Object.entries(parameters).flatMap(([name, value]) => ['--set', `${name}=${String(value)}`]);
  const drawn = methods.find(({ id }) => id === method)?.labels === 'optional';
  const flags = labels && drawn ? ['--labels', labels.path + (labels.column ? `#${labels.column}` : '')] : [];
  return sextant<Result>('run', method, ...inputs.map(named), ...settings, ...flags);
}

function named({ path, tensor }: InputSpec): string {
  return tensor ? `${path}#${tensor}` : path;
}

function sextant<T>(...args: string[]): T {
  const options = { cwd: samples, maxBuffer: 1 << 28 };
  return JSON.parse(execFileSync(process.execPath, [join(root, 'dist/cli.js'), ...args, '--json'], options).toString());
}
