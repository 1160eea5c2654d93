/** `scatter` and `bubble`: the newest points, the older the fainter, so that movement can be seen in a cloud. */
import type { Chart } from "chart.js";
import { formatCount, formatValue } from "../lib/format";
import { axisTitle, seriesName } from "../lib/labels";
import { type Level, levelsOf } from "../lib/levels";
import { fillColour } from "../lib/palette";
import { valueRange } from "../lib/scale";
import { withAlpha } from "../lib/theme";
import { shownSamples } from "../lib/types";
import { baseOptions, ChartBox, valueAxis } from "./chart";
import { highestLevel, marksPlugin } from "./marks";
import type { Panel, PanelContext, Readout } from "./panel";
import { newestPoints, type Point } from "./point-rows";

/** Opacity by age, oldest first. A data set each is far cheaper in Chart.js than a colour a point. */
const AGES = [0.22, 0.42, 0.66, 0.95];

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new PointPanel(host, context);
}

class PointPanel implements Panel {
  readonly #box: ChartBox;
  readonly #context: PanelContext;
  #points: Point[] = [];
  #levels: Level[] = [];
  #form = "";

  constructor(host: HTMLElement, context: PanelContext) {
    this.#box = new ChartBox(host);
    this.#context = context;
  }

  draw(): void {
    const spec = this.#context.spec();
    this.#points = newestPoints(
      this.#context
        .excerpt()
        .values()
        .map((sample) => sample.value),
      shownSamples(spec),
    );
    if (!this.#box.ready) return;
    const chart = this.#box.chart !== undefined && spec.type === this.#form ? this.#box.chart : this.#build();
    this.#form = spec.type;
    const share = Math.ceil(this.#points.length / AGES.length);
    for (let age = 0; age < AGES.length; age++) {
      const end = this.#points.length - share * (AGES.length - 1 - age);
      const set = chart.data.datasets[age];
      if (set) set.data = this.#points.slice(Math.max(0, end - share), Math.max(0, end)) as never;
    }
    // Circles need room beyond their centres.
    const room = spec.type === "bubble" ? 0.1 : 0;
    Object.assign(chart.options.scales?.x ?? {}, bounds(this.#points, "x", room, {}));
    Object.assign(chart.options.scales?.y ?? {}, bounds(this.#points, "y", room, spec));
    chart.update("none");
  }

  resize(width: number, height: number): void {
    this.#box.resize(width, height);
  }

  restyle(): void {
    this.#box.clear();
  }

  state(): { colour: string; name: string } | undefined {
    const newest = this.#points[this.#points.length - 1];
    return newest && highestLevel(this.#levels, [newest.y]);
  }

  destroy(): void {
    this.#box.destroy();
  }

  readout(): Readout {
    const spec = this.#context.spec();
    const newest = this.#points[this.#points.length - 1];
    if (newest === undefined) return { entries: [], at: "" };
    const place = `${formatValue(newest.x)}, ${formatValue(newest.y, spec)}`;
    return {
      entries: [
        {
          index: 0,
          name: seriesName(spec, 0, 1) || `${formatCount(this.#points.length)} points`,
          colour: fillColour(spec, this.#context.theme().name, 0),
          value: place,
          hidden: false,
        },
      ],
      at: "",
    };
  }

  #build(): Chart {
    const spec = this.#context.spec();
    const theme = this.#context.theme();
    const colour = fillColour(spec, theme.name, 0);
    const bubble = spec.type === "bubble";
    this.#levels = levelsOf(spec, theme);
    return this.#box.make({
      type: bubble ? "bubble" : "scatter",
      data: {
        datasets: AGES.map((alpha) => ({
          label: seriesName(spec, 0, 1),
          data: [],
          parsing: false as const,
          backgroundColor: withAlpha(colour, bubble ? alpha * 0.7 : alpha),
          borderColor: bubble ? withAlpha(colour, alpha) : "transparent",
          borderWidth: bubble ? 1 : 0,
          ...(bubble ? {} : { pointRadius: 2.6 }),
          pointHoverRadius: 4,
        })),
      },
      options: {
        ...baseOptions(theme, spec),
        scales: {
          x: valueAxis(theme, { ...spec, log: false, unit: null }, ""),
          y: valueAxis(theme, spec, axisTitle(spec)),
        },
      },
      plugins: [marksPlugin(() => ({ levels: this.#levels, gaps: [], gapColour: theme.gap }))],
    } as never);
  }
}

function bounds(
  points: readonly Point[],
  axis: "x" | "y",
  room: number,
  wish: { min?: number | null; max?: number | null; log?: boolean | null },
): { min: number; max: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const point of points) {
    const value = point[axis];
    if (wish.log && value <= 0) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const padding = (high - low) * room || 0;
  const padded: [number, number] =
    low <= high ? [wish.log ? low : low - padding, high + padding] : [Number.NaN, Number.NaN];
  const [min, max] = valueRange(padded, { min: wish.min, max: wish.max, log: wish.log });
  return { min, max };
}
