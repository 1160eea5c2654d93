/** The tree that a `tree` or `treemap` sample holds, made safe to walk: bounded in depth and number, with text names, and each node's weight summed up. */
import { clip } from "../lib/format";
import { bounded } from "../lib/scale";

/** More nodes than this are more than pixels; deeper than this nobody sees. */
export const MOST_NODES = 20_000;
const MOST_DEPTH = 48;

export interface TreeNode {
  name: string;
  /** The publisher's own number, NaN if there is none. */
  value: number;
  /** What it weighs in a treemap: its own number, or that of all below it; never negative. */
  weight: number;
  children: TreeNode[];
  /** Names from the root to here: the same node in the next sample. */
  path: string;
}

export function readTree(value: unknown): { root: TreeNode | undefined; left: number } {
  let nodes = 0;
  let left = 0;
  const read = (from: unknown, path: string, depth: number): TreeNode | undefined => {
    if (typeof from !== "object" || from === null || Array.isArray(from)) return undefined;
    if (depth >= MOST_DEPTH || nodes >= MOST_NODES) {
      left++;
      return undefined;
    }
    nodes++;
    const own = (key: string): unknown =>
      Object.hasOwn(from, key) ? (from as Record<string, unknown>)[key] : undefined;
    const number = own("value");
    const name = own("name");
    const node: TreeNode = {
      name: typeof name === "string" || typeof name === "number" ? clip(String(name), 120) : "",
      value: typeof number === "number" ? number : Number.NaN,
      weight: 0,
      children: [],
      path,
    };
    const children = own("children");
    let below = 0;
    if (Array.isArray(children)) {
      const seen = new Map<string, number>();
      for (const item of children as unknown[]) {
        const named = (item as { name?: unknown } | null)?.name;
        const key = clip(String(typeof named === "string" || typeof named === "number" ? named : ""), 120);
        // Brothers of the same name are told apart by their order.
        const count = seen.get(key) ?? 0;
        seen.set(key, count + 1);
        const child = read(item, `${path}\n${key}${count > 0 ? `\t${count}` : ""}`, depth + 1);
        if (child === undefined) continue;
        node.children.push(child);
        below += child.weight;
      }
    }
    const positive = node.value > 0 ? bounded(node.value) : 0;
    // A folder that says less than its files hold is as large as they are.
    node.weight = node.children.length === 0 ? positive : Math.max(positive, below);
    return node;
  };
  return { root: read(value, "", 0), left };
}

/** The node with this path, or the nearest one above it that is still there. */
export function nodeAt(root: TreeNode, path: string): TreeNode[] {
  const trail = [root];
  let node: TreeNode | undefined = root;
  while (node !== undefined && node.path !== path) {
    node = node.children.find((child) => path === child.path || path.startsWith(`${child.path}\n`));
    if (node !== undefined) trail.push(node);
  }
  return trail;
}

/** Whether no node has a number, so that a treemap counts leaves instead. */
export function weighLeaves(node: TreeNode): number {
  node.weight = node.children.length === 0 ? 1 : node.children.reduce((sum, child) => sum + weighLeaves(child), 0);
  return node.weight;
}
