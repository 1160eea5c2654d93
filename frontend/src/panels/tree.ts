/** `tree`: from left to right, one box a node. A click or Enter opens and closes; a large tree starts with as many levels as can be read. */
import { formatCount, formatValue } from "../lib/format";
import { titleOf } from "../lib/labels";
import { fillColour } from "../lib/palette";
import { withAlpha } from "../lib/theme";
import type { Spec } from "../wire";
import type { Panel, PanelContext } from "./panel";
import { fitted, followPointer, Sheet, Tip } from "./sheet";
import { type Layout, layoutTree, openLevels, type Standing } from "./tidy";
import { TreeCursor } from "./tree-cursor";
import { nodeAt, readTree, type TreeNode } from "./tree-nodes";
import "./sheet.css";
import "./tree.css";

const LEAST_ROW = 27;
const MOST_ROW = 46;
const BOX = 22;
const WIDEST = 190;
const LEAST_GAP = 18;
const MOST_GAP = 110;
const PADDING = 10;
/** Rows that a tree opens to by itself. */
const ROWS_AT_FIRST = 40;

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new TreePanel(host, context);
}

class TreePanel implements Panel {
  readonly #context: PanelContext;
  readonly #scroller = document.createElement("div");
  readonly #space = document.createElement("div");
  readonly #sheet: Sheet;
  readonly #tip: Tip;
  readonly #pointer: { readonly at: { x: number; y: number } | undefined };
  /** What was clicked, by path: open or closed. */
  readonly #chosen = new Map<string, boolean>();
  /** Kept once the first tree came, so that a tree that grows does not close by itself. */
  #openTo: number | undefined;
  #boxes: { standing: Standing; x: number; y: number; width: number }[] = [];
  readonly #cursor: TreeCursor;
  #root: TreeNode | undefined;
  #standings: Standing[] = [];
  /** The keys have moved the cursor: it is to come into sight. */
  #follow = false;

  constructor(host: HTMLElement, context: PanelContext) {
    this.#context = context;
    this.#scroller.className = "tree";
    this.#space.className = "tree-space";
    // The canvas stays in sight and is as large as the panel, however large the tree is.
    this.#sheet = new Sheet(this.#space);
    this.#scroller.append(this.#space);
    host.append(this.#scroller);
    this.#tip = new Tip(host);
    this.#pointer = followPointer(this.#sheet.canvas, () => this.#point());
    this.#scroller.addEventListener("scroll", () => context.changed(), { passive: true });
    this.#sheet.canvas.addEventListener("click", (event) => {
      const found = this.#under(event.offsetX, event.offsetY);
      if (!found) return;
      this.#cursor.path = found.node.path;
      this.#fold(found, found.closed);
    });
    // The tree around it has the words.
    this.#sheet.canvas.setAttribute("role", "presentation");
    this.#cursor = new TreeCursor(
      this.#scroller,
      (key) => this.#press(key),
      () => context.changed(),
    );
  }

  draw(): void {
    const spec = this.#context.spec();
    const { root, left } = readTree(this.#context.excerpt().newest()?.value);
    this.#boxes = [];
    this.#standings = [];
    this.#root = root;
    const ctx = this.#sheet.begin();
    if (root === undefined || ctx === undefined) return;
    this.#openTo ??= openLevels(root, ROWS_AT_FIRST);
    const openTo = this.#openTo;
    const layout = layoutTree(root, (node, level) => this.#chosen.get(node.path) ?? level < openTo);
    this.#standings = layout.standings;
    const theme = this.#context.theme();
    ctx.font = `11.5px ${theme.font}`;
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";

    const texts = layout.standings.map((standing) => textOf(ctx, standing, spec));
    const columns = columnsOf(layout, texts, this.#sheet.width);
    const rowHeight = Math.min(MOST_ROW, Math.max(LEAST_ROW, (this.#sheet.height - PADDING) / layout.rows));
    const whole = layout.rows * rowHeight + PADDING;
    this.#size(columns.whole, whole);
    const cursor = this.#standing();
    if (this.#follow && cursor) {
      this.#follow = false;
      const x = columns.starts[cursor.level] ?? 0;
      const y = PADDING / 2 + (cursor.row + 0.5) * rowHeight;
      const { clientWidth, clientHeight } = this.#scroller;
      const near = (at: number, from: number, room: number, edge: number): number =>
        at - edge < from ? at - edge : at + edge > from + room ? at + edge - room : from;
      this.#scroller.scrollLeft = near(x + 60, this.#scroller.scrollLeft, clientWidth, 70);
      this.#scroller.scrollTop = near(y, this.#scroller.scrollTop, clientHeight, BOX);
    }
    const [fromX, fromY] = [
      this.#scroller.scrollLeft,
      this.#scroller.scrollTop - Math.max(0, (this.#sheet.height - whole) / 2),
    ];

    const colour = fillColour(spec, theme.name, 0);
    const places = new Map<Standing, { x: number; y: number; width: number }>();
    ctx.strokeStyle = withAlpha(colour, 0.5);
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    for (const [i, standing] of layout.standings.entries()) {
      const x = (columns.starts[standing.level] ?? 0) - fromX;
      const y = PADDING / 2 + (standing.row + 0.5) * rowHeight - fromY;
      const width = (texts[i]?.width ?? 0) + 18;
      places.set(standing, { x, y, width });
      const parent = standing.parent && places.get(standing.parent);
      if (!parent) continue;
      const middle = (parent.x + parent.width + x) / 2;
      ctx.moveTo(parent.x + parent.width, parent.y);
      ctx.bezierCurveTo(middle, parent.y, middle, y, x, y);
    }
    ctx.stroke();
    for (const [i, standing] of layout.standings.entries()) {
      const { x, y, width } = places.get(standing) as { x: number; y: number; width: number };
      if (y < -BOX || y > this.#sheet.height + BOX || x > this.#sheet.width || x + width < 0) continue;
      this.#boxes.push({ standing, x, y, width });
      const inner = standing.node.children.length > 0;
      ctx.beginPath();
      ctx.roundRect(x, y - BOX / 2, width, BOX, 6);
      ctx.fillStyle = theme.surface;
      ctx.fill();
      ctx.fillStyle = withAlpha(colour, inner ? 0.26 : 0.1);
      ctx.fill();
      ctx.strokeStyle = withAlpha(colour, standing.closed ? 1 : inner ? 0.7 : 0.4);
      ctx.lineWidth = standing.closed ? 1.5 : 1;
      ctx.stroke();
      if (standing === cursor && this.#cursor.focused) {
        ctx.strokeStyle = theme.ink;
        ctx.lineWidth = 2;
        ctx.beginPath();
        ctx.roundRect(x - 2.5, y - BOX / 2 - 2.5, width + 5, BOX + 5, 8);
        ctx.stroke();
      }
      const text = texts[i] as NodeText;
      ctx.fillStyle = theme.ink;
      ctx.fillText(text.name, x + 9, y + 0.5);
      ctx.fillStyle = theme.inkSoft;
      ctx.fillText(text.value, x + 9 + text.nameWidth, y + 0.5);
    }
    this.#cursor.name(
      `${titleOf(spec)}: ${layout.standings.length} nodes from ${root.name || "the root"}${left > 0 ? `, ${formatCount(left)} too many to draw` : ""}`,
    );
    if (cursor) this.#say(cursor);
    this.#point();
  }

  /** Where the cursor stands: on its node, or on the nearest one above it that is in sight. */
  #standing(): Standing | undefined {
    if (this.#root === undefined) return undefined;
    const trail = nodeAt(this.#root, this.#cursor.path ?? this.#root.path);
    return this.#standings.findLast(({ node }) => trail.includes(node));
  }

  #press(key: string): boolean {
    const now = this.#standing();
    if (now === undefined) return false;
    const rows = this.#standings;
    const at = rows.indexOf(now);
    const { node, parent, closed } = now;
    const open = node.children.length > 0 && !closed;
    let to: Standing | undefined;
    if (key === "ArrowDown") to = rows[at + 1];
    else if (key === "ArrowUp") to = rows[at - 1];
    else if (key === "Home") to = rows[0];
    else if (key === "End") to = rows[rows.length - 1];
    else if (key === "ArrowRight" && open) to = rows[at + 1];
    else if (key === "ArrowLeft" && !open) to = parent;
    else if (key === "Enter" || key === " " || key === "ArrowRight" || key === "ArrowLeft") this.#fold(now, closed);
    else return false;
    if (to) this.#cursor.path = to.node.path;
    this.#follow = true;
    this.#context.changed();
    return true;
  }

  #fold({ node }: Standing, open: boolean): void {
    if (node.children.length === 0) return;
    this.#chosen.set(node.path, open);
    this.#context.changed();
  }

  #say({ node, parent, level, closed }: Standing): void {
    const brothers = parent?.node.children ?? [node];
    this.#cursor.say({
      path: node.path,
      text: [node.name || "unnamed", wordsOf(node, this.#context.spec())].filter(Boolean).join(", "),
      level,
      position: brothers.indexOf(node) + 1,
      of: brothers.length,
      open: node.children.length > 0 ? !closed : undefined,
    });
  }

  resize(width: number, height: number): void {
    this.#sheet.resize(width, height);
    this.#sheet.canvas.style.width = `${width}px`;
    this.#sheet.canvas.style.height = `${height}px`;
  }

  restyle(): void {
    // All looks are read at each draw.
  }

  destroy(): void {
    this.#sheet.destroy();
    this.#tip.destroy();
    this.#scroller.remove();
  }

  #size(width: number, height: number): void {
    const [w, h] = [
      `${Math.ceil(Math.max(width, this.#sheet.width))}px`,
      `${Math.ceil(Math.max(height, this.#sheet.height))}px`,
    ];
    if (this.#space.style.width !== w) this.#space.style.width = w;
    if (this.#space.style.height !== h) this.#space.style.height = h;
  }

  #under(x: number, y: number): Standing | undefined {
    return this.#boxes.find((box) => x >= box.x && x <= box.x + box.width && Math.abs(y - box.y) <= BOX / 2)?.standing;
  }

  #point(): void {
    const { at } = this.#pointer;
    const found = at && this.#under(at.x, at.y);
    this.#sheet.canvas.style.cursor = found && found.node.children.length > 0 ? "pointer" : "";
    if (!at || !found) {
      this.#tip.hide();
      return;
    }
    const { node } = found;
    const value = wordsOf(node, this.#context.spec());
    this.#tip.show(at.x, at.y, [
      node.name || "unnamed",
      ...(value ? [value] : []),
      ...(node.children.length > 0
        ? [`${formatCount(countBelow(node))} below${found.closed ? ", click to open" : ""}`]
        : []),
    ]);
  }
}

function wordsOf(node: TreeNode, spec: Spec): string {
  return Number.isNaN(node.value) ? "" : formatValue(node.value, spec);
}

interface NodeText {
  name: string;
  nameWidth: number;
  value: string;
  width: number;
}

function textOf(
  ctx: CanvasRenderingContext2D,
  { node, closed }: Standing,
  spec: { decimals?: number | null },
): NodeText {
  const value =
    (Number.isNaN(node.value) ? "" : `  ${formatValue(node.value, { decimals: spec.decimals })}`) +
    (closed ? `  +${formatCount(countBelow(node))}` : "");
  const valueWidth = ctx.measureText(value).width;
  const name = fitted(ctx, node.name || "·", Math.max(40, WIDEST - valueWidth - 18));
  const nameWidth = ctx.measureText(name).width;
  return { name, nameWidth, value, width: nameWidth + valueWidth };
}

/** Where each level begins, as far apart as the panel allows. */
function columnsOf(layout: Layout, texts: readonly NodeText[], room: number): { starts: number[]; whole: number } {
  const widths = new Array<number>(layout.levels).fill(0);
  for (const [i, { level }] of layout.standings.entries()) {
    widths[level] = Math.max(widths[level] as number, (texts[i]?.width ?? 0) + 18);
  }
  const boxes = widths.reduce((sum, width) => sum + width, 0);
  const gap = Math.max(LEAST_GAP, Math.min(MOST_GAP, (room - PADDING * 2 - boxes) / Math.max(1, layout.levels - 1)));
  const starts: number[] = [];
  const whole = boxes + gap * (layout.levels - 1);
  let x = Math.max(PADDING, (room - whole) / 2);
  for (const width of widths) {
    starts.push(x);
    x += width + gap;
  }
  return { starts, whole: whole + PADDING * 2 };
}

function countBelow(node: TreeNode): number {
  return node.children.reduce((sum, child) => sum + 1 + countBelow(child), 0);
}
