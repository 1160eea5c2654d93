/**
 * `custom`: a complete Chart.js configuration from the publisher. It is data only: copied without prototype keys, and JSON can't hold
 * functions. Our tuning comes last, so that no configuration can start animations or resizing of its own.
 */
import type { ChartConfiguration } from "chart.js";
import { isRecord } from "../lib/sanitise";
import { baseOptions, ChartBox } from "./chart";
import { type CustomConfig, coloured, customConfig } from "./custom-config";
import type { Panel, PanelContext } from "./panel";

/** More marks than this an axis has no room for; Chart.js would make as many as it is told to. */
const MOST_TICKS = 200;

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new CustomPanel(host, context);
}

class CustomPanel implements Panel {
  readonly #box: ChartBox;
  readonly #message: HTMLElement;
  readonly #context: PanelContext;
  #type = "";
  #options = "";

  constructor(host: HTMLElement, context: PanelContext) {
    this.#context = context;
    this.#box = new ChartBox(host);
    this.#message = document.createElement("p");
    this.#message.className = "panel-message";
    this.#message.hidden = true;
    host.append(this.#message);
  }

  draw(): void {
    if (!this.#box.ready) return;
    try {
      const sample = this.#context.excerpt().newest();
      const config = customConfig(this.#context.spec().config, sample?.value);
      if (config === undefined) this.#say("No chart in it yet: send a Chart.js configuration as “config” or “value”.");
      else this.#show(coloured(config, this.#context.theme().name));
    } catch (error) {
      // A configuration that Chart.js can't draw is the publisher's to mend: it is told here, and the panel waits for the next one.
      this.#box.clear();
      this.#say(`Chart.js can't draw this configuration: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  resize(width: number, height: number): void {
    this.#box.resize(width, height);
  }

  restyle(): void {
    this.#box.clear();
  }

  destroy(): void {
    this.#box.destroy();
    this.#message.remove();
  }

  #show(config: CustomConfig): void {
    const options = JSON.stringify(config.options);
    const { chart } = this.#box;
    if (chart !== undefined && config.type === this.#type && options === this.#options) {
      // Data sets are changed in place, so that what the viewer toggled in the chart's legend stays.
      chart.data.labels = config.data.labels as never;
      config.data.datasets.forEach((set, i) => {
        const old = chart.data.datasets[i];
        if (old) Object.assign(old, set);
        else chart.data.datasets.push(set as never);
      });
      chart.data.datasets.length = config.data.datasets.length;
      chart.update("none");
    } else {
      this.#box.make(this.#tuned(config));
      this.#type = config.type;
      this.#options = options;
    }
    this.#message.hidden = true;
    this.#box.canvas.hidden = false;
  }

  #tuned(config: CustomConfig): ChartConfiguration {
    const base = baseOptions(this.#context.theme());
    const theirs = config.options;
    const plugins = isRecord(theirs.plugins) ? theirs.plugins : {};
    const legend = { display: config.data.datasets.length > 1 || isRecord(plugins.legend) };
    const labels = {
      color: this.#context.theme().ink,
      boxWidth: 10,
      boxHeight: 10,
      useBorderRadius: true,
      borderRadius: 3,
    };
    return {
      type: config.type,
      data: config.data,
      options: {
        ...base,
        ...theirs,
        plugins: {
          ...base.plugins,
          ...plugins,
          legend: { labels, ...legend, ...(isRecord(plugins.legend) ? plugins.legend : {}) },
        },
        scales: this.#scales(theirs.scales),
        responsive: false,
        maintainAspectRatio: false,
        animation: false,
        animations: false,
        transitions: {},
        devicePixelRatio: window.devicePixelRatio,
      },
    } as unknown as ChartConfiguration;
  }

  /** Their axes, in our grid's colour where they name none. */
  #scales(theirs: unknown): Record<string, unknown> {
    if (!isRecord(theirs)) return {};
    const { grid, inkSoft } = this.#context.theme();
    const scales: Record<string, unknown> = {};
    for (const [name, axis] of Object.entries(theirs)) {
      if (!isRecord(axis)) continue;
      const ticks = isRecord(axis.ticks) ? axis.ticks : {};
      const count = Number(ticks.count);
      scales[name] = {
        ...axis,
        grid: { color: grid, ...(isRecord(axis.grid) ? axis.grid : {}) },
        ticks: { color: inkSoft, ...ticks, ...(count > MOST_TICKS ? { count: MOST_TICKS } : {}) },
      };
    }
    return scales;
  }

  #say(text: string): void {
    this.#message.textContent = text;
    this.#message.hidden = false;
    this.#box.canvas.hidden = true;
  }
}
