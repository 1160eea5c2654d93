/**
 * How large a panel is on the self-arranging board: columns and rows of a fine grid, from its type and its publisher's hints.
 */
import type { Spec } from "../wire";

export const GAP = 12;
/** Least height of one grid row. Six of them make a usual panel, three a number. */
export const ROW = 38;
/** Few panels share the screen's height, too, but none becomes a poster. */
const TALLEST = 2.4;
const COLUMN = 330;
const MOST_COLUMNS = 6;
/** Hints up to this are counted in columns and rows of panels, larger ones in pixels. */
const LARGEST_UNIT = 12;

export interface Span {
  columns: number;
  rows: number;
}

const ROWS: Record<string, number> = { stat: 3, map: 8, scatter3d: 8, line3d: 8, surface: 8, video_stream: 8 };
const USUAL_ROWS = 6;

/** Columns of a board `width` pixels wide that has `panels` panels: a few panels share all of it. */
export function columnsFor(width: number, panels: number): number {
  const fitting = Math.max(1, Math.floor((width + GAP) / (COLUMN + GAP)));
  return Math.max(1, Math.min(fitting, MOST_COLUMNS, Math.max(panels, 1)));
}

export function spanOf(spec: Pick<Spec, "type" | "width" | "height">, columns: number, columnWidth: number): Span {
  const usual = Object.hasOwn(ROWS, spec.type) ? (ROWS[spec.type] ?? USUAL_ROWS) : USUAL_ROWS;
  // A heatmap's width and height are its grid's size.
  if (spec.type === "heatmap") return { columns: 1, rows: usual };
  const wide = hint(spec.width, columnWidth);
  const high = hint(spec.height, ROW * USUAL_ROWS + GAP * (USUAL_ROWS - 1));
  return {
    columns: Math.max(1, Math.min(columns, Math.round(wide ?? 1))),
    rows: high === undefined ? usual : Math.max(3, Math.min(24, Math.round(high * USUAL_ROWS))),
  };
}

/** Height of a grid row: as much as fills `available` pixels with these panels, within reason. */
export function rowHeight(available: number, sections: readonly (readonly Span[])[], columns: number): number {
  let rows = 0;
  for (const spans of sections) {
    const area = spans.reduce((sum, span) => sum + span.columns * span.rows, 0);
    rows += Math.max(Math.ceil(area / columns), ...spans.map((span) => span.rows));
  }
  if (rows === 0) return ROW;
  return Math.floor(Math.max(ROW, Math.min(ROW * TALLEST, available / rows - GAP)));
}

/** A size hint in panels. */
function hint(value: number | null | undefined, pixelsAPanel: number): number | undefined {
  if (typeof value !== "number" || !Number.isFinite(value) || value <= 0) return undefined;
  return value <= LARGEST_UNIT ? value : value / pixelsAPanel;
}
