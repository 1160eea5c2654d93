/** What a heatmap and a bubble matrix have in common: their grid kept up with the stream, names of rows and columns, and the axes that show them. */
import { formatCount, formatValue } from "../lib/format";
import type { Theme } from "../lib/theme";
import { shownSamples } from "../lib/types";
import type { Spec } from "../wire";
import { CellGrid, type GridForm } from "./cell-grid";
import { lineNames } from "./grid-names";
import type { PanelContext } from "./panel";
import { fitted, followPointer, Tip } from "./sheet";

/** Keeps a grid up with its stream: takes what is new, and begins again when the stream did, or the grid's form changed. */
export class GridFeed {
  readonly #context: PanelContext;
  readonly #mode: GridForm["mode"];
  #grid: CellGrid | undefined;
  #form = "";
  #drawn = 0;

  constructor(context: PanelContext, mode: GridForm["mode"]) {
    this.#context = context;
    this.#mode = mode;
  }

  read(): CellGrid {
    const excerpt = this.#context.excerpt();
    const spec = this.#context.spec();
    // Only a heatmap's hints are a grid's size; a bubble matrix's are its panel's.
    const fixed = this.#mode === "add" ? { rows: size(spec.height), cols: size(spec.width) } : {};
    const form = JSON.stringify([excerpt.take, shownSamples(spec), fixed]);
    if (this.#grid === undefined || form !== this.#form) {
      this.#grid = new CellGrid({ mode: this.#mode, window: shownSamples(spec), ...fixed });
      this.#form = form;
      this.#drawn = 0;
    }
    const samples = excerpt.values(this.#drawn);
    if (samples.length > 0) {
      this.#grid.take(samples.map((sample) => sample.value));
      this.#drawn = samples[samples.length - 1]?.offset ?? this.#drawn;
    }
    return this.#grid;
  }
}

function size(value: number | null | undefined): number | undefined {
  return typeof value === "number" && value >= 1 ? Math.floor(value) : undefined;
}

export interface Plot {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Pixels for the names of rows: as wide as the widest, up to a quarter of the panel. */
export function rowNameWidth(
  ctx: CanvasRenderingContext2D,
  names: string[] | undefined,
  rows: number,
  width: number,
): number {
  const texts = names ?? [String(Math.max(0, rows - 1))];
  let widest = 12;
  for (const text of texts.slice(0, 60)) widest = Math.max(widest, ctx.measureText(text).width);
  return Math.ceil(Math.min(widest, width / 4)) + 12;
}

/** Names along the left and the lower edge, as many as have room. */
export function drawNames(
  ctx: CanvasRenderingContext2D,
  plot: Plot,
  grid: { rows: number; cols: number },
  names: { rows?: string[]; cols?: string[] },
  theme: Theme,
): void {
  ctx.fillStyle = theme.inkSoft;
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  const high = plot.height / grid.rows;
  const rowStep = every(grid.rows, plot.height, 16, names.rows !== undefined);
  for (let row = 0; row < grid.rows; row += rowStep) {
    const name = fitted(ctx, names.rows?.[row] ?? String(row), plot.left - 10);
    ctx.fillText(name, plot.left - 6, plot.top + (row + 0.5) * high);
  }
  ctx.textAlign = "center";
  const wide = plot.width / grid.cols;
  let widest = ctx.measureText(String(grid.cols)).width;
  for (const name of names.cols?.slice(0, 200) ?? [])
    widest = Math.max(widest, Math.min(70, ctx.measureText(name).width));
  const colStep = every(grid.cols, plot.width, widest + 10, names.cols !== undefined);
  for (let col = 0; col < grid.cols; col += colStep) {
    const name = fitted(ctx, names.cols?.[col] ?? String(col), Math.max(colStep * wide - 4, 24));
    ctx.fillText(name, plot.left + (col + 0.5) * wide, plot.top + plot.height + 11);
  }
}

/** Every how many lines a name fits; numbers go in steps that people count in. */
export function every(lines: number, room: number, each: number, named: boolean): number {
  const least = Math.max(1, Math.ceil((lines * each) / Math.max(1, room)));
  if (named || least === 1) return least;
  const power = 10 ** Math.floor(Math.log10(least));
  for (const lead of [1, 2, 5, 10]) if (lead * power >= least) return lead * power;
  return least;
}

/** What there is to say about the cell under the pointer. */
export function cellUnder(
  at: { x: number; y: number } | undefined,
  grid: CellGrid | undefined,
  plot: Plot,
  spec: Spec,
): string[] | undefined {
  if (at === undefined || grid === undefined) return undefined;
  const col = Math.floor(((at.x - plot.left) / plot.width) * grid.cols);
  const row = Math.floor(((at.y - plot.top) / plot.height) * grid.rows);
  if (!(row >= 0 && col >= 0 && row < grid.rows && col < grid.cols)) return undefined;
  const names = lineNames(spec, grid);
  return [
    formatValue(grid.values[row * grid.cols + col] as number, spec),
    `${names.rows?.[row] ?? `row ${row}`} · ${names.cols?.[col] ?? `column ${col}`}`,
    ...(grid.outside > 0 ? [`${formatCount(grid.outside)} outside of the grid`] : []),
  ];
}

/** Goes from cell to cell with the arrow keys. Where it stands the note shows what it would under the pointer. */
export class CellCursor {
  #cell: { row: number; col: number } | undefined;

  /** `stepped` is called after each step, and when the cursor goes. */
  constructor(canvas: HTMLCanvasElement, grid: () => CellGrid | undefined, stepped: () => void) {
    canvas.tabIndex = 0;
    canvas.addEventListener("keydown", (event) => {
      const now = grid();
      const step = Object.hasOwn(STEPS, event.key) ? STEPS[event.key] : undefined;
      if (now === undefined || now.rows === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
      if (step === undefined && (event.key !== "Escape" || this.#cell === undefined)) return;
      event.preventDefault();
      event.stopPropagation();
      const { row, col } = this.#cell ?? { row: 0, col: 0 };
      if (step === undefined) this.#cell = undefined;
      else if (this.#cell === undefined) this.#cell = { row, col };
      else this.#cell = { row: within(row + step[0], now.rows), col: within(col + step[1], now.cols) };
      stepped();
    });
    canvas.addEventListener("blur", () => {
      this.#cell = undefined;
      stepped();
    });
  }

  /** Which cell it is, as a text that changes with it. */
  get key(): string {
    return this.#cell === undefined ? "" : `${this.#cell.row},${this.#cell.col}`;
  }

  /** The middle of the cell. */
  at(grid: { rows: number; cols: number } | undefined, plot: Plot): { x: number; y: number } | undefined {
    if (this.#cell === undefined || grid === undefined || grid.rows === 0) return undefined;
    return {
      x: plot.left + ((within(this.#cell.col, grid.cols) + 0.5) / grid.cols) * plot.width,
      y: plot.top + ((within(this.#cell.row, grid.rows) + 0.5) / grid.rows) * plot.height,
    };
  }
}

/** Tells people of a cell: of the one under the pointer, else of the one that the keys have chosen. */
export class CellReader {
  readonly #context: PanelContext;
  readonly #tip: Tip;
  readonly #cursor: CellCursor;
  readonly #pointer: { readonly at: { x: number; y: number } | undefined };
  #grid: CellGrid | undefined;
  #plot: Plot = { left: 0, top: 0, width: 0, height: 0 };

  constructor(host: HTMLElement, canvas: HTMLCanvasElement, context: PanelContext) {
    this.#context = context;
    this.#tip = new Tip(host);
    this.#pointer = followPointer(canvas, () => this.read());
    this.#cursor = new CellCursor(
      canvas,
      () => this.#grid,
      () => {
        this.#tip.say(this.#words(this.#chosen) ?? []);
        context.changed();
      },
    );
  }

  /** Changes with the cell that the keys have chosen. */
  get key(): string {
    return this.#cursor.key;
  }

  /** What is read from now on, and where it stands. */
  take(grid: CellGrid, plot = this.#plot): void {
    this.#grid = grid;
    this.#plot = plot;
  }

  drawCursor(ctx: CanvasRenderingContext2D, theme: Theme): void {
    if (this.#grid) drawCursor(ctx, this.#chosen, this.#grid, this.#plot, theme);
  }

  /** Also after a draw, since the value may have changed. */
  read(): void {
    const at = this.#pointer.at ?? this.#chosen;
    const words = this.#words(at);
    if (at && words) this.#tip.show(at.x, at.y, words);
    else this.#tip.hide();
  }

  destroy(): void {
    this.#tip.destroy();
  }

  get #chosen(): { x: number; y: number } | undefined {
    return this.#cursor.at(this.#grid, this.#plot);
  }

  #words(at: { x: number; y: number } | undefined): string[] | undefined {
    return cellUnder(at, this.#grid, this.#plot, this.#context.spec());
  }
}

const STEPS: Record<string, readonly [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

function within(at: number, count: number): number {
  return Math.max(0, Math.min(count - 1, at));
}

/** A ring around the cell that the keys have chosen. */
export function drawCursor(
  ctx: CanvasRenderingContext2D,
  at: { x: number; y: number } | undefined,
  grid: { rows: number; cols: number },
  plot: Plot,
  theme: Theme,
): void {
  if (at === undefined) return;
  const wide = Math.max(8, plot.width / grid.cols);
  const high = Math.max(8, plot.height / grid.rows);
  for (const [colour, width] of [
    [theme.surface, 5],
    [theme.accent, 2],
  ] as const) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.strokeRect(at.x - wide / 2, at.y - high / 2, wide, high);
  }
}
