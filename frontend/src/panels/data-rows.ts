/**
 * What a panel draws, as a table: for people who can't see the drawing, and for everybody who wants the numbers. One form a type, newest first
 * where there is a time.
 */
import { type Excerpt, samplesOf } from "../lib/excerpt";
import { clip, formatTime } from "../lib/format";
import { partNames, seriesName } from "../lib/labels";
import { newestOf } from "../lib/ring";
import { isRecord } from "../lib/sanitise";
import { shapeOf, shownSamples } from "../lib/types";
import type { Spec } from "../wire";
import { CellGrid } from "./cell-grid";
import { customConfig } from "./custom-config";
import { lineNames } from "./grid-names";
import { logLines } from "./log-lines";
import { type TableRow, tableColumns, tableRows } from "./table-rows";
import { readTree, type TreeNode } from "./tree-nodes";

export interface DataRows {
  columns: string[];
  rows: TableRow[];
}

/** More rows nobody reads; what is cut off is the oldest. */
export const MOST_DATA_ROWS = 5_000;
/** Columns of a matrix; the rest of it is left out. */
const MOST_COLUMNS = 60;
const PARTS: ReadonlySet<string> = new Set(["pie", "doughnut", "radar", "polarArea"]);

/** The rows of what is shown of a stream, as its spec says that they are drawn. */
export function dataRows(excerpt: Excerpt, spec: Spec): DataRows {
  if (shapeOf(spec.type) === "series") return seriesRows(excerpt, spec);
  const value = excerpt.newest()?.value;
  switch (spec.type) {
    case "scatter":
    case "bubble":
      return pointRows(excerpt, spec, spec.type === "bubble" ? ["x", "y", "r"] : ["x", "y"]);
    case "scatter3d":
    case "line3d":
      return pointRows(excerpt, spec, ["x", "y", "z"]);
    case "heatmap":
    case "bubble_matrix":
      return gridRows(excerpt, spec);
    case "surface":
      return matrixRows(Array.isArray(value) ? value : [], undefined, undefined);
    case "text":
      return lineRows(excerpt, spec);
    case "map":
      return markerRows(value);
    case "tree":
    case "treemap":
      return nodeRows(value);
    case "custom":
      return customRows(spec, value);
    case "image":
    case "video_stream":
      return pictureRows(excerpt);
    default: {
      const rows = tableRows(samplesOf(excerpt, shownSamples(spec)).map((sample) => sample.value));
      return { columns: tableColumns(rows), rows };
    }
  }
}

/** A row that takes any name as a column, `__proto__` as well. */
function row(columns: readonly string[], values: readonly unknown[]): TableRow {
  const made = Object.create(null) as Record<string, unknown>;
  for (const [i, column] of columns.entries()) made[column] = values[i] ?? null;
  return made;
}

/** Names as columns: each one once, and none empty. */
function unique(names: readonly string[]): string[] {
  const found = new Set<string>();
  for (const [i, name] of names.entries()) {
    const base = clip(name.trim() || `value ${i + 1}`, 60);
    let column = base;
    for (let n = 2; found.has(column); n++) column = `${base} (${n})`;
    found.add(column);
  }
  return [...found];
}

function seriesRows(excerpt: Excerpt, spec: Spec): DataRows {
  const view = newestOf(excerpt.series(), MOST_DATA_ROWS);
  const count = view.columns.length;
  if (PARTS.has(spec.type) && count > 1) {
    const names = partNames(spec, count);
    const columns = ["part", "value"];
    return {
      columns,
      rows: names.map((name, i) => row(columns, [name, gapless(view.columns[i]?.[view.length - 1])])),
    };
  }
  const columns = unique([
    "time",
    ...view.columns.map((_, k) => seriesName(spec, k, count) || spec.name?.trim() || "value"),
  ]);
  const rows: TableRow[] = [];
  for (let i = view.length - 1; i >= 0; i--) {
    rows.push(row(columns, [clock(view.time[i] as number), ...view.columns.map((column) => gapless(column[i]))]));
    const missing = i > 0 ? (view.offset[i] as number) - (view.offset[i - 1] as number) - 1 : 0;
    if (missing > 0) rows.push(row(columns, [`${missing} lost`]));
  }
  return { columns, rows };
}

function gapless(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

function clock(time: number): string {
  return formatTime(time, 1);
}

function pointRows(excerpt: Excerpt, spec: Spec, parts: readonly string[]): DataRows {
  const columns = ["time", ...parts];
  const most = Math.min(MOST_DATA_ROWS, shownSamples(spec));
  const rows: TableRow[] = [];
  for (const sample of samplesOf(excerpt, most).reverse()) {
    const { value } = sample;
    if (!Array.isArray(value)) continue;
    const points: unknown[] = typeof value[0] === "number" ? [value] : [...value].reverse();
    for (const point of points) {
      if (rows.length >= most) return { columns, rows };
      if (Array.isArray(point)) rows.push(row(columns, [clock(sample.time), ...point.slice(0, parts.length)]));
    }
  }
  return { columns, rows };
}

function gridRows(excerpt: Excerpt, spec: Spec): DataRows {
  const fixed = spec.type === "heatmap" ? { rows: spec.height ?? undefined, cols: spec.width ?? undefined } : {};
  const window = shownSamples(spec);
  const grid = new CellGrid({ mode: spec.type === "heatmap" ? "add" : "set", window, ...fixed });
  grid.take(samplesOf(excerpt, window).map((sample) => sample.value));
  const matrix = Array.from({ length: Math.min(grid.rows, MOST_DATA_ROWS) }, (_, i) =>
    Array.from(grid.values.subarray(i * grid.cols, i * grid.cols + Math.min(grid.cols, MOST_COLUMNS)), gapless),
  );
  const names = lineNames(spec, grid);
  return matrixRows(matrix, names.rows, names.cols);
}

function matrixRows(matrix: readonly unknown[], rowNames?: string[], colNames?: string[]): DataRows {
  const lines = matrix.slice(0, MOST_DATA_ROWS).filter(Array.isArray) as unknown[][];
  const width = Math.min(MOST_COLUMNS, Math.max(0, ...lines.slice(0, 500).map((line) => line.length)));
  const columns = unique(["row", ...Array.from({ length: width }, (_, col) => colNames?.[col] || String(col))]);
  return { columns, rows: lines.map((line, i) => row(columns, [rowNames?.[i] || String(i), ...line.slice(0, width)])) };
}

function lineRows(excerpt: Excerpt, spec: Spec): DataRows {
  const columns = ["time", "level", "text"];
  const most = Math.min(MOST_DATA_ROWS, shownSamples(spec));
  const rows: TableRow[] = [];
  for (const sample of samplesOf(excerpt, most).reverse()) {
    for (const line of logLines(sample.value).reverse()) {
      if (rows.length >= most) return { columns, rows };
      rows.push(row(columns, [clock(sample.time), line.level, line.text]));
    }
  }
  return { columns, rows };
}

function markerRows(value: unknown): DataRows {
  const columns = ["name", "lat", "lng"];
  const data = isRecord(value) && Array.isArray(value.data) ? (value.data as unknown[]) : [];
  return {
    columns,
    rows: data
      .slice(0, MOST_DATA_ROWS)
      .filter(isRecord)
      .map(({ name, lat, lng }) => row(columns, [name, lat, lng])),
  };
}

function nodeRows(value: unknown): DataRows {
  const columns = ["path", "value", "sum"];
  const { root } = readTree(value);
  const rows: TableRow[] = [];
  const walk = (node: TreeNode, above: string): void => {
    if (rows.length >= MOST_DATA_ROWS) return;
    const path = above === "" ? node.name || "·" : `${above} › ${node.name || "·"}`;
    rows.push(row(columns, [path, gapless(node.value), node.weight > 0 ? node.weight : null]));
    for (const child of node.children) walk(child, path);
  };
  if (root) walk(root, "");
  return { columns, rows };
}

/** A data set a column, a label a row. */
function customRows(spec: Spec, value: unknown): DataRows {
  const config = customConfig(spec.config, value);
  const sets = (config?.data.datasets ?? []).slice(0, MOST_COLUMNS);
  const columns = unique(["label", ...sets.map((set, i) => String(set.label ?? `data set ${i + 1}`))]);
  const lists = sets.map((set) => (Array.isArray(set.data) ? (set.data as unknown[]) : []));
  const labels = config?.data.labels ?? [];
  const length = Math.min(MOST_DATA_ROWS, Math.max(0, ...lists.map((list) => list.length)));
  return {
    columns,
    rows: Array.from({ length }, (_, i) =>
      row(columns, [String(labels[i] ?? i + 1), ...lists.map((list) => list[i] ?? null)]),
    ),
  };
}

function pictureRows(excerpt: Excerpt): DataRows {
  const columns = ["time", "kind", "kilobytes"];
  const rows = samplesOf(excerpt, 100)
    .reverse()
    .map(({ time, value }) => {
      const text = typeof value === "string" ? value : "";
      const kind = /^data:(image\/[a-z]+)/.exec(text.slice(0, 64))?.[1] ?? clip(text.replace(/^data:.*/s, ""), 120);
      const size = text.startsWith("data:") ? Math.round((text.length * 3) / 4 / 100) / 10 : null;
      return row(columns, [clock(time), kind, size]);
    });
  return { columns, rows };
}
