/**
 * `pie`, `doughnut`, `polarArea` and `radar`: one number a category. A stream that sends a single number each time shows its newest
 * samples as the categories.
 */
import type { Chart, ChartConfiguration, Plugin } from "chart.js";
import { clip, formatTime, formatValue } from "../lib/format";
import { partNames } from "../lib/labels";
import { fillColour, seriesColour } from "../lib/palette";
import { bounded, extent, valueRange } from "../lib/scale";
import { withAlpha } from "../lib/theme";
import { baseOptions, ChartBox } from "./chart";
import type { Panel, PanelContext, Readout } from "./panel";

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new PartsPanel(host, context);
}

class PartsPanel implements Panel {
  readonly #box: ChartBox;
  readonly #context: PanelContext;
  readonly #hidden = new Set<number>();
  #values: number[] = [];
  #names: string[] = [];
  #form = "";

  constructor(host: HTMLElement, context: PanelContext) {
    this.#box = new ChartBox(host);
    this.#context = context;
  }

  draw(): void {
    this.#read();
    if (!this.#box.ready) return;
    const form = `${this.#context.spec().type} ${this.#values.length}`;
    const chart = this.#box.chart !== undefined && form === this.#form ? this.#box.chart : this.#build();
    this.#form = form;
    const set = chart.data.datasets[0];
    if (set === undefined) return;
    // Without parsing, Chart.js wants radial values in its own form.
    const round = chart.options.scales?.r === undefined;
    set.data = (
      round ? this.#values.map((v) => (Number.isNaN(v) ? 0 : bounded(v))) : this.#values.map((v) => ({ r: bounded(v) }))
    ) as never;
    Object.assign(chart.options.scales?.r ?? {}, this.#ends());
    chart.data.labels = this.#context.spec().type === "radar" ? this.#names.map((name) => clip(name, 18)) : this.#names;
    chart.update("none");
  }

  resize(width: number, height: number): void {
    this.#box.resize(width, height);
  }

  restyle(): void {
    this.#box.clear();
  }

  destroy(): void {
    this.#box.destroy();
  }

  readout(): Readout {
    const spec = this.#context.spec();
    const theme = this.#context.theme();
    if (spec.type === "radar") return { entries: [], at: "" };
    const whole = this.#values.reduce(
      (sum, v, i) => sum + (this.#hidden.has(i) || Number.isNaN(v) ? 0 : Math.abs(v)),
      0,
    );
    const share = spec.type === "pie" || spec.type === "doughnut";
    return {
      entries: this.#values.map((value, i) => {
        const percent =
          share && whole > 0 && !this.#hidden.has(i) ? Math.round((Math.abs(value) / whole) * 100) : undefined;
        return {
          index: i,
          name: this.#names[i] ?? "",
          colour: fillColour(spec, theme.name, i),
          value: percent === undefined || Number.isNaN(percent) ? formatValue(value, spec) : `${percent} %`,
          hidden: this.#hidden.has(i),
        };
      }),
      at: "",
    };
  }

  toggle(index: number): void {
    if (!this.#hidden.delete(index)) this.#hidden.add(index);
    this.#box.chart?.toggleDataVisibility(index);
  }

  #read(): void {
    const spec = this.#context.spec();
    const view = this.#context.excerpt().series();
    if (view.columns.length > 1) {
      this.#values = view.columns.map((column) => column[view.length - 1] ?? Number.NaN);
      this.#names = partNames(spec, this.#values.length);
      return;
    }
    this.#values = Array.from(view.columns[0] ?? []);
    const named = Math.max(spec.legend?.length ?? 0, spec.label?.length ?? 0) > 1;
    this.#names = named ? partNames(spec, this.#values.length) : Array.from(view.time, (time) => formatTime(time));
  }

  /** The ends of the scale that the publisher names. */
  #ends(): { min?: number; max?: number } {
    const { min, max } = this.#context.spec();
    const [low, high] = valueRange(extent([this.#values]), { min, max, zero: true });
    return { ...(typeof min === "number" ? { min: low } : {}), ...(typeof max === "number" ? { max: high } : {}) };
  }

  #build(): Chart {
    const spec = this.#context.spec();
    const theme = this.#context.theme();
    const base = baseOptions(theme, spec);
    const colours = this.#values.map((_, i) => fillColour(spec, theme.name, i));
    const font = { family: theme.font, size: 11 };
    const radial = {
      beginAtZero: true,
      ...this.#ends(),
      angleLines: { color: theme.grid },
      grid: { color: theme.grid },
      pointLabels: { display: spec.type === "radar", color: theme.inkSoft, font },
      ticks: {
        display: true,
        color: theme.inkSoft,
        backdropColor: "transparent",
        maxTicksLimit: 4,
        font: { ...font, size: 10 },
      },
    };
    const common = { parsing: false as const, data: [] };
    let config: ChartConfiguration;
    if (spec.type === "radar") {
      const colour = seriesColour(spec, theme.name, 0);
      config = {
        type: "radar",
        data: {
          labels: [],
          datasets: [
            {
              ...common,
              borderColor: colour,
              borderWidth: 1.75,
              backgroundColor: withAlpha(fillColour(spec, theme.name, 0), 0.22),
              pointRadius: 2.5,
              pointBackgroundColor: colour,
              pointBorderWidth: 0,
            },
          ],
        },
        options: { ...base, scales: { r: radial } },
      } as ChartConfiguration;
    } else if (spec.type === "polarArea") {
      config = {
        type: "polarArea",
        data: {
          labels: [],
          datasets: [
            {
              ...common,
              backgroundColor: colours.map((c) => withAlpha(c, 0.72)),
              borderColor: theme.surface,
              borderWidth: 2,
            },
          ],
        },
        options: { ...base, scales: { r: radial } },
      } as ChartConfiguration;
    } else {
      config = {
        type: spec.type === "pie" ? "pie" : "doughnut",
        data: {
          labels: [],
          datasets: [
            {
              ...common,
              backgroundColor: colours,
              borderColor: theme.surface,
              borderWidth: 2,
              borderRadius: 3,
              hoverOffset: 4,
            },
          ],
        },
        options: { ...base, cutout: spec.type === "pie" ? 0 : "68%", layout: { padding: 12 } },
        plugins: spec.type === "doughnut" ? [this.#centre()] : [],
      } as ChartConfiguration;
    }
    const chart = this.#box.make(config);
    // A chart starts with everything shown.
    for (const index of this.#hidden) if (chart.getDataVisibility(index)) chart.toggleDataVisibility(index);
    return chart;
  }

  /** The whole, in the middle of a doughnut. */
  #centre(): Plugin {
    return {
      id: "centre",
      afterDraw: (chart) => {
        const spec = this.#context.spec();
        const theme = this.#context.theme();
        const shown = this.#values.filter((v, i) => !Number.isNaN(v) && !this.#hidden.has(i));
        const { ctx, chartArea } = chart;
        const size = Math.min(chartArea.width, chartArea.height);
        if (shown.length === 0 || size < 90) return;
        ctx.save();
        ctx.textAlign = "center";
        ctx.textBaseline = "middle";
        ctx.fillStyle = theme.ink;
        const digits = Math.min(40, Math.round(size / 9));
        ctx.font = `600 ${digits}px ${theme.font}`;
        const x = (chartArea.left + chartArea.right) / 2;
        const y = (chartArea.top + chartArea.bottom) / 2;
        ctx.fillText(
          formatValue(
            shown.reduce((sum, v) => sum + v, 0),
            spec,
          ),
          x,
          y - digits / 4,
        );
        ctx.fillStyle = theme.inkSoft;
        ctx.font = `11px ${theme.font}`;
        ctx.fillText("total", x, y + digits / 2 + 8);
        ctx.restore();
      },
    };
  }
}
