import type { Tree } from '../protocol/figures';

/** One merge as it is drawn: where its two parts come from, and where it leads on. */
export interface Branch {
  /** Positions of the two parts among the leaves, and the heights at which these are. */
  readonly from: readonly [Joint, Joint];
  readonly to: Joint;
  /** Leaves of it. */
  readonly count: number;
}

export interface Joint {
  /** 0 at the first leaf, 1 at the second. */
  readonly at: number;
  readonly height: number;
}

/** The merges of a tree as brackets over its leaves in their order. */
export function branchesOf({ order, merges, leaves }: Tree): Branch[] {
  const joints: (Joint & { readonly count: number })[] = leaves.map((_, leaf) => ({
    at: order.indexOf(leaf),
    height: 0,
    count: 1,
  }));
  return merges.flatMap(({ left, right, height }) => {
    const [a, b] = [joints[left], joints[right]];
    if (!a || !b) return [];
    const to = { at: (a.at + b.at) / 2, height, count: a.count + b.count };
    joints.push(to);
    return [{ from: [a, b] as const, to, count: to.count }];
  });
}
