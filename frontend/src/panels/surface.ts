/** `surface`: a matrix of heights as a landscape that can be turned, coloured by height and lit from one side. */
import { formatValue } from "../lib/format";
import { titleOf } from "../lib/labels";
import { extent, valueRange } from "../lib/scale";
import { colormap, colourScale } from "./colormaps";
import type { Panel, PanelContext } from "./panel";
import { type CursorStep, drawBox, Lens, type Projected, type Range } from "./space";
import { type Scene, SpaceStage } from "./space-stage";
import { readSurface, type Surface } from "./space-values";

/** Brightness in so many steps: colours are made once and not a quad. */
const SHADES = 12;
const REACH = 10;

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new SurfacePanel(host, context);
}

/** The colour map in all its brightnesses. */
let shaded: string[][] | undefined;

function shades(): string[][] {
  shaded ??= Array.from({ length: SHADES }, (_, k) => {
    const light = 0.62 + (0.5 * k) / (SHADES - 1);
    return colormap("viridis").css.map((colour) => {
      const parts = (colour.match(/\d+/g) ?? []).map((part) => Math.min(255, Math.round(Number(part) * light)));
      return `rgb(${parts.join(",")})`;
    });
  });
  return shaded;
}

class SurfacePanel implements Panel, Scene {
  readonly #context: PanelContext;
  readonly #stage: SpaceStage;
  #surface: Surface | undefined;
  places: Projected[] = [];
  #cell: { row: number; col: number } | undefined;

  constructor(host: HTMLElement, context: PanelContext) {
    this.#context = context;
    this.#stage = new SpaceStage(host, context, this, REACH);
  }

  draw(): void {
    const spec = this.#context.spec();
    const theme = this.#context.theme();
    const surface = readSurface(this.#context.excerpt().newest()?.value);
    this.#surface = surface;
    this.places = [];
    const ctx = this.#stage.sheet.begin();
    if (!ctx || surface === undefined) return;
    const height = valueRange(extent([surface.heights]), { min: spec.min, max: spec.max });
    const ranges: [Range, Range, Range] = [[0, surface.cols - 1], [0, surface.rows - 1], height];
    const lens = new Lens(this.#stage.control.orbit, ranges, this.#stage.sheet.width, this.#stage.sheet.height);
    const named = spec.label && spec.label.length >= 3 ? spec.label : ["column", "row", ""];
    drawBox(ctx, lens, theme, spec, named);
    const wide = surface.colsAt.length;
    const high = surface.rowsAt.length;
    const { heights } = surface;
    for (let row = 0; row < high; row++) {
      for (let col = 0; col < wide; col++) {
        const z = heights[row * wide + col] as number;
        this.places.push(
          lens.point(surface.colsAt[col] as number, surface.rowsAt[row] as number, Number.isNaN(z) ? height[0] : z),
        );
      }
    }
    this.#drawQuads(ctx, lens, surface, height);
    this.#stage.sheet.describe(
      `${titleOf(spec)}: ${surface.rows} rows, ${surface.cols} columns, heights from ${formatValue(height[0], spec)} to ${formatValue(height[1], spec)}`,
    );
    this.#stage.finish(ctx);
  }

  resize(width: number, height: number): void {
    this.#stage.sheet.resize(width, height);
  }

  restyle(): void {
    // All looks are read at each draw.
  }

  destroy(): void {
    this.#stage.destroy();
  }

  /** From the far corner to the near one: heights over a grid need no other order. */
  #drawQuads(
    ctx: CanvasRenderingContext2D,
    lens: Lens,
    surface: Surface,
    [low, high]: readonly [number, number],
  ): void {
    const wide = surface.colsAt.length;
    const tall = surface.rowsAt.length;
    const { heights } = surface;
    const { far } = lens;
    const colours = shades();
    const scale = colourScale(low, high);
    const slope = 1 / (high - low);
    ctx.lineJoin = "round";
    ctx.lineWidth = 0.7;
    for (let i = 0; i < tall - 1; i++) {
      const row = far.y > 0 ? tall - 2 - i : i;
      for (let k = 0; k < wide - 1; k++) {
        const col = far.x > 0 ? wide - 2 - k : k;
        const a = row * wide + col;
        const [b, c, d] = [a + 1, a + wide + 1, a + wide];
        const [ha, hb, hc, hd] = [heights[a], heights[b], heights[c], heights[d]] as [number, number, number, number];
        const mean = (ha + hb + hc + hd) / 4;
        if (Number.isNaN(mean)) continue;
        // Light falls from the left and the front: what rises towards it is bright. Of heights that overflow there is no tilt.
        const tilt = (hb + hc - ha - hd) * slope * wide * 0.035 + (hd + hc - ha - hb) * slope * tall * 0.05;
        const shade = Math.max(0, Math.min(SHADES - 1, Math.round((0.55 + tilt) * (SHADES - 1)) || 0));
        const colour = (colours[shade] as string[])[scale(mean)] as string;
        const [pa, pb, pc, pd] = [this.places[a], this.places[b], this.places[c], this.places[d]] as [
          Projected,
          Projected,
          Projected,
          Projected,
        ];
        ctx.beginPath();
        ctx.moveTo(pa.x, pa.y);
        ctx.lineTo(pb.x, pb.y);
        ctx.lineTo(pc.x, pc.y);
        ctx.lineTo(pd.x, pd.y);
        ctx.closePath();
        ctx.fillStyle = ctx.strokeStyle = colour;
        ctx.fill();
        // Without it the ground shines through between neighbours.
        ctx.stroke();
      }
    }
  }

  /** The corner of the net that the keys have chosen. */
  get chosen(): number {
    if (this.#surface === undefined || this.#cell === undefined) return -1;
    return this.#cell.row * this.#surface.colsAt.length + this.#cell.col;
  }

  step(step: CursorStep): void {
    const { colsAt, rowsAt } = this.#surface ?? { colsAt: [], rowsAt: [] };
    if (colsAt.length === 0 || rowsAt.length === 0) return;
    const last = { row: rowsAt.length - 1, col: colsAt.length - 1 };
    if (step === "first" || this.#cell === undefined) this.#cell = { row: 0, col: 0 };
    else if (step === "last") this.#cell = last;
    else {
      this.#cell = {
        row: Math.max(0, Math.min(last.row, this.#cell.row + step.across)),
        col: Math.max(0, Math.min(last.col, this.#cell.col + step.along)),
      };
    }
  }

  words(index: number): string[] {
    const surface = this.#surface;
    if (surface === undefined) return [];
    const wide = surface.colsAt.length;
    const height = surface.heights[index] ?? Number.NaN;
    return [
      Number.isNaN(height) ? "no value" : formatValue(height, this.#context.spec()),
      `row ${surface.rowsAt[Math.floor(index / wide)]} · column ${surface.colsAt[index % wide]}`,
    ];
  }
}
