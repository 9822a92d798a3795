import { afterEach, expect, test, vi } from 'vitest';
import { RepresentationsTree, selectedOf } from '../../src/host/trees/representations';
import { UserError } from '../../src/protocol/errors';

const { changed, fire, workspace } = vi.hoisted(() => {
  const changed: (() => void)[] = [];
  const event = (listener: () => void) => void changed.push(listener);
  const watcher = { onDidCreate: event, onDidChange: event, onDidDelete: event };
  const workspace = {
    findFiles: vi.fn(),
    createFileSystemWatcher: vi.fn((_: string) => watcher),
    asRelativePath: ({ path }: { path: string }) => path.slice(1),
  };
  return { changed, fire: vi.fn(), workspace };
});
vi.mock('vscode', () => {
  class TreeItem {
    readonly label: unknown;
    constructor(label: unknown) {
      this.label = label;
    }
  }
  class ThemeIcon {
    static readonly File = 'file';
    constructor(readonly id: string) {}
  }
  class EventEmitter {
    readonly event = vi.fn();
    readonly fire = fire;
  }
  return { workspace, TreeItem, ThemeIcon, EventEmitter, TreeItemCollapsibleState: {} };
});
afterEach(() => vi.useRealTimers());

const uri = (path: string) => ({ path, fsPath: path, scheme: 'file' });
const layers = [
  { name: '/layer1/Relu_output_0', op: 'Relu', shape: ['batch', 64] },
  { name: '/head/Gemm_output_0', op: 'Gemm', shape: null },
];
const inspect = vi.fn(async (path: string) => {
  if (path.endsWith('bad.onnx')) throw new UserError('bad.onnx: this is no ONNX model.');
  return { tensors: [], model: { layers } };
});
const engine = { call: (use: (client: unknown) => unknown) => use({ inspect }) };

test('models are listed among the data files, open to their layers, and are what a command is given', async () => {
  workspace.findFiles.mockResolvedValue(['/b/net.ONNX', '/a/acts.npz', '/a/bad.onnx'].map(uri));
  const tree = new RepresentationsTree(engine as never);
  const nodes = await tree.getChildren();
  expect(nodes.map((node) => tree.getTreeItem(node)).map(({ contextValue }) => contextValue)).toEqual([
    'archive',
    'model',
    'model',
  ]);
  // What is in a file is read when it is opened.
  expect(inspect).not.toHaveBeenCalled();
  const [, bad, model] = nodes;
  if (!bad || !model) throw new Error('Three files have three lines.');
  expect(tree.getTreeItem(model)).toMatchObject({
    description: 'b',
    accessibilityInformation: { label: 'net.ONNX, ONNX model in b' },
  });
  expect(selectedOf(model)).toEqual([{ uri: uri('/b/net.ONNX') }]);
  const inside = await tree.getChildren(model);
  expect(inside.map((node) => tree.getTreeItem(node))).toMatchObject([
    { label: '/layer1/Relu_output_0', description: 'Relu · batch × 64' },
    { label: '/head/Gemm_output_0', description: 'Gemm · unknown' },
  ]);
  expect(inside.flatMap(selectedOf)).toEqual([]);
  const [refused] = await tree.getChildren(bad);
  expect(refused).toMatchObject({ kind: 'note', text: 'bad.onnx: this is no ONNX model.' });
});

test('the tree follows models that come and go', async () => {
  vi.useFakeTimers();
  workspace.findFiles.mockResolvedValue([]);
  await new RepresentationsTree(engine as never).getChildren();
  const [glob] = workspace.createFileSystemWatcher.mock.lastCall ?? [];
  expect(glob).toMatch(/^\*\*\/\{.*\*\.npz,.*\*\.onnx\}$/);
  expect(workspace.findFiles.mock.lastCall?.[0]).toBe(glob);
  expect(fire).not.toHaveBeenCalled();
  changed.at(-1)?.();
  vi.runAllTimers();
  expect(fire).toHaveBeenCalledOnce();
});
