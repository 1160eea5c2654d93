/** `bar` and `horizontalBar`: the newest samples side by side with their times, or one sample's values with the names of its categories. */
import type { Chart } from "chart.js";
import { formatTime, formatValue } from "../lib/format";
import { axisTitle, categoryNames, seriesName } from "../lib/labels";
import { type Level, levelsOf } from "../lib/levels";
import { fillColour } from "../lib/palette";
import type { SampleView } from "../lib/ring";
import { extent, valueRange } from "../lib/scale";
import { baseOptions, ChartBox, nameAxis, valueAxis } from "./chart";
import { gapsIn, highestLevel, marksPlugin } from "./marks";
import type { Panel, PanelContext, Readout } from "./panel";

interface BarPoint {
  x: number;
  y: number;
}

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new BarPanel(host, context);
}

class BarPanel implements Panel {
  readonly #box: ChartBox;
  readonly #context: PanelContext;
  readonly #hidden = new Set<number>();
  #view: SampleView | undefined;
  /** Values of the newest sample as it was drawn: the view that they came from is written to meanwhile. */
  #newest: number[] = [];
  #levels: Level[] = [];
  /** Series and categories of the chart that is built: another form needs another chart. */
  #form = "";

  constructor(host: HTMLElement, context: PanelContext) {
    this.#box = new ChartBox(host);
    this.#context = context;
  }

  draw(): void {
    const spec = this.#context.spec();
    const view = this.#context.excerpt().series();
    this.#view = view;
    this.#newest = view.columns.map((column) => column[view.length - 1] ?? Number.NaN);
    if (!this.#box.ready) return;
    const values = view.columns.length;
    const names = categoryNames(spec, values);
    const series = names ? 1 : Math.max(1, values);
    const form = `${spec.type} ${series} ${names?.length ?? ""}`;
    const chart = this.#box.chart !== undefined && form === this.#form ? this.#box.chart : this.#build(series, names);
    this.#form = form;

    const flat = spec.type === "horizontalBar";
    for (let k = 0; k < series; k++) {
      const count = names ? names.length : view.length;
      const data = chart.data.datasets[k]?.data as unknown as BarPoint[];
      data.length = Math.min(data.length, count);
      for (let i = 0; i < count; i++) {
        const value = (names ? view.columns[i]?.[view.length - 1] : view.columns[k]?.[i]) ?? Number.NaN;
        let point = data[i];
        if (point === undefined) {
          point = { x: i, y: i };
          data.push(point);
        }
        if (flat) point.x = value;
        else point.y = value;
      }
    }
    chart.data.labels = names ?? Array.from(view.time, (time) => formatTime(time, this.#step()));
    this.#scale(chart, names !== undefined);
    chart.update("none");
  }

  resize(width: number, height: number): void {
    this.#box.resize(width, height);
  }

  restyle(): void {
    this.#box.clear();
  }

  state(): { colour: string; name: string } | undefined {
    return highestLevel(
      this.#levels,
      this.#newest.filter((_, k) => !this.#hidden.has(k)),
    );
  }

  destroy(): void {
    this.#box.destroy();
  }

  readout(): Readout {
    const spec = this.#context.spec();
    const theme = this.#context.theme();
    const values = this.#newest;
    if (categoryNames(spec, values.length)) return { entries: [], at: "" };
    return {
      entries: values.map((value, k) => ({
        index: k,
        name: seriesName(spec, k, values.length),
        colour: fillColour(spec, theme.name, k),
        value: formatValue(value, spec),
        hidden: this.#hidden.has(k),
      })),
      at: "",
    };
  }

  toggle(index: number): void {
    if (!this.#hidden.delete(index)) this.#hidden.add(index);
    this.#box.chart?.setDatasetVisibility(index, !this.#hidden.has(index));
  }

  /** Time between two bars, which decides how fine their labels are. */
  #step(): number {
    const view = this.#view;
    if (view === undefined || view.length < 2) return 1_000;
    const step = ((view.time[view.length - 1] as number) - (view.time[0] as number)) / (view.length - 1);
    return step >= 60_000 ? 60_000 : step >= 900 ? 1_000 : 100;
  }

  #scale(chart: Chart, named: boolean): void {
    const spec = this.#context.spec();
    const view = this.#view as SampleView;
    const columns = named
      ? view.columns.map((column) => column.subarray(Math.max(0, view.length - 1)))
      : view.columns.filter((_, k) => !this.#hidden.has(k));
    const [min, max] = valueRange(extent(columns, spec.log === true), { ...spec, zero: true });
    const axis = chart.options.scales?.[spec.type === "horizontalBar" ? "x" : "y"];
    if (axis) Object.assign(axis, { min, max });
  }

  #build(series: number, names: string[] | undefined): Chart {
    const spec = this.#context.spec();
    const theme = this.#context.theme();
    const flat = spec.type === "horizontalBar";
    const value = valueAxis(theme, spec, axisTitle(spec));
    this.#levels = levelsOf(spec, theme);
    // Names of categories are all shown where there is room: the whole point of the chart.
    const name = nameAxis(theme);
    const perBar = names && (spec.backgroundColor?.length ?? 0) >= names.length;
    return this.#box.make({
      type: "bar",
      data: {
        labels: [],
        datasets: Array.from({ length: series }, (_, k) => ({
          label: names ? "" : seriesName(spec, k, series),
          data: [],
          parsing: false as const,
          hidden: this.#hidden.has(k),
          backgroundColor: perBar
            ? names.map((_, i) => fillColour(spec, theme.name, i))
            : fillColour(spec, theme.name, k),
          borderRadius: 3,
          borderSkipped: "start" as const,
          maxBarThickness: 46,
          categoryPercentage: 0.82,
          barPercentage: series > 1 ? 0.94 : 0.86,
        })),
      },
      options: {
        ...baseOptions(theme, spec),
        indexAxis: flat ? "y" : "x",
        interaction: { mode: "index", intersect: false, axis: flat ? "y" : "x" },
        scales: flat ? { x: value, y: { ...name, reverse: names === undefined } } : { x: name, y: value },
      },
      plugins: [
        marksPlugin(() => ({
          levels: this.#levels,
          gaps: names || this.#view === undefined ? [] : gapsIn(this.#view.offset, this.#view.length),
          gapColour: theme.gap,
        })),
      ],
    } as never);
  }
}
