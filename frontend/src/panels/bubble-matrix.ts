/** `bubble_matrix`: a circle in each cell whose area is the value, with the names of rows and columns. */
import { formatValue } from "../lib/format";
import { titleOf } from "../lib/labels";
import { fillColour } from "../lib/palette";
import { extent } from "../lib/scale";
import { withAlpha } from "../lib/theme";
import { lineNames } from "./grid-names";
import { CellReader, drawNames, GridFeed, type Plot, rowNameWidth } from "./grid-panel";
import type { Panel, PanelContext } from "./panel";
import { Sheet } from "./sheet";
import "./sheet.css";

/** More circles than this are no picture, and a million would stall the board: then every so many cells are left out. */
const MOST_CIRCLES = 10_000;
/** From this radius on the number fits into its circle. */
const ROOM_FOR_NUMBER = 13;

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new BubbleMatrixPanel(host, context);
}

class BubbleMatrixPanel implements Panel {
  readonly #context: PanelContext;
  readonly #sheet: Sheet;
  readonly #feed: GridFeed;
  readonly #reader: CellReader;

  constructor(host: HTMLElement, context: PanelContext) {
    this.#context = context;
    this.#sheet = new Sheet(host);
    this.#feed = new GridFeed(context, "set");
    this.#reader = new CellReader(host, this.#sheet.canvas, context);
  }

  draw(): void {
    const grid = this.#feed.read();
    this.#reader.take(grid);
    const ctx = this.#sheet.begin();
    if (!ctx || grid.rows === 0 || grid.cols === 0) return;
    const spec = this.#context.spec();
    const theme = this.#context.theme();
    ctx.font = `11px ${theme.font}`;
    const names = lineNames(spec, grid);
    const left = rowNameWidth(ctx, names.rows, grid.rows, this.#sheet.width);
    const plot: Plot = {
      left,
      top: 6,
      width: Math.max(8, this.#sheet.width - left - 12),
      height: Math.max(8, this.#sheet.height - 6 - 26),
    };
    this.#reader.take(grid, plot);
    const { top, width, height } = plot;
    const wide = width / grid.cols;
    const high = height / grid.rows;
    ctx.strokeStyle = theme.grid;
    ctx.lineWidth = 1;
    ctx.beginPath();
    if (high >= 5)
      for (let row = 0; row < grid.rows; row++) {
        const y = Math.round(top + (row + 0.5) * high) + 0.5;
        ctx.moveTo(left, y);
        ctx.lineTo(left + width, y);
      }
    if (wide >= 5)
      for (let col = 0; col < grid.cols; col++) {
        const x = Math.round(left + (col + 0.5) * wide) + 0.5;
        ctx.moveTo(x, top);
        ctx.lineTo(x, top + height);
      }
    ctx.stroke();

    const [low, top_] = extent([grid.values]);
    const most = Math.max(Math.abs(low), Math.abs(top_), typeof spec.max === "number" ? Math.abs(spec.max) : 0) || 1;
    const largest = Math.min(wide, high) * 0.47;
    const step = Math.ceil(grid.values.length / MOST_CIRCLES);
    const perRow = Math.max(spec.backgroundColor?.length ?? 0, spec.borderColor?.length ?? 0) > 1;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    for (let at = 0; at < grid.values.length; at += step) {
      const value = grid.values[at] as number;
      if (!value) continue;
      const row = Math.floor(at / grid.cols);
      const x = left + ((at % grid.cols) + 0.5) * wide;
      const y = top + (row + 0.5) * high;
      const share = Math.min(1, Math.abs(value) / most);
      const radius = Math.max(1, largest * Math.sqrt(share));
      const colour = fillColour(spec, theme.name, perRow ? row : 0);
      ctx.beginPath();
      ctx.arc(x, y, radius, 0, Math.PI * 2);
      // Below zero a circle is hollow.
      ctx.fillStyle = value > 0 ? withAlpha(colour, 0.62 + Math.round(share * 8) * 0.04) : theme.surface;
      ctx.fill();
      ctx.strokeStyle = colour;
      ctx.lineWidth = value > 0 ? 1 : 2;
      ctx.stroke();
      if (radius < ROOM_FOR_NUMBER) continue;
      const text = formatValue(value, { decimals: spec.decimals });
      if (ctx.measureText(text).width > radius * 1.8) continue;
      ctx.fillStyle = value > 0 ? (theme.name === "dark" ? "#081018" : "#ffffff") : theme.ink;
      ctx.fillText(text, x, y + 0.5);
    }
    drawNames(ctx, plot, grid, names, theme);
    this.#reader.drawCursor(ctx, theme);
    this.#sheet.describe(`${titleOf(spec)}: ${grid.rows} rows, ${grid.cols} columns, up to ${formatValue(most, spec)}`);
    this.#reader.read();
  }

  resize(width: number, height: number): void {
    this.#sheet.resize(width, height);
  }

  restyle(): void {
    // All looks are read at each draw.
  }

  destroy(): void {
    this.#sheet.destroy();
    this.#reader.destroy();
  }
}
