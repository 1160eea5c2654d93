/** `line` and `area`: what there is to see becomes a frame, which is painted elsewhere; the pointer's marks are elements over it. */
import { TimeCursor } from "../chart/cursor";
import type { Frame, Line } from "../chart/frame";
import { type Layout, layOut } from "../chart/layout";
import { lostStretches } from "../chart/paths";
import { onRatioChange } from "../chart/ratio";
import { copySamples } from "../chart/samples";
import { Surface } from "../chart/surface";
import { formatTime, formatValue } from "../lib/format";
import { axisTitle, seriesName } from "../lib/labels";
import { type Level, levelAt, levelsOf } from "../lib/levels";
import type { Stretch } from "../lib/moment";
import { seriesColour } from "../lib/palette";
import { inOrder, nearest, type SampleView, within } from "../lib/ring";
import { extent, valueRange } from "../lib/scale";
import { withAlpha } from "../lib/theme";
import { followHand } from "./gestures";
import type { Panel, PanelContext, Readout } from "./panel";

/**
 * From this many samples a pixel a line is one pixel thin: wider it is mud. It is also what a browser without a GPU can paint: 20 charts of
 * 4 × 1,000 samples take 15 ms of its time at one pixel, and 110 at 1.75, since only the thinnest lines have a short way.
 */
const DENSE = 1.5;
const WIDTH = 1.75;
const FILLED_WIDTH = 1.5;

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
  readonly #context: PanelContext;
  readonly #surface: Surface;
  readonly #cursor: TimeCursor;
  readonly #deafen: () => void;
  readonly #hidden = new Set<number>();
  #view: SampleView = EMPTY;
  /** The stretch of time that the axis shows; undefined: all of the samples. */
  #window: Stretch | undefined;
  #layout: Layout | undefined;
  #colours: string[] = [];
  #levels: Level[] | undefined;
  #width = 0;
  #height = 0;
  /** The time that is marked in all charts, and the sample nearest to it. */
  #marked: number | undefined;
  #hover: number | undefined;
  /** Values and time of that sample, and the values of the newest one, as they were drawn: the views that they came from are written to meanwhile. */
  #values: number[] = [];
  #valuesAt: number | undefined;
  #newest: number[] = [];
  /** What the stream had when its samples were read. */
  #news = -1;

  constructor(host: HTMLElement, context: PanelContext) {
    this.#context = context;
    this.#surface = new Surface(host, {
      painted: () => context.painted(),
      lost: () => context.changed(),
      frame: (ratio) => {
        this.#read();
        return this.#frame(ratio);
      },
    });
    this.#cursor = new TimeCursor(host, {
      timeAt: (x) => this.#layout?.timeAt(x) ?? Number.NaN,
      marked: (time) => this.#mark(time),
    });
    followHand(this.#cursor.element, {
      shown: () => this.#window ?? this.#stretch(),
      look: (moment) => context.look(moment),
    });
    this.#deafen = onRatioChange(() => context.changed());
  }

  /** Whether the last frame is not on the screen yet. */
  get painting(): boolean {
    return this.#surface.painting;
  }

  draw(): void {
    this.#read();
    if (this.#width < 20 || this.#height < 20) return;
    const frame = this.#frame(devicePixelRatio, this.#surface.takeSpare());
    this.#surface.show(frame);
    this.#cursor.drawn(frame.box);
    this.#mark(this.#marked);
  }

  resize(width: number, height: number): void {
    this.#width = width;
    this.#height = height;
  }

  restyle(): void {
    // At once: the legend and the edge are read before the next draw.
    const spec = this.#context.spec();
    const theme = this.#context.theme();
    this.#levels = levelsOf(spec, theme);
    this.#colours = this.#view.columns.map((_, k) => seriesColour(spec, theme.name, k));
  }

  destroy(): void {
    this.#deafen();
    this.#cursor.destroy();
    this.#surface.destroy();
  }

  readout(): Readout {
    const spec = this.#context.spec();
    return {
      entries: this.#values.map((value, k) => ({
        index: k,
        name: seriesName(spec, k, this.#values.length),
        colour: this.#colours[k] ?? "",
        value: formatValue(value, spec),
        hidden: this.#hidden.has(k),
      })),
      at: this.#valuesAt === undefined ? "" : formatTime(this.#valuesAt, 100),
    };
  }

  inSight(): SampleView | undefined {
    const { window, series } = this.#context.excerpt();
    return window && within(inOrder(series()), window.from, window.to);
  }

  toggle(index: number): void {
    if (!this.#hidden.delete(index)) this.#hidden.add(index);
  }

  state(): { colour: string; name: string } | undefined {
    let reached: Level | undefined;
    for (const [k, value] of this.#newest.entries()) {
      if (this.#hidden.has(k)) continue;
      const level = levelAt(this.#levels ?? [], value);
      if (level && (reached === undefined || level.value > reached.value)) reached = level;
    }
    return reached;
  }

  /** Samples are views of a ring that is written to: they are taken anew for each frame. */
  #read(): void {
    const excerpt = this.#context.excerpt();
    this.#view = inOrder(excerpt.series());
    this.#window = excerpt.window;
    this.#news = this.#context.stream.news;
    this.#newest = this.#valuesOf(this.#view.length - 1);
    if (this.#hover === undefined) this.#values = this.#newest;
  }

  #valuesOf(at: number): number[] {
    return this.#view.columns.map((column) => column[at] ?? Number.NaN);
  }

  /** The time that the samples span. */
  #stretch(): Stretch {
    const { time, length } = this.#view;
    if (length === 0) return { from: Date.now() - 60_000, to: Date.now() };
    const from = time[0] as number;
    const to = time[length - 1] as number;
    return to > from ? { from, to } : { from: from - 500, to: to + 500 };
  }

  #frame(ratio: number, spare?: ArrayBuffer): Frame {
    const spec = this.#context.spec();
    const theme = this.#context.theme();
    const view = this.#view;
    const log = spec.log === true;
    this.#levels ??= levelsOf(spec, theme);
    while (this.#colours.length < view.columns.length)
      this.#colours.push(seriesColour(spec, theme.name, this.#colours.length));
    const shown = view.columns.filter((_, k) => !this.#hidden.has(k));
    const [low, high] = valueRange(extent(shown, log), { ...spec, zero: spec.type === "area" });
    const scale = { ...(this.#window ?? this.#stretch()), low, high, log };
    const size = { width: this.#width, height: this.#height };
    const title = axisTitle(spec);
    const layout = layOut({ ...size, scale, title, style: spec });
    this.#layout = layout;
    const { box, labels, ys } = layout;
    const stretches = lostStretches(view).map((lost) => {
      const x = layout.toX(lost.from);
      return { x, width: layout.toX(lost.to) - x };
    });
    return {
      ...size,
      ratio,
      font: `11px ${theme.font}`,
      ink: theme.inkSoft,
      box,
      labels,
      title,
      grid: { colour: theme.grid, ys },
      lost: { colour: theme.gap, stretches },
      levels: this.#levels.map(({ value, colour }) => ({ y: layout.toY(value), colour })),
      lines: this.#lines(layout),
      scale,
      samples: copySamples(view, shown, spare),
      heads: this.#places(view.length - 1).filter(({ y }) => y >= box.top - 1 && y <= box.top + box.height + 1),
    };
  }

  #lines({ box, toY }: Layout): Line[] {
    const spec = this.#context.spec();
    const filled = spec.type === "area" || isFilled(spec.fill);
    const thin = this.#view.length > box.width * DENSE;
    const bottom = box.top + box.height;
    const base = spec.log === true ? bottom : Math.min(bottom, Math.max(box.top, toY(0)));
    return this.#colours
      .slice(0, this.#view.columns.length)
      .filter((_, k) => !this.#hidden.has(k))
      .map((colour) => ({
        colour,
        width: thin ? 1 : filled ? FILLED_WIDTH : WIDTH,
        fill: filled ? { base, top: withAlpha(colour, 0.34), bottom: withAlpha(colour, 0.04) } : undefined,
      }));
  }

  /** Where the values of one sample stand, without gaps and hidden series. */
  #places(at: number): { x: number; y: number; colour: string }[] {
    const { time, columns } = this.#view;
    const layout = this.#layout;
    if (layout === undefined || at < 0) return [];
    const x = layout.toX(time[at] as number);
    return columns.flatMap((column, k) => {
      const value = column[at] as number;
      if (this.#hidden.has(k) || Number.isNaN(value)) return [];
      return [{ x, y: layout.toY(value), colour: this.#colours[k] ?? "" }];
    });
  }

  #mark(time: number | undefined): void {
    this.#marked = time;
    // The pointer moves between two frames.
    if (this.#news !== this.#context.stream.news) this.#read();
    const { from, to } = this.#window ?? this.#stretch();
    const inside = time !== undefined && time >= from && time <= to;
    const before = this.#hover;
    this.#hover = inside ? nearest(this.#view, time) : undefined;
    this.#values = this.#hover === undefined ? this.#newest : this.#valuesOf(this.#hover);
    this.#valuesAt = this.#hover === undefined ? undefined : this.#view.time[this.#hover];
    const x = inside ? this.#layout?.toX(time) : undefined;
    this.#cursor.show(x === undefined ? undefined : { x, dots: this.#places(this.#hover ?? -1) });
    if (this.#hover !== undefined || before !== undefined) this.#context.pointed();
  }
}

/** Chart.js' `fill` in all the forms that publishers send: anything but false, "false", "none" fills. */
function isFilled(fill: unknown): boolean {
  const first = Array.isArray(fill) ? fill[0] : fill;
  return first !== undefined && first !== null && first !== false && first !== "false" && first !== "none";
}
