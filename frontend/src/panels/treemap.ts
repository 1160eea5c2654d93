/** `treemap`: areas are values, nested as the tree is. A click or Enter goes into a part, the trail above or Backspace leads out again. */
import { clip, formatCount, formatValue } from "../lib/format";
import { titleOf } from "../lib/labels";
import { fillColour } from "../lib/palette";
import { withAlpha } from "../lib/theme";
import type { Panel, PanelContext } from "./panel";
import { fitted, followPointer, Sheet, Tip } from "./sheet";
import { type Box, squarify } from "./squarify";
import { TreeCursor } from "./tree-cursor";
import { nodeAt, readTree, type TreeNode, weighLeaves } from "./tree-nodes";
import "./sheet.css";
import "./treemap.css";

const GAP = 2;
const HEADING = 18;
/** Boxes smaller than this are drawn without what is in them. */
const LEAST_SIDE = 5;
/** Levels in sight at a time. */
const LEVELS = 4;
const TRAIL = 26;

interface Placed {
  node: TreeNode;
  box: Box;
  parent: TreeNode;
}

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new TreemapPanel(host, context);
}

class TreemapPanel implements Panel {
  readonly #context: PanelContext;
  readonly #box = document.createElement("div");
  readonly #sheet: Sheet;
  readonly #cursor: TreeCursor;
  #root: TreeNode | undefined;
  readonly #tip: Tip;
  readonly #trail = document.createElement("nav");
  readonly #pointer: { readonly at: { x: number; y: number } | undefined };
  #placed: Placed[] = [];
  #path = "";
  #trailKey = "";
  #left = 0;

  constructor(host: HTMLElement, context: PanelContext) {
    this.#context = context;
    this.#box.className = "treemap";
    this.#sheet = new Sheet(this.#box);
    host.append(this.#box);
    this.#tip = new Tip(host);
    this.#trail.className = "trail";
    this.#trail.setAttribute("aria-label", "Where in the tree");
    host.append(this.#trail);
    this.#pointer = followPointer(this.#sheet.canvas, () => this.#point());
    this.#sheet.canvas.addEventListener("click", (event) => {
      const found = this.#under(event.offsetX, event.offsetY);
      // Into the part on this level that was hit, not to the leaf: step by step one knows where one is.
      const trail = found ? this.#trailTo(found.node) : [];
      const next = trail[1] ?? trail[0];
      if (next && next.children.length > 0) this.#go(next.path);
    });
    // The tree around it has the words.
    this.#sheet.canvas.setAttribute("role", "presentation");
    this.#cursor = new TreeCursor(
      this.#box,
      (key) => this.#press(key),
      () => context.changed(),
    );
  }

  draw(): void {
    const spec = this.#context.spec();
    const sample = this.#context.excerpt().newest();
    const { root, left } = readTree(sample?.value);
    this.#left = left;
    this.#placed = [];
    this.#root = root;
    const ctx = this.#sheet.begin();
    if (root === undefined || ctx === undefined) return;
    if (root.weight === 0) weighLeaves(root);
    const trail = nodeAt(root, this.#path);
    const top = trail[trail.length - 1] as TreeNode;
    this.#drawTrail(trail);
    const theme = this.#context.theme();
    ctx.font = `11px ${theme.font}`;
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    const above = trail.length > 1 ? TRAIL : 2;
    const whole = { x: 8, y: above, width: this.#sheet.width - 16, height: this.#sheet.height - above - 8 };
    // A part keeps its colour when one goes into it, and while sizes change places.
    const names = new Map(root.children.map((child, i) => [child.path, i]));
    const colourOf = (node: TreeNode): string => {
      const first = node.path.split("\n", 2).join("\n");
      return fillColour(spec, theme.name, names.get(first) ?? 0);
    };
    const single = top.children.length === 0 ? [top] : sortedByWeight(top.children);
    this.#place(ctx, single, top, whole, 0, colourOf);
    this.#cursor.name(
      `${titleOf(spec)}: ${top.children.map((child) => `${child.name} ${formatValue(child.weight, spec)}`).join(", ")}`,
    );
    const cursor = this.#at();
    if (cursor) {
      if (this.#cursor.focused) {
        const { x, y, width, height } = cursor.box;
        ctx.strokeStyle = theme.ink;
        ctx.lineWidth = 2;
        ctx.beginPath();
        ctx.roundRect(x + 1, y + 1, Math.max(2, width - 2), Math.max(2, height - 2), 4);
        ctx.stroke();
      }
      this.#say(cursor);
    }
    this.#point();
  }

  /** The box at the cursor, or the nearest one around it that is drawn. */
  #at(): Placed | undefined {
    const { path } = this.#cursor;
    if (path === undefined || this.#root === undefined) return this.#placed[0];
    const trail = nodeAt(this.#root, path);
    return this.#placed.findLast(({ node }) => trail.includes(node)) ?? this.#placed[0];
  }

  #press(key: string): boolean {
    const now = this.#at();
    if (now === undefined) return false;
    const { node, parent } = now;
    const drawn = (of: TreeNode): Placed[] => this.#placed.filter((one) => one.parent === of && one.node !== of);
    const brothers = drawn(parent);
    const at = brothers.indexOf(now);
    const top = parent.path === this.#path;
    let to: Placed | undefined;
    if (key === "ArrowRight") to = brothers[at + 1];
    else if (key === "ArrowLeft") to = brothers[at - 1];
    else if (key === "Home") to = brothers[0];
    else if (key === "End") to = brothers[brothers.length - 1];
    else if (key === "ArrowDown") to = drawn(node)[0];
    else if (key === "ArrowUp" && !top) to = this.#placed.find((one) => one.node === parent);
    else if (key === "Enter" || key === " ") {
      if (node.children.length > 0) this.#go(node.path);
    } else if (key === "ArrowUp" || key === "Backspace") {
      // Out again, with the cursor on what one comes from.
      this.#cursor.path = this.#path;
      const trail = this.#root ? nodeAt(this.#root, this.#path) : [];
      this.#go(trail[trail.length - 2]?.path ?? "");
    } else return false;
    if (to) this.#cursor.path = to.node.path;
    this.#context.changed();
    return true;
  }

  #say({ node, parent }: Placed): void {
    const brothers = sortedByWeight(parent.children);
    this.#cursor.say({
      path: node.path,
      text: `${node.name || "all"}, ${formatValue(node.weight, this.#context.spec())}`,
      level: node.path.split("\n").length - 1,
      position: brothers.indexOf(node) + 1,
      of: brothers.length,
      open: node.children.length > 0 ? this.#placed.some((one) => one.parent === node && one.node !== node) : undefined,
    });
  }

  resize(width: number, height: number): void {
    this.#sheet.resize(width, height);
  }

  restyle(): void {
    // All looks are read at each draw.
  }

  destroy(): void {
    this.#sheet.destroy();
    this.#tip.destroy();
    this.#trail.remove();
    this.#box.remove();
  }

  #place(
    ctx: CanvasRenderingContext2D,
    nodes: readonly TreeNode[],
    parent: TreeNode,
    within: Box,
    level: number,
    colourOf: (node: TreeNode) => string,
  ): void {
    const spec = this.#context.spec();
    const theme = this.#context.theme();
    const boxes = squarify(
      nodes.map((node) => node.weight),
      within,
    );
    for (const [i, node] of nodes.entries()) {
      const outer = boxes[i] as Box;
      const box = { x: outer.x, y: outer.y, width: outer.width - GAP, height: outer.height - GAP };
      if (box.width < 1 || box.height < 1) continue;
      this.#placed.push({ node, box, parent });
      const colour = colourOf(node);
      const inside = node.children.length > 0 && level < LEVELS - 1 && box.width > 24 && box.height > HEADING + 14;
      ctx.beginPath();
      ctx.roundRect(box.x, box.y, box.width, box.height, Math.min(4, box.width / 4, box.height / 4));
      ctx.fillStyle = withAlpha(colour, inside ? 0.2 : theme.name === "dark" ? 0.52 : 0.42);
      ctx.fill();
      const value = formatValue(node.weight, spec);
      ctx.fillStyle = theme.ink;
      if (inside) {
        ctx.font = `600 11px ${theme.font}`;
        const name = fitted(ctx, node.name, box.width - 12);
        ctx.fillText(name, box.x + 6, box.y + HEADING / 2 + 1);
        const used = ctx.measureText(name).width;
        ctx.font = `11px ${theme.font}`;
        const room = box.width - used - 22;
        if (ctx.measureText(value).width <= room) {
          ctx.fillStyle = theme.inkSoft;
          ctx.fillText(value, box.x + 14 + used, box.y + HEADING / 2 + 1);
        }
        const room2 = {
          x: box.x + 3,
          y: box.y + HEADING,
          width: box.width - 6 + GAP,
          height: box.height - HEADING - 3 + GAP,
        };
        if (room2.width > LEAST_SIDE && room2.height > LEAST_SIDE) {
          this.#place(ctx, sortedByWeight(node.children), node, room2, level + 1, colourOf);
        }
      } else if (box.height >= 16 && box.width >= 26) {
        const name = fitted(ctx, node.name, box.width - 12);
        ctx.fillText(name, box.x + 6, box.y + 11);
        if (box.height >= 32 && ctx.measureText(value).width <= box.width - 12) {
          ctx.globalAlpha = 0.78;
          ctx.fillText(value, box.x + 6, box.y + 26);
          ctx.globalAlpha = 1;
        }
      }
    }
  }

  #drawTrail(trail: readonly TreeNode[]): void {
    const key = JSON.stringify(trail.map((node) => [node.path, node.name]));
    if (key === this.#trailKey) return;
    this.#trailKey = key;
    this.#trail.hidden = trail.length < 2;
    this.#trail.replaceChildren(
      ...trail.map((node, i) => {
        const step = document.createElement("button");
        step.type = "button";
        step.textContent = clip(node.name || "all", 30);
        step.disabled = i === trail.length - 1;
        step.addEventListener("click", () => this.#go(node.path));
        return step;
      }),
    );
  }

  #go(path: string): void {
    this.#path = path;
    this.#context.changed();
  }

  /** From the level in sight down to `node`. */
  #trailTo(node: TreeNode): TreeNode[] {
    const chain = [node];
    let at = node;
    for (;;) {
      const entry = this.#placed.find((placed) => placed.node === at);
      if (entry === undefined || entry.parent === at) break;
      at = entry.parent;
      chain.unshift(at);
    }
    return chain;
  }

  /** The innermost box at a place: the last one drawn there. */
  #under(x: number, y: number): Placed | undefined {
    return this.#placed.findLast(
      ({ box }) => x >= box.x && y >= box.y && x < box.x + box.width && y < box.y + box.height,
    );
  }

  #point(): void {
    const { at } = this.#pointer;
    const found = at && this.#under(at.x, at.y);
    const canvas = this.#sheet.canvas;
    canvas.style.cursor = "";
    if (!at || !found) {
      this.#tip.hide();
      return;
    }
    const chain = this.#trailTo(found.node);
    const next = chain[1] ?? chain[0];
    if (next && next.children.length > 0) canvas.style.cursor = "pointer";
    const spec = this.#context.spec();
    const share = found.parent.weight > 0 ? Math.round((found.node.weight / found.parent.weight) * 100) : 0;
    this.#tip.show(at.x, at.y, [
      `${found.node.name || "all"}: ${formatValue(found.node.weight, spec)}`,
      chain.map((node) => node.name).join(" › "),
      ...(found.parent === found.node ? [] : [`${share} % of ${found.parent.name || "all"}`]),
      ...(found.node.children.length > 0 ? [`${formatCount(found.node.children.length)} parts`] : []),
      ...(this.#left > 0 ? [`${formatCount(this.#left)} nodes are too many to draw`] : []),
    ]);
  }
}

function sortedByWeight(nodes: readonly TreeNode[]): TreeNode[] {
  return nodes.filter((node) => node.weight > 0).sort((a, b) => b.weight - a.weight);
}
