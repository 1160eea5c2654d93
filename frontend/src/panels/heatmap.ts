/**
 * `heatmap`: one pixel a cell on a canvas of the grid's size, which the browser stretches where it puts the page together. The cost follows the
 * number of cells and not the panel's size. Names, numbers and the colour bar stand on a sheet over it, drawn anew only when they change.
 */
import { logTicks, valueTicks } from "../chart/axes";
import { formatPower, formatTicks, formatValue } from "../lib/format";
import { titleOf } from "../lib/labels";
import { extent, valueRange } from "../lib/scale";
import type { Theme } from "../lib/theme";
import type { CellGrid } from "./cell-grid";
import { COLORMAPS, type ColormapName, colormap, colourScale, isColormap } from "./colormaps";
import { lineNames } from "./grid-names";
import { CellReader, drawNames, GridFeed, type Plot, rowNameWidth } from "./grid-panel";
import type { Panel, PanelContext } from "./panel";
import { Sheet } from "./sheet";
import "./sheet.css";

const USUAL_MAP: ColormapName = "viridis";
/** Room right of the cells for the colour bar and its numbers, and below them for names of columns. */
const RIGHT = 62;
const BOTTOM = 26;
const TOP = 8;
const BAR_WIDTH = 10;

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new HeatmapPanel(host, context);
}

class HeatmapPanel implements Panel {
  readonly #context: PanelContext;
  readonly #sheet: Sheet;
  readonly #feed: GridFeed;
  readonly #choice = document.createElement("select");
  /** One pixel a cell. */
  readonly #cells = document.createElement("canvas");
  readonly #reader: CellReader;
  #image: ImageData | undefined;
  #pixels = new Uint32Array();
  #plot: Plot = { left: 0, top: 0, width: 0, height: 0 };
  /** What the sheet was drawn from; "" if it has to be drawn anew. */
  #drawn = "";

  constructor(host: HTMLElement, context: PanelContext) {
    this.#context = context;
    this.#cells.className = "cells";
    // The sheet over it has the name and the keys.
    this.#cells.setAttribute("role", "presentation");
    host.append(this.#cells);
    this.#sheet = new Sheet(host);
    this.#feed = new GridFeed(context, "add");
    this.#reader = new CellReader(host, this.#sheet.canvas, context);
    this.#choice.className = "colormap-choice";
    this.#choice.setAttribute("aria-label", "Colours");
    for (const name of COLORMAPS) {
      const option = document.createElement("option");
      option.value = option.textContent = name;
      this.#choice.append(option);
    }
    this.#choice.dataset.control = "";
    this.#choice.addEventListener("change", () => {
      context.set({ colormap: this.#choice.value === USUAL_MAP ? null : this.#choice.value });
    });
    host.append(this.#choice);
    this.restyle();
  }

  draw(): void {
    const grid = this.#feed.read();
    this.#reader.take(grid);
    if (!this.#sheet.ready) return;
    const spec = this.#context.spec();
    const empty = grid.rows === 0 || grid.cols === 0;
    this.#choice.hidden = empty || this.#sheet.width < 160;
    this.#cells.hidden = empty;
    const log = spec.log === true;
    const [low, high] = valueRange(extent([grid.values], log), spec);
    const map = colormap(isColormap(this.#choice.value) ? this.#choice.value : USUAL_MAP);
    if (!empty) this.#paint(grid, map.pixels, low, high, log);
    const key = `${grid.rows} ${grid.cols} ${low} ${high} ${this.#choice.value} ${this.#reader.key} ${devicePixelRatio}`;
    if (key !== this.#drawn) {
      this.#drawn = key;
      this.#drawSheet(grid, map.css, low, high);
    }
    if (empty) return;
    this.#sheet.describe(
      `${titleOf(spec)}: ${grid.rows} rows, ${grid.cols} columns, ${formatValue(low, spec)} to ${formatValue(high, spec)}`,
    );
    this.#reader.read();
  }

  resize(width: number, height: number): void {
    this.#sheet.resize(width, height);
    this.#drawn = "";
  }

  restyle(): void {
    const { colormap: chosen } = this.#context.settings();
    this.#choice.value = isColormap(chosen) ? chosen : USUAL_MAP;
    this.#drawn = "";
  }

  destroy(): void {
    this.#cells.remove();
    this.#sheet.destroy();
    this.#reader.destroy();
    this.#choice.remove();
  }

  /** What stands around the cells, and the ring around the chosen one. */
  #drawSheet(grid: CellGrid, css: readonly string[], low: number, high: number): void {
    const ctx = this.#sheet.begin();
    if (!ctx || grid.rows === 0 || grid.cols === 0) return;
    const spec = this.#context.spec();
    const theme = this.#context.theme();
    ctx.font = `11px ${theme.font}`;
    const names = lineNames(spec, grid);
    const left = rowNameWidth(ctx, names.rows, grid.rows, this.#sheet.width);
    const plot: Plot = {
      left,
      top: TOP,
      width: Math.max(8, this.#sheet.width - left - RIGHT),
      height: Math.max(8, this.#sheet.height - TOP - BOTTOM),
    };
    this.#plot = plot;
    this.#reader.take(grid, plot);
    const { style } = this.#cells;
    for (const side of ["left", "top", "width", "height"] as const) style[side] = `${plot[side]}px`;
    // Where several cells share a pixel they are mixed, else a single hot one could fall between two pixels.
    const crowded = grid.cols > plot.width * devicePixelRatio || grid.rows > plot.height * devicePixelRatio;
    style.imageRendering = crowded ? "auto" : "pixelated";
    drawNames(ctx, plot, grid, names, theme);
    this.#drawBar(ctx, css, low, high, theme);
    this.#reader.drawCursor(ctx, theme);
  }

  #paint(grid: CellGrid, pixels: Uint32Array, low: number, high: number, log: boolean): void {
    const { rows, cols, values } = grid;
    if (this.#image?.width !== cols || this.#image.height !== rows) {
      this.#cells.width = cols;
      this.#cells.height = rows;
      this.#image = new ImageData(cols, rows);
      this.#pixels = new Uint32Array(this.#image.data.buffer);
    }
    const target = this.#pixels;
    if (log) {
      const scale = colourScale(low, high, true);
      for (let i = 0; i < values.length; i++) {
        const value = values[i] as number;
        target[i] = Number.isNaN(value) ? 0 : (pixels[scale(value)] as number);
      }
    } else {
      const factor = high > low ? 255.999 / (high - low) : 0;
      for (let i = 0; i < values.length; i++) {
        const value = values[i] as number;
        // A comparison with NaN is false: what is no number stays transparent.
        const place = (value - low) * factor;
        target[i] =
          place >= 255
            ? (pixels[255] as number)
            : place > 0
              ? (pixels[place | 0] as number)
              : value <= low
                ? (pixels[0] as number)
                : 0;
      }
    }
    this.#cells.getContext("2d")?.putImageData(this.#image, 0, 0);
  }

  #drawBar(ctx: CanvasRenderingContext2D, css: readonly string[], low: number, high: number, theme: Theme): void {
    const { left, top, width, height } = this.#plot;
    const spec = this.#context.spec();
    const x = left + width + 12;
    const shade = ctx.createLinearGradient(0, top + height, 0, top);
    for (let i = 0; i <= 16; i++) shade.addColorStop(i / 16, css[Math.min(255, i * 16)] as string);
    ctx.fillStyle = shade;
    ctx.beginPath();
    ctx.roundRect(x, top, BAR_WIDTH, height, 3);
    ctx.fill();
    ctx.fillStyle = theme.inkSoft;
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    const log = spec.log === true && low > 0;
    const space = height / Math.max(2, Math.min(6, height / 34));
    const ticks = (log ? logTicks : valueTicks)(low, high, height, space);
    const labels = log ? ticks.map(formatPower) : formatTicks(ticks, spec);
    for (const [i, tick] of ticks.entries()) {
      const share = log
        ? (Math.log(tick) - Math.log(low)) / (Math.log(high) - Math.log(low))
        : (tick - low) / (high - low);
      const y = Math.min(top + height - 5, Math.max(top + 5, top + height * (1 - share)));
      ctx.fillText(labels[i] ?? "", x + BAR_WIDTH + 5, y);
    }
  }
}
