/**
 * `line` and `area`: uPlot for axes, scales and the cursor; the lines themselves by our own path builder, straight from the ring's
 * typed arrays. uPlot's own builder wants `null` for gaps, which a typed array can't hold.
 */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { formatTicks, formatTime, formatValue } from "../lib/format";
import { axisTitle, seriesName } from "../lib/labels";
import { type Level, levelAt, levelsOf } from "../lib/levels";
import type { Stretch } from "../lib/moment";
import { seriesColour } from "../lib/palette";
import { inOrder, type SampleView } from "../lib/ring";
import { extent, valueRange } from "../lib/scale";
import { withAlpha } from "../lib/theme";
import { followHand } from "./gestures";
import type { Panel, PanelContext, Readout } from "./panel";
import { lostStretches, traceLine } from "./paths";

const RIGHT_PADDING = 12;
/** Half of a digit's width in an 11 px font. */
const HALF_DIGIT = 3.3;

/**
 * From this many samples a pixel a line is one pixel thin: wider it is mud. Where Chromium draws without a GPU it is also what keeps a
 * board alive: 20 charts of 4 × 1,000 samples at 20 Hz take 22 ms of script a tick at one pixel, and can't be drawn in time at 1.75.
 */
const DENSE = 1.5;

const EMPTY: SampleView = {
  length: 0,
  time: new Float64Array(),
  offset: new Float64Array(),
  columns: [],
  sorted: true,
};

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new LinePanel(host, context);
}

class LinePanel implements Panel {
  readonly #host: HTMLElement;
  readonly #context: PanelContext;
  readonly #hidden = new Set<number>();
  #plot: uPlot | undefined;
  #view: SampleView = EMPTY;
  /** The stretch of time that the axis shows; undefined: all of the samples. */
  #window: Stretch | undefined;
  #colours: string[] = [];
  #levels: Level[] = [];
  #width = 0;
  #height = 0;
  /** Index under the pointer, or null. */
  #hover: number | null = null;

  constructor(host: HTMLElement, context: PanelContext) {
    this.#host = host;
    this.#context = context;
  }

  draw(): void {
    const spec = this.#context.spec();
    const excerpt = this.#context.excerpt();
    this.#view = inOrder(excerpt.series());
    this.#window = excerpt.window;
    if (this.#width < 20 || this.#height < 20) return;
    const series = Math.max(1, this.#view.columns.length);
    if (this.#plot === undefined || this.#plot.series.length !== series + 1) this.#build(series);
    const plot = this.#plot as uPlot;
    const { from, to } = this.#window ?? this.#stretch();
    const shown = this.#view.columns.filter((_, k) => !this.#hidden.has(k));
    const [low, high] = valueRange(extent(shown, spec.log === true), { ...spec, zero: spec.type === "area" });
    plot.batch(() => {
      plot.setData(this.#data(series), false);
      plot.setScale("x", { min: from, max: to });
      plot.setScale("y", { min: low, max: high });
    });
    if (this.#hover !== null) this.#context.pointed();
  }

  resize(width: number, height: number): void {
    this.#width = width;
    this.#height = height;
    this.#plot?.setSize({ width, height });
  }

  restyle(): void {
    // Axes, colours and the kind of scale are fixed when a uPlot is made.
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  destroy(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  readout(): Readout {
    const spec = this.#context.spec();
    const { columns, length, time } = this.#view;
    const at = this.#hover !== null && this.#hover < length ? this.#hover : length - 1;
    return {
      entries: columns.map((column, k) => ({
        index: k,
        name: seriesName(spec, k, columns.length),
        colour: this.#colours[k] ?? "",
        value: formatValue(column[at] ?? Number.NaN, spec),
        hidden: this.#hidden.has(k),
      })),
      at: this.#hover === null || length === 0 ? "" : formatTime(time[at] as number, 100),
    };
  }

  toggle(index: number): void {
    if (!this.#hidden.delete(index)) this.#hidden.add(index);
    this.#plot?.setSeries(index + 1, { show: !this.#hidden.has(index) });
  }

  state(): { colour: string; name: string } | undefined {
    let reached: Level | undefined;
    for (const [k, column] of this.#view.columns.entries()) {
      if (this.#hidden.has(k)) continue;
      const level = levelAt(this.#levels, column[this.#view.length - 1] ?? Number.NaN);
      if (level && (reached === undefined || level.value > reached.value)) reached = level;
    }
    return reached;
  }

  /** The time that the samples span. */
  #stretch(): Stretch {
    const { time, length } = this.#view;
    if (length === 0) return { from: Date.now() - 60_000, to: Date.now() };
    const from = time[0] as number;
    const to = time[length - 1] as number;
    return to > from ? { from, to } : { from: from - 500, to: to + 500 };
  }

  #data(series: number): uPlot.AlignedData {
    const { time, columns, length } = this.#view;
    const blank = columns.length < series ? new Float64Array(length).fill(Number.NaN) : undefined;
    return [time, ...(blank ? [blank] : columns)] as unknown as uPlot.AlignedData;
  }

  #build(series: number): void {
    this.#plot?.destroy();
    const spec = this.#context.spec();
    const theme = this.#context.theme();
    this.#colours = Array.from({ length: series }, (_, k) => seriesColour(spec, theme.name, k));
    this.#levels = levelsOf(spec, theme);
    const font = `11px ${theme.font}`;
    const ratio = devicePixelRatio;
    const grid = { stroke: theme.grid, width: 1 / ratio };
    const title = axisTitle(spec);
    const filled = spec.type === "area" || isFilled(spec.fill);
    this.#plot = new uPlot(
      {
        width: this.#width,
        height: this.#height,
        ms: 1,
        padding: [10, RIGHT_PADDING, 0, 4],
        legend: { show: false },
        cursor: {
          drag: { x: false, y: false, setScale: false },
          // The time under the pointer is marked in all charts.
          sync: { key: "time", setSeries: false, scales: ["x", null] },
          y: false,
          points: {
            size: 7,
            width: 2,
            fill: theme.surface,
            stroke: (_: uPlot, k: number) => this.#colours[k - 1] ?? theme.ink,
          },
        },
        scales: {
          x: { time: true, auto: false },
          y: { auto: false, distr: spec.log ? 3 : 1 },
        },
        axes: [
          {
            font,
            stroke: theme.inkSoft,
            grid: { show: false },
            ticks: { show: false },
            gap: 7,
            size: 26,
            space: 76,
            values: (plot: uPlot, splits: number[], _: number, __: number, step: number) =>
              splits.map((time) => wholeLabel(plot, time, formatTime(time, step))),
          },
          {
            font,
            stroke: theme.inkSoft,
            grid: spec.log ? { ...grid, filter: decades } : grid,
            ticks: { show: false },
            // A log scale's steps between the powers of ten would be a fence of lines.
            ...(spec.log ? { filter: decades } : {}),
            gap: 6,
            space: (_: uPlot, __: number, ___: number, ____: number, height: number) => Math.max(30, height / 9),
            size: (_: uPlot, labels: string[] | null) => axisWidth(labels),
            ...(title ? { label: title, labelFont: font, labelSize: 16, labelGap: 0 } : {}),
            values: (_: uPlot, splits: (number | null)[]) =>
              formatTicks(
                splits.map((split) => split ?? Number.NaN),
                spec,
              ),
          },
        ],
        series: [
          {},
          ...this.#colours.map((colour, k) => ({
            show: !this.#hidden.has(k),
            auto: false,
            stroke: colour,
            width: filled ? 1.5 : 1.75,
            ...(filled ? { fill: (plot: uPlot) => shade(plot, colour) } : {}),
            points: { show: false },
            paths: (plot: uPlot, index: number) => this.#paths(plot, index, filled),
          })),
        ],
        hooks: {
          drawAxes: [(plot: uPlot) => this.#drawBehind(plot)],
          draw: [(plot: uPlot) => this.#drawHeads(plot)],
          setCursor: [
            (plot: uPlot) => {
              const hover = plot.cursor.left !== undefined && plot.cursor.left >= 0 ? (plot.cursor.idx ?? null) : null;
              if (hover === this.#hover) return;
              this.#hover = hover;
              this.#context.pointed();
            },
          ],
        },
      },
      this.#data(series),
      this.#host,
    );
    followHand(this.#plot.over, {
      shown: () => this.#window ?? this.#stretch(),
      look: (moment) => this.#context.look(moment),
    });
  }

  #paths(plot: uPlot, index: number, filled: boolean): uPlot.Series.Paths | null {
    const values = this.#view.columns[index - 1];
    const { time, offset, length } = this.#view;
    if (values === undefined || length === 0) return null;
    const { left, width, top, height } = plot.bbox;
    const { min: from = 0, max: to = 1 } = plot.scales.x as { min?: number; max?: number };
    const log = this.#context.spec().log === true;
    const scaleX = width / (to - from);
    const toY = valueToPixel(plot, log);
    const base = log ? top + height : Math.min(top + height, Math.max(top, toY(0)));
    const input = { time, offset, values, length, scaleX, shiftX: left - from * scaleX, toY, width };
    const stroke = new Path2D();
    traceLine(input, stroke, {
      // A sample between two gaps would be a line of no length: it becomes a dash that can be seen.
      runEnded: (sink, _, x, y, single) => single && sink.lineTo(x + 2, y),
    });
    let fill: Path2D | null = null;
    if (filled) {
      fill = new Path2D();
      traceLine(input, fill, {
        runEnded: (sink, fromX, toX) => {
          sink.lineTo(toX, base);
          sink.lineTo(fromX, base);
        },
      });
    }
    const thin = length > (width / devicePixelRatio) * DENSE ? { _width: 1 } : {};
    return { stroke, fill, clip: null, band: null, gaps: null, flags: 0, ...thin } as unknown as uPlot.Series.Paths;
  }

  /** What lies under the lines: stretches of lost samples, and the thresholds. */
  #drawBehind(plot: uPlot): void {
    const { ctx } = plot;
    const { left, top, width, height } = plot.bbox;
    const theme = this.#context.theme();
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    ctx.fillStyle = theme.gap;
    for (const lost of lostStretches(this.#view)) {
      const from = plot.valToPos(lost.from, "x", true);
      const to = plot.valToPos(lost.to, "x", true);
      ctx.fillRect(from, top, Math.max(3, to - from), height);
    }
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
    for (const level of this.#levels) {
      const y = Math.round(plot.valToPos(level.value, "y", true)) + 0.5;
      ctx.strokeStyle = level.colour;
      ctx.beginPath();
      ctx.moveTo(left, y);
      ctx.lineTo(left + width, y);
      ctx.stroke();
    }
    ctx.restore();
  }

  /** A dot at each line's newest value: where "now" is. */
  #drawHeads(plot: uPlot): void {
    const { columns, length, time } = this.#view;
    if (length === 0) return;
    const { ctx } = plot;
    const x = plot.valToPos(time[length - 1] as number, "x", true);
    for (const [k, column] of columns.entries()) {
      const value = column[length - 1] as number;
      if (this.#hidden.has(k) || Number.isNaN(value)) continue;
      const y = plot.valToPos(value, "y", true);
      if (y < plot.bbox.top - 1 || y > plot.bbox.top + plot.bbox.height + 1) continue;
      ctx.fillStyle = this.#colours[k] ?? "";
      ctx.beginPath();
      ctx.arc(x, y, 2.6 * devicePixelRatio, 0, Math.PI * 2);
      ctx.fill();
    }
  }
}

/** Chart.js' `fill` in all the forms that publishers send: anything but false, "false", "none" fills. */
function isFilled(fill: unknown): boolean {
  const first = Array.isArray(fill) ? fill[0] : fill;
  return first !== undefined && first !== null && first !== false && first !== "false" && first !== "none";
}

function decades(_: uPlot, splits: number[]): (number | null)[] {
  return splits.map((split) => (Math.abs(Math.log10(split) % 1) < 1e-9 ? split : null));
}

/** A time at the right edge would be cut in half there: better none. */
function wholeLabel(plot: uPlot, time: number, label: string): string {
  const room = plot.bbox.width / devicePixelRatio + RIGHT_PADDING - plot.valToPos(time, "x");
  return room < label.length * HALF_DIGIT ? "" : label;
}

function axisWidth(labels: string[] | null): number {
  let longest = 2;
  for (const label of labels ?? []) longest = Math.max(longest, label?.length ?? 0);
  // Digits of an 11 px system font are at most this wide; measuring would cost a canvas call a label.
  return Math.ceil(longest * 6.6) + 12;
}

function shade(plot: uPlot, colour: string): CanvasGradient | string {
  const { top, height } = plot.bbox;
  if (!Number.isFinite(top) || !Number.isFinite(height) || height <= 0) return withAlpha(colour, 0.2);
  const gradient = plot.ctx.createLinearGradient(0, top, 0, top + height);
  gradient.addColorStop(0, withAlpha(colour, 0.34));
  gradient.addColorStop(1, withAlpha(colour, 0.04));
  return gradient;
}

/** The value axis as one function of a number: `valToPos` looks up its scale for each sample. */
function valueToPixel(plot: uPlot, log: boolean): (value: number) => number {
  const { top, height } = plot.bbox;
  const { min = 0, max = 1 } = plot.scales.y as { min?: number; max?: number };
  const bottom = top + height;
  if (!log) {
    const scale = height / (max - min);
    return (value) => bottom - (value - min) * scale;
  }
  // What a log axis can't show (zero and below) leaves by the bottom edge.
  const floor = Math.log10(min);
  const scale = height / (Math.log10(max) - floor);
  return (value) => (value > 0 ? bottom - (Math.log10(value) - floor) * scale : bottom + height);
}
