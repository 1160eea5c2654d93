/** Where the nodes of a tree stand: a row for each leaf, parents in the middle of their children, a column for each level. */
import type { TreeNode } from "./tree-nodes";

export interface Standing {
  node: TreeNode;
  parent: Standing | undefined;
  level: number;
  row: number;
  /** Has children that are not shown. */
  closed: boolean;
}

export interface Layout {
  /** Parents before their children. */
  standings: Standing[];
  rows: number;
  levels: number;
}

export function layoutTree(root: TreeNode, isOpen: (node: TreeNode, level: number) => boolean): Layout {
  const standings: Standing[] = [];
  let rows = 0;
  let levels = 0;
  const stand = (node: TreeNode, parent: Standing | undefined, level: number): Standing => {
    const open = node.children.length > 0 && isOpen(node, level);
    const standing: Standing = { node, parent, level, row: 0, closed: node.children.length > 0 && !open };
    standings.push(standing);
    levels = Math.max(levels, level + 1);
    if (open) {
      const children = node.children.map((child) => stand(child, standing, level + 1));
      standing.row = ((children[0] as Standing).row + (children[children.length - 1] as Standing).row) / 2;
    } else standing.row = rows++;
    return standing;
  };
  stand(root, undefined, 0);
  return { standings, rows, levels };
}

/** How many levels can be open before more than `most` rows are shown. */
export function openLevels(root: TreeNode, most: number): number {
  let level: TreeNode[] = [root];
  let leaves = 0;
  let depth = 0;
  while (level.length > 0) {
    const next: TreeNode[] = [];
    for (const node of level) {
      if (node.children.length === 0) leaves++;
      else next.push(...node.children);
    }
    if (next.length === 0 || leaves + next.length > most) break;
    level = next;
    depth++;
  }
  return Math.max(1, depth);
}
