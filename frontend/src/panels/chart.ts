/**
 * Chart.js, tuned once for all panels that use it: no parsing, no animation, no watching of the page, our fonts and colours.
 * In a file of its own, so that a board without such charts never loads it.
 */
import {
  ArcElement,
  BarController,
  BarElement,
  BubbleController,
  CategoryScale,
  Chart,
  type ChartConfiguration,
  type ChartType,
  DoughnutController,
  Filler,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PieController,
  PointElement,
  PolarAreaController,
  RadarController,
  RadialLinearScale,
  ScatterController,
  Title,
  Tooltip,
  type TooltipItem,
} from "chart.js";
import { formatPower, formatTicks, formatValue } from "../lib/format";
import type { Theme } from "../lib/theme";
import type { Spec } from "../wire";

Chart.register(
  ...[ArcElement, BarElement, LineElement, PointElement, Filler, Legend, Title, Tooltip],
  ...[BarController, BubbleController, DoughnutController, LineController, PieController, PolarAreaController],
  ...[RadarController, ScatterController],
  ...[CategoryScale, LinearScale, LogarithmicScale, RadialLinearScale],
);

/** One canvas in a panel, and the chart on it. The panel says how large it is; Chart.js does not watch. */
export class ChartBox {
  readonly canvas: HTMLCanvasElement;
  chart: Chart | undefined;
  #width = 0;
  #height = 0;

  constructor(host: HTMLElement) {
    this.canvas = document.createElement("canvas");
    this.canvas.className = "chart-canvas";
    host.append(this.canvas);
  }

  /** Whether there is room to draw in. */
  get ready(): boolean {
    return this.#width >= 20 && this.#height >= 20;
  }

  get width(): number {
    return this.#width;
  }

  make(config: ChartConfiguration): Chart {
    this.chart?.destroy();
    this.chart = new Chart(this.canvas, config);
    this.chart.resize(this.#width, this.#height);
    return this.chart;
  }

  resize(width: number, height: number): void {
    this.#width = width;
    this.#height = height;
    if (width >= 20 && height >= 20) this.chart?.resize(width, height);
  }

  clear(): void {
    this.chart?.destroy();
    this.chart = undefined;
  }

  destroy(): void {
    this.clear();
    this.canvas.remove();
  }
}

/** Options that every chart of ours starts from. */
export function baseOptions(theme: Theme, spec?: Spec): NonNullable<ChartConfiguration["options"]> {
  // What a publisher's own configuration does not name is looked up here.
  Chart.defaults.font.family = theme.font;
  Chart.defaults.font.size = 11;
  Chart.defaults.color = theme.inkSoft;
  Chart.defaults.borderColor = theme.grid;
  return {
    responsive: false,
    maintainAspectRatio: false,
    animation: false,
    normalized: true,
    devicePixelRatio: window.devicePixelRatio,
    color: theme.inkSoft,
    borderColor: theme.grid,
    font: { family: theme.font, size: 11 },
    layout: { padding: { top: 10, right: 12, bottom: 6, left: 8 } },
    plugins: {
      legend: { display: false },
      title: { display: false },
      tooltip: {
        animation: false,
        backgroundColor: theme.ground,
        borderColor: theme.grid,
        borderWidth: 1,
        titleColor: theme.ink,
        bodyColor: theme.ink,
        padding: 8,
        cornerRadius: 6,
        boxPadding: 4,
        titleFont: { family: theme.font, size: 11 },
        bodyFont: { family: theme.font, size: 11 },
        ...(spec ? { callbacks: { label: (item: TooltipItem<ChartType>) => tooltipLine(item, spec) } } : {}),
      },
    },
  };
}

function tooltipLine(item: TooltipItem<ChartType>, spec: Spec): string {
  const parsed = item.parsed as number | { x?: number; y?: number; r?: number };
  const name = item.dataset.label ? `${item.dataset.label}: ` : "";
  if (typeof parsed === "number") return `${item.label}: ${formatValue(parsed, spec)}`;
  if (parsed.r !== undefined && parsed.x === undefined) return `${item.label}: ${formatValue(parsed.r, spec)}`;
  if (item.chart.options.indexAxis === "y") return name + formatValue(parsed.x ?? Number.NaN, spec);
  const place = item.chart.options.scales?.x?.type === "category" ? "" : `${formatValue(parsed.x ?? Number.NaN)}, `;
  return name + place + formatValue(parsed.y ?? Number.NaN, spec);
}

/** Ticks of a value axis: our number format, few lines, no axis line. */
export function valueAxis(theme: Theme, spec: Spec, title: string): Record<string, unknown> {
  return {
    type: spec.log ? "logarithmic" : "linear",
    border: { display: false },
    grid: { color: theme.grid, tickLength: 0, lineWidth: 1 },
    title: { display: title !== "", text: title, color: theme.inkSoft, font: { family: theme.font, size: 11 } },
    ticks: {
      color: theme.inkSoft,
      maxTicksLimit: 6,
      includeBounds: false,
      padding: 6,
      maxRotation: 0,
      font: { family: theme.font, size: 11 },
      callback(value: number | string, index: number, all: { value: number }[]): string {
        if (spec.log) return formatPower(Number(value));
        const values = all.map((tick) => tick.value);
        return formatTicks(values, spec)[index] ?? String(value);
      },
    },
  };
}

/** An axis of names or times. */
export function nameAxis(theme: Theme): Record<string, unknown> {
  return {
    type: "category",
    border: { color: theme.grid },
    grid: { display: false },
    ticks: {
      color: theme.inkSoft,
      padding: 4,
      maxRotation: 0,
      autoSkipPadding: 14,
      font: { family: theme.font, size: 11 },
    },
  };
}
