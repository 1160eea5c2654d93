/**
 * What a panel shows as a table in CSV (RFC 4180): a column for the time, one for each series; values of other forms as text or JSON.
 *
 * A cell that a spreadsheet would take for a formula gets an apostrophe before it: names and texts come from strangers.
 */

import { type Excerpt, samplesOf } from "../lib/excerpt";
import { seriesName, titleOf } from "../lib/labels";
import { shapeOf, shownSamples } from "../lib/types";
import { cellValue, tableRows } from "../panels/table-rows";
import type { Spec } from "../wire";

const FORMULA = /^[=+\-@\t\r]/;

/** `excerpt`: the samples that the panel shows. */
export function csvOf(spec: Spec, excerpt: Excerpt): string {
  return shapeOf(spec.type) === "series" ? seriesCsv(spec, excerpt) : valuesCsv(spec, excerpt);
}

function seriesCsv(spec: Spec, excerpt: Excerpt): string {
  const view = excerpt.series();
  const { unit } = spec;
  const names = view.columns.map((_, i) => seriesName(spec, i, view.columns.length) || titleOf(spec));
  const lines = [line(["time", ...names.map((name) => (unit ? `${name} (${unit})` : name))])];
  for (let i = 0; i < view.length; i++) {
    const cells = view.columns.map((column) => numeral(column[i] as number));
    lines.push([timeText(view.time[i] as number), ...cells].join(","));
  }
  return `${lines.join("\r\n")}\r\n`;
}

function valuesCsv(spec: Spec, excerpt: Excerpt): string {
  const samples = samplesOf(excerpt, shownSamples(spec));
  const lines: string[] = [];
  const rows = spec.type === "table" ? tableRows(samples.map((sample) => sample.value)) : [];
  if (rows.length > 0) {
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    for (const cells of [columns, ...rows.map((row) => columns.map((name) => cellText(cellValue(row, name))))])
      lines.push(line(cells));
  } else {
    lines.push(line(["time", "value"]));
    for (const { time, value } of samples) lines.push(line([timeText(time), cellText(value)]));
  }
  return `${lines.join("\r\n")}\r\n`;
}

function numeral(value: number): string {
  return Number.isFinite(value) ? String(value) : "";
}

function timeText(ms: number): string {
  return Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : "";
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return JSON.stringify(value);
}

function line(cells: string[]): string {
  return cells.map(cell).join(",");
}

function cell(text: string): string {
  const harmless = FORMULA.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
