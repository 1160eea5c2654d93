/** `stat`: one number large enough to read across a room, how it changed, and where it came from. */

import { traceLine } from "../chart/paths";
import { formatParts, formatRange, formatSpan, formatValue } from "../lib/format";
import { type Level, levelAt, levelsOf } from "../lib/levels";
import { seriesColour } from "../lib/palette";
import { bounded, extent } from "../lib/scale";
import { withAlpha } from "../lib/theme";
import type { Panel, PanelContext } from "./panel";

/** Longer units stand small beside the number, and there alone. */
const WIDE_UNIT = 6;

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new StatPanel(host, context);
}

class StatPanel implements Panel {
  readonly #context: PanelContext;
  readonly #canvas = document.createElement("canvas");
  readonly #box = element("div", "stat");
  readonly #digits = element("span", "stat-digits");
  readonly #unit = element("span", "stat-unit");
  readonly #delta = element("span", "stat-delta");
  readonly #range = element("span", "stat-range");
  #width = 0;
  #height = 0;
  #level: Level | undefined;

  constructor(host: HTMLElement, context: PanelContext) {
    this.#context = context;
    this.#canvas.className = "stat-line";
    const value = element("p", "stat-value");
    value.append(this.#digits, this.#unit);
    const notes = element("p", "stat-notes");
    notes.append(this.#delta, this.#range);
    this.#box.append(value, notes);
    host.append(this.#canvas, this.#box);
  }

  draw(): void {
    const spec = this.#context.spec();
    const view = this.#context.excerpt().series();
    const column = view.columns[0] ?? new Float64Array();
    const last = column[view.length - 1] ?? Number.NaN;
    const first = column.find((value) => !Number.isNaN(value)) ?? Number.NaN;
    const [low, high] = extent([column]);
    this.#level = levelAt(levelsOf(spec, this.#context.theme()), last);

    const parts = formatParts(last, spec);
    // Changes in the number's own precision: 1916 that rose by 8.769 would look more exact than it is.
    const decimals = spec.decimals ?? Math.min(3, parts.digits.split(".")[1]?.length ?? 0);
    this.#digits.textContent = parts.digits;
    this.#unit.textContent = parts.unit;
    this.#box.style.setProperty("--stat-colour", this.#level?.colour ?? "");
    this.#unit.title = parts.unit;
    const wide = parts.unit.length > WIDE_UNIT;
    this.#box.dataset.wide = String(wide);
    this.#box.dataset.long = String(parts.digits.length > 7);

    const span = view.length > 1 ? (view.time[view.length - 1] as number) - (view.time[0] as number) : 0;
    if (span > 0 && !Number.isNaN(last) && !Number.isNaN(first)) {
      const change = last - first;
      const arrow = change > 0 ? "▲" : change < 0 ? "▼" : "■";
      this.#delta.textContent = `${arrow} ${formatValue(Math.abs(change), { unit: wide ? "" : spec.unit, decimals })} in ${formatSpan(span)}`;
      this.#range.textContent = formatRange(low, high, { unit: spec.unit, decimals }, parts.unit);
    } else this.#delta.textContent = this.#range.textContent = "";
    this.#sparkline(view.time, view.offset, column, view.length, low, high);
  }

  resize(width: number, height: number): void {
    this.#width = width;
    this.#height = height;
    this.#canvas.width = Math.round(width * devicePixelRatio);
    this.#canvas.height = Math.round(height * devicePixelRatio);
  }

  restyle(): void {
    // Colours are read at each draw.
  }

  destroy(): void {
    this.#canvas.remove();
    this.#box.remove();
  }

  state(): { colour: string; name: string } | undefined {
    return this.#level;
  }

  /** Along the panel's lower half, behind the number. */
  #sparkline(
    time: Float64Array,
    offset: Float64Array,
    values: Float64Array,
    length: number,
    low: number,
    high: number,
  ): void {
    const ctx = this.#canvas.getContext("2d");
    if (!ctx) return;
    ctx.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    ctx.clearRect(0, 0, this.#width, this.#height);
    if (length < 2 || Number.isNaN(low)) return;
    const spec = this.#context.spec();
    const colour = this.#level?.colour ?? seriesColour(spec, this.#context.theme().name, 0);
    const bottom = this.#height;
    const room = Math.max(10, this.#height * 0.33);
    const from = time[0] as number;
    const scaleX = this.#width / Math.max(1, (time[length - 1] as number) - from);
    const floor = bounded(low);
    const span = bounded(high) - floor;
    const scaleY = span > 0 ? (room - 6) / span : 0;
    const toY = (value: number): number => bottom - 4 - (scaleY === 0 ? (room - 6) / 3 : (value - floor) * scaleY);
    const input = { time, offset, values, length, scaleX, shiftX: -from * scaleX, toY, width: this.#width };
    const fill = new Path2D();
    traceLine(input, fill, {
      runEnded: (sink, fromX, toX) => {
        sink.lineTo(toX, bottom);
        sink.lineTo(fromX, bottom);
      },
    });
    const shade = ctx.createLinearGradient(0, bottom - room, 0, bottom);
    shade.addColorStop(0, withAlpha(colour, 0.26));
    shade.addColorStop(1, withAlpha(colour, 0.02));
    ctx.fillStyle = shade;
    ctx.fill(fill);
    const stroke = new Path2D();
    traceLine(input, stroke);
    ctx.strokeStyle = withAlpha(colour, 0.85);
    ctx.lineWidth = 1.5;
    ctx.lineJoin = "round";
    ctx.stroke(stroke);
  }
}

function element(tag: string, name: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = name;
  return made;
}
