/**
 * What a panel shows as a table in CSV (RFC 4180): a column for the time, one for each series; values of other forms as text or JSON.
 *
 * A cell that a spreadsheet would take for a formula gets an apostrophe before it: names and texts come from strangers.
 */
import { titleOf } from "../lib/labels";
import type { Stream } from "../lib/stream";
import { shownSamples } from "../lib/types";

const FORMULA = /^[=+\-@\t\r]/;

/** `until`: the offset up to which the panel shows samples. */
export function csvOf(stream: Stream, until = Number.POSITIVE_INFINITY): string {
  return stream.shape === "series" ? seriesCsv(stream, until) : valuesCsv(stream, until);
}

function seriesCsv(stream: Stream, until: number): string {
  const view = stream.ring.view(shownSamples(stream.spec), until);
  const { legend, unit } = stream.spec;
  const names = view.columns.map(
    (_, i) => legend?.[i] ?? (view.columns.length === 1 ? titleOf(stream.spec) : `series ${i + 1}`),
  );
  const lines = [line(["time", ...names.map((name) => (unit ? `${name} (${unit})` : name))])];
  for (let i = 0; i < view.length; i++) {
    const cells = view.columns.map((column) => numeral(column[i] as number));
    lines.push([timeText(view.time[i] as number), ...cells].join(","));
  }
  return `${lines.join("\r\n")}\r\n`;
}

function valuesCsv(stream: Stream, until: number): string {
  const samples = stream.values.between(0, until);
  const lines: string[] = [];
  const newest = samples[samples.length - 1]?.value;
  if (stream.spec.type === "table" && Array.isArray(newest)) {
    const rows = newest.filter((row): row is Record<string, unknown> => typeof row === "object" && row !== null);
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    lines.push(line(columns), ...rows.map((row) => line(columns.map((name) => cellText(row[name])))));
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
