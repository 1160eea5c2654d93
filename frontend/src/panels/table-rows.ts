/** A table as it is shown: which columns there are, and its rows filtered and sorted. Nothing in here touches the page. */
import { clip, formatPlain } from "../lib/format";

/** More columns than this nobody can read; more rows the samples hold, but the page does not. */
export const MOST_COLUMNS = 60;
const LONGEST_CELL = 200;
const MOST_DECIMALS = 3;
const MOST_SMALL_DECIMALS = 9;

export type TableRow = Readonly<Record<string, unknown>>;

export interface Sorting {
  column: string;
  falling: boolean;
}

/** The rows of samples, oldest first. What is no object is left out. */
export function tableRows(samples: readonly unknown[]): TableRow[] {
  const found: TableRow[] = [];
  for (const sample of samples) {
    for (const row of Array.isArray(sample) ? (sample as unknown[]) : [sample]) {
      if (typeof row === "object" && row !== null && !Array.isArray(row)) found.push(row as TableRow);
    }
  }
  return found;
}

/** Names of columns in the order in which rows bring them; rows beyond the first few hundred bring no new ones. */
export function tableColumns(rows: readonly TableRow[]): string[] {
  const found = new Set<string>();
  for (const row of rows.slice(0, 300)) {
    for (const key of Object.keys(row)) {
      if (found.size >= MOST_COLUMNS) return [...found];
      found.add(key);
    }
  }
  return [...found];
}

/** A row's own value: a column called `constructor` must not find the language's. */
export function cellValue(row: TableRow, column: string): unknown {
  return Object.hasOwn(row, column) ? row[column] : undefined;
}

export function cellText(value: unknown, decimals?: number | null): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number") return formatPlain(value, decimals ?? undefined);
  if (typeof value === "boolean") return value ? "✓" : "✗";
  if (typeof value === "string") return clip(value, LONGEST_CELL);
  try {
    return clip(JSON.stringify(value) ?? "", LONGEST_CELL);
  } catch {
    return "…";
  }
}

/** Columns whose values are numbers, with the decimals that all of a column's numbers are shown with: so they can be compared at a glance. */
export function numericColumns(rows: readonly TableRow[], columns: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const column of columns) {
    let decimals = -1;
    for (const row of rows.slice(0, 100)) {
      const value = cellValue(row, column);
      if (value === null || value === undefined) continue;
      if (typeof value !== "number") {
        decimals = -1;
        break;
      }
      decimals = Math.max(decimals, decimalsOf(value));
    }
    if (decimals >= 0) found.set(column, decimals);
  }
  return found;
}

/** Up to three decimals; of what is below one, three digits that matter. */
function decimalsOf(value: number): number {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || size === 0) return 0;
  const most = size < 1 ? Math.min(MOST_SMALL_DECIMALS, 2 - Math.floor(Math.log10(size))) : MOST_DECIMALS;
  return (
    value
      .toFixed(most)
      .replace(/\.?0*$/, "")
      .split(".")[1]?.length ?? 0
  );
}

/** Rows in which any cell holds each of the filter's words. */
export function filtered(rows: readonly TableRow[], filter: string): readonly TableRow[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = Object.values(row)
      .map((value) => cellText(value))
      .join("\n")
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** A sorted copy. Numbers by size, texts by language with their numbers read as numbers; what is missing comes last either way. */
export function sorted(rows: readonly TableRow[], sorting: Sorting | undefined): readonly TableRow[] {
  if (sorting === undefined) return rows;
  const { column, falling } = sorting;
  const keyed = rows.map((row) => ({ row, key: cellValue(row, column) }));
  const missing = (key: unknown): boolean => key === undefined || key === null || key === "";
  keyed.sort((a, b) => {
    if (missing(a.key) || missing(b.key)) return Number(missing(a.key)) - Number(missing(b.key));
    const order = compare(a.key, b.key);
    return falling ? -order : order;
  });
  return keyed.map(({ row }) => row);
}

const language = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  // Numbers before texts, so that a column of both has two tidy halves.
  if (typeof a === "number") return -1;
  if (typeof b === "number") return 1;
  return language.compare(cellText(a), cellText(b));
}

/** Rows as text that spreadsheets take: tabs between cells, numbers in full. */
export function tabbed(rows: readonly TableRow[], columns: readonly string[]): string {
  const cell = (value: unknown): string => {
    if (value === undefined || value === null) return "";
    const text = typeof value === "object" ? cellText(value) : String(value);
    // A cell that begins like a formula is run by some spreadsheets: an apostrophe makes it text.
    const safe = typeof value === "string" && /^[=+\-@]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
    return safe.replace(/[\t\r\n]+/g, " ");
  };
  return [columns.map(cell), ...rows.map((row) => columns.map((column) => cell(cellValue(row, column))))]
    .map((cells) => cells.join("\t"))
    .join("\n");
}
