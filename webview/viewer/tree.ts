import type { TensorDescription } from '../../src/protocol/engine';

/** A tensor, or a group of those whose names begin alike. */
export interface TreeNode {
  /** Name within its group. */
  readonly name: string;
  /** Name from the root: unique. */
  readonly path: string;
  readonly tensor?: TensorDescription;
  readonly children: readonly TreeNode[];
}

interface Growing {
  readonly name: string;
  readonly path: string;
  tensor?: TensorDescription;
  readonly children: Map<string, Growing>;
}

/**
 * Tensors nested by the slashes of their names, or by their dots where no name has a slash; one that a name begins with is no
 * group, unless another tensor has the name without it.
 */
export function treeOf(tensors: readonly TensorDescription[]): TreeNode[] {
  const given = new Set(tensors.map(({ name }) => name));
  const nested = tensors.map(({ name }) => {
    const bare = name?.replace(/^\/(?=.)/, '') ?? '';
    return given.has(bare) ? (name ?? '') : bare;
  });
  const separator = nested.some((name) => name.includes('/')) ? '/' : '.';
  const root: Growing = { name: '', path: '', children: new Map() };
  for (const [i, tensor] of tensors.entries()) {
    let at = root;
    for (const part of (nested[i] ?? '').split(separator)) {
      const path = at === root ? part : `${at.path}${separator}${part}`;
      const next = at.children.get(part) ?? { name: part, path, children: new Map() };
      at.children.set(part, next);
      at = next;
    }
    at.tensor = tensor;
  }
  return finished(root, separator);
}

/** Groups of one group become one, so that nobody opens three levels to see the first fork. */
function finished(node: Growing, separator: string): TreeNode[] {
  return [...node.children.values()].map((child) => {
    let at = child;
    let { name } = child;
    for (let only = single(at); only; only = single(at)) {
      name = `${name}${separator}${only.name}`;
      at = only;
    }
    const { path, tensor } = at;
    return { name, path, children: finished(at, separator), ...(tensor && { tensor }) };
  });
}

function single({ tensor, children }: Growing): Growing | undefined {
  const [only] = children.values();
  return !tensor && children.size === 1 ? only : undefined;
}

export interface TreeLine {
  readonly node: TreeNode;
  readonly level: number;
  readonly open: boolean;
}

/** What is in sight where these groups, by their paths, are open. */
export function linesOf(nodes: readonly TreeNode[], open: ReadonlySet<string>, level = 1): TreeLine[] {
  return nodes.flatMap((node) => {
    const isOpen = open.has(node.path);
    return [{ node, level, open: isOpen }, ...(isOpen ? linesOf(node.children, open, level + 1) : [])];
  });
}

/** Groups to open at first: all, unless there are many tensors; then those on the way to the chosen one. */
export function openAtFirst(nodes: readonly TreeNode[], chosen: string | null, many: boolean): Set<string> {
  const open = new Set<string>();
  const visit = (node: TreeNode): boolean => {
    const within = node.children.map(visit).some(Boolean) || (node.tensor !== undefined && node.tensor.name === chosen);
    if (node.children.length > 0 && (within || !many)) open.add(node.path);
    return within;
  };
  for (const node of nodes) visit(node);
  return open;
}
