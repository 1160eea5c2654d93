/** What a panel shows, in a few sentences: for those who can't see it. Made from the same rows as its table. */

import type { Excerpt } from "../lib/excerpt";
import { clip, formatCount, formatSpan, formatTime, formatValue } from "../lib/format";
import { seriesName } from "../lib/labels";
import { windowStats } from "../lib/stats";
import type { Stream } from "../lib/stream";
import type { Spec } from "../wire";
import { dataRows } from "./data-rows";
import { cellText, cellValue, numericColumns, type TableRow } from "./table-rows";

const KINDS = new Map<string, string>([
  ["line", "Line chart"],
  ["area", "Area chart"],
  ["bar", "Bar chart"],
  ["horizontalBar", "Bar chart"],
  ["pie", "Pie chart"],
  ["doughnut", "Doughnut chart"],
  ["radar", "Radar chart"],
  ["polarArea", "Polar area chart"],
  ["scatter", "Scatter chart"],
  ["bubble", "Bubble chart"],
  ["gauge", "Gauge"],
  ["stat", "Number"],
  ["heatmap", "Heatmap"],
  ["bubble_matrix", "Bubble matrix"],
  ["text", "Log"],
  ["table", "Table"],
  ["image", "Picture"],
  ["map", "Map"],
  ["tree", "Tree"],
  ["treemap", "Treemap"],
  ["scatter3d", "Scatter chart in space"],
  ["line3d", "Line in space"],
  ["surface", "Surface"],
  ["custom", "Chart"],
  ["video_stream", "Camera"],
]);
/** Said one by one; of more only their number. */
const MOST_NAMED = 6;
const OVER_TIME: ReadonlySet<string> = new Set(["line", "area", "bar", "horizontalBar", "stat", "gauge"]);
/** Types whose rows are cells of one matrix. */
const MATRICES: ReadonlySet<string> = new Set(["heatmap", "bubble_matrix", "surface"]);

export function kindOf(type: string): string {
  return KINDS.get(type) ?? "Panel";
}

export function summaryOf(stream: Stream, spec: Spec, excerpt: Excerpt): string {
  const kind = kindOf(spec.type);
  if (stream.epoch === "") return `${kind}, waiting for the first sample.`;
  const parts = OVER_TIME.has(spec.type) ? overTime(spec, excerpt) : ofRows(stream, spec, excerpt);
  return [`${kind}${parts.length > 0 ? ":" : ""}`, ...parts].join(" ");
}

function overTime(spec: Spec, excerpt: Excerpt): string[] {
  const view = excerpt.series();
  const count = view.columns.length;
  if (count === 0 || view.length === 0) return ["empty."];
  const said = view.columns.slice(0, MOST_NAMED).map((column, k) => {
    const { min, mean, max, last } = windowStats(column);
    const name = seriesName(spec, k, count);
    const now = `${name ? `${name} ` : ""}${formatValue(last, spec)}`;
    if (view.length < 2) return `${now}.`;
    return `${now}, between ${formatValue(min, spec)} and ${formatValue(max, spec)}, on average ${formatValue(mean, spec)}.`;
  });
  if (count > MOST_NAMED) said.push(`And ${count - MOST_NAMED} more series.`);
  const from = view.time[0] as number;
  const to = view.time[view.length - 1] as number;
  said.push(`${formatCount(view.length)} ${view.length === 1 ? "sample" : "samples over"}`);
  if (view.length > 1) said.push(`${formatSpan(to - from)},`);
  said.push(`the newest from ${formatTime(to)}.`);
  return said;
}

function ofRows(stream: Stream, spec: Spec, excerpt: Excerpt): string[] {
  const { columns, rows } = dataRows(excerpt, spec);
  const said: string[] = [];
  if (rows.length === 0) said.push("empty.");
  else if (MATRICES.has(spec.type)) said.push(matrix(columns, rows, spec));
  else if (columns[0] === "part" || spec.type === "map") said.push(named(columns, rows, spec));
  else {
    said.push(`${formatCount(rows.length)} ${rows.length === 1 ? "row" : "rows"}.`);
    for (const [column] of [...numericColumns(rows, columns)].slice(0, MOST_NAMED)) {
      const { min, max } = windowStats(rows.map((row) => numberIn(row, column)));
      said.push(`${column} from ${formatValue(min)} to ${formatValue(max)}.`);
    }
    const first = rows[0];
    if (spec.type === "text" && first) said.push(`The newest: ${clip(cellText(cellValue(first, "text")), 160)}`);
  }
  if (!Number.isNaN(stream.lastTime)) said.push(`Newest sample from ${formatTime(stream.lastTime)}.`);
  return said;
}

function matrix(columns: readonly string[], rows: readonly TableRow[], spec: Spec): string {
  const values = rows.flatMap((row) => columns.slice(1).map((column) => numberIn(row, column)));
  const { min, max } = windowStats(values);
  const range = Number.isNaN(min) ? "" : `, values from ${formatValue(min, spec)} to ${formatValue(max, spec)}`;
  return `${rows.length} rows and ${columns.length - 1} columns${range}.`;
}

/** `Lyon 45.76, 4.84; Milan 45.46, 9.19.` */
function named(columns: readonly string[], rows: readonly TableRow[], spec: Spec): string {
  const [name = "", ...rest] = columns;
  const said = rows
    .slice(0, MOST_NAMED)
    .map((row) =>
      `${cellText(cellValue(row, name))} ${rest.map((column) => formatValue(numberIn(row, column), spec)).join(", ")}`.trim(),
    );
  const more = rows.length > MOST_NAMED ? `; and ${formatCount(rows.length - MOST_NAMED)} more` : "";
  return `${said.join("; ")}${more}.`;
}

function numberIn(row: TableRow, column: string): number {
  const value = cellValue(row, column);
  return typeof value === "number" ? value : Number.NaN;
}
