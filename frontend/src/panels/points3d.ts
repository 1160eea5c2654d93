/** `scatter3d` and `line3d`: the newest points in a box that can be turned, coloured by height, with their shadow on the floor. */
import { formatValue } from "../lib/format";
import { titleOf } from "../lib/labels";
import { isColour } from "../lib/palette";
import { extent, valueRange } from "../lib/scale";
import { withAlpha } from "../lib/theme";
import { shownSamples } from "../lib/types";
import { colormap } from "./colormaps";
import type { Panel, PanelContext } from "./panel";
import { type CursorStep, drawBox, Lens, type Projected, type Range } from "./space";
import { type Scene, SpaceStage } from "./space-stage";
import { newestPoints3, type Point3 } from "./space-values";

/** A line's older pieces are fainter: in so many steps, a stroke each. */
const AGES = 24;
/** Pixels within which a point is under the pointer. */
const REACH = 12;

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new Points3Panel(host, context);
}

class Points3Panel implements Panel, Scene {
  readonly #context: PanelContext;
  readonly #stage: SpaceStage;
  #points: Point3[] = [];
  places: Projected[] = [];
  #back: number | undefined;

  constructor(host: HTMLElement, context: PanelContext) {
    this.#context = context;
    this.#stage = new SpaceStage(host, context, this, REACH);
  }

  draw(): void {
    const spec = this.#context.spec();
    const theme = this.#context.theme();
    this.#points = newestPoints3(
      this.#context
        .excerpt()
        .values()
        .map((sample) => sample.value),
      shownSamples(spec),
    );
    const ctx = this.#stage.sheet.begin();
    if (!ctx) return;
    const axis = (k: 0 | 1 | 2, wish = {}): Range => valueRange(extent([this.#points.map((point) => point[k])]), wish);
    const ranges: [Range, Range, Range] = [axis(0), axis(1), axis(2, { min: spec.min, max: spec.max })];
    const lens = new Lens(this.#stage.control.orbit, ranges, this.#stage.sheet.width, this.#stage.sheet.height);
    drawBox(ctx, lens, theme, spec, spec.label && spec.label.length >= 3 ? spec.label : ["x", "y", "z"]);
    this.places = this.#points.map(([x, y, z]) => lens.point(x, y, z));
    const asked = [spec.borderColor?.[0], spec.backgroundColor?.[0]].find((colour) => isColour(colour));
    const [low, high] = ranges[2];
    const { css } = colormap("viridis");
    // The map's ends would vanish on the ground: its dark one at night, its yellow one by day.
    const [first, last] = theme.name === "dark" ? [70, 255] : [0, 215];
    const colourAt = (z: number): string => {
      if (asked !== undefined) return asked;
      const share = high > low ? Math.max(0, Math.min(1, (z - low) / (high - low))) : 0.5;
      return css[Math.round(first + share * (last - first))] as string;
    };
    const floor = ranges[2][0];
    if (spec.type === "line3d") this.#drawLine(ctx, lens, floor, colourAt, theme.grid);
    else this.#drawCloud(ctx, lens, floor, colourAt, theme.grid);
    const newest = this.#points[this.#points.length - 1];
    this.#stage.sheet.describe(
      `${titleOf(spec)}: ${this.#points.length} points${newest ? `, the newest at ${newest.map((v) => formatValue(v)).join(", ")}` : ""}`,
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

  #drawCloud(
    ctx: CanvasRenderingContext2D,
    lens: Lens,
    floor: number,
    colourAt: (z: number) => string,
    shadow: string,
  ): void {
    // One path: shadows that lie on one another do not add up to black.
    ctx.fillStyle = shadow;
    ctx.beginPath();
    for (const [x, y] of this.#points) {
      const at = lens.point(x, y, floor);
      ctx.rect(at.x - 1.5, at.y - 0.75, 3, 1.5);
    }
    ctx.fill();
    const order = Array.from(this.places.keys()).sort(
      (a, b) => (this.places[b] as Projected).depth - (this.places[a] as Projected).depth,
    );
    const radius = this.#points.length > 3_000 ? 1.6 : 3.1;
    for (const i of order) {
      const { x, y, size, depth } = this.places[i] as Projected;
      ctx.globalAlpha = Math.max(0.45, Math.min(0.95, 0.75 - depth * 0.22));
      ctx.fillStyle = colourAt((this.#points[i] as Point3)[2]);
      ctx.beginPath();
      ctx.arc(x, y, radius * size, 0, Math.PI * 2);
      ctx.fill();
    }
    ctx.globalAlpha = 1;
  }

  #drawLine(
    ctx: CanvasRenderingContext2D,
    lens: Lens,
    floor: number,
    colourAt: (z: number) => string,
    shadow: string,
  ): void {
    ctx.lineJoin = ctx.lineCap = "round";
    ctx.strokeStyle = shadow;
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    for (const [i, [x, y]] of this.#points.entries()) {
      const at = lens.point(x, y, floor);
      if (i === 0) ctx.moveTo(at.x, at.y);
      else ctx.lineTo(at.x, at.y);
    }
    ctx.stroke();
    const piece = Math.max(1, Math.ceil((this.places.length - 1) / AGES));
    ctx.lineWidth = 2;
    for (let start = 0; start + 1 < this.places.length; start += piece) {
      const end = Math.min(this.places.length - 1, start + piece);
      const share = end / (this.places.length - 1);
      ctx.strokeStyle = withAlpha(
        colourAt((this.#points[(start + end) >> 1] as Point3)[2]),
        Math.round((0.3 + share * 0.7) * 20) / 20,
      );
      ctx.beginPath();
      for (let i = start; i <= end; i++) {
        const { x, y } = this.places[i] as Projected;
        if (i === start) ctx.moveTo(x, y);
        else ctx.lineTo(x, y);
      }
      ctx.stroke();
    }
    const last = this.places[this.places.length - 1];
    if (last === undefined) return;
    ctx.fillStyle = colourAt((this.#points[this.#points.length - 1] as Point3)[2]);
    ctx.beginPath();
    ctx.arc(last.x, last.y, 4, 0, Math.PI * 2);
    ctx.fill();
  }

  /** The point that the keys have chosen, counted from the newest, so that it stays while others come. */
  get chosen(): number {
    if (this.#back === undefined || this.#points.length === 0) return -1;
    return Math.max(0, this.#points.length - 1 - this.#back);
  }

  step(step: CursorStep): void {
    const last = this.#points.length - 1;
    if (last < 0) return;
    const before = this.#back === undefined ? last + (step === "first" ? 0 : 1) : this.chosen;
    const at = step === "first" ? 0 : step === "last" ? last : before + step.along + step.across;
    this.#back = last - Math.max(0, Math.min(last, at));
  }

  words(index: number): string[] {
    const spec = this.#context.spec();
    const names = spec.label && spec.label.length >= 3 ? spec.label : ["x", "y", "z"];
    const point = this.#points[index] ?? [];
    return point.map((value, k) => `${names[k]} ${k === 2 ? formatValue(value, spec) : formatValue(value)}`);
  }
}
