/**
 * How large a panel is on the board that arranges itself: from its type, its publisher's hints, and how wide the board is. Sizes are in cells of a grid
 * of 12 columns and fine rows (`lib/places.ts` puts them there).
 */
import type { PanelPlace, Spec } from "../wire";
import { COLUMNS } from "./arrangement";

export const GAP = 12;
/** Least height of one grid row. Six of them make a usual panel, three a number. */
export const ROW = 38;
/** Few panels share the screen's height, too, but none becomes a poster. */
const TALLEST = 3.4;
/** A panel narrower than this shows too little of its legend. */
const NARROWEST = 300;
/** How many usual panels may stand side by side: numbers that twelve columns can be shared by. */
const ABREAST = [6, 4, 3, 2] as const;
/** Below this a board that was arranged by hand flows instead: its panels would be too narrow. */
export const NARROW_BOARD = 900;
/** Hints up to this are counted in columns and rows of panels, larger ones in pixels. */
const LARGEST_UNIT = 12;

export interface Size {
  w: number;
  h: number;
}

const ROWS: Record<string, number> = { stat: 3, map: 8, scatter3d: 8, line3d: 8, surface: 8, video_stream: 8 };
const USUAL_ROWS = 6;
export const FEWEST_ROWS = 3;
const MOST_ROWS = 24;

/** How many usual panels stand side by side on a board of that width: a few of them share all of it. */
export function abreast(width: number, panels: number): number {
  const fitting = Math.max(1, Math.floor((width + GAP) / (NARROWEST + GAP)));
  return ABREAST.find((count) => count <= fitting && count <= Math.max(panels, 1)) ?? 1;
}

/** A panel's own size where `columns` usual panels stand side by side on `width` pixels. */
export function naturalSize(spec: Pick<Spec, "type" | "width" | "height">, columns: number, width: number): Size {
  const usual = Object.hasOwn(ROWS, spec.type) ? (ROWS[spec.type] ?? USUAL_ROWS) : USUAL_ROWS;
  const unit = COLUMNS / columns;
  // A heatmap's width and height are its grid's size.
  if (spec.type === "heatmap") return { w: unit, h: usual };
  const wide = hint(spec.width, (width - GAP * (columns - 1)) / columns);
  const high = hint(spec.height, ROW * USUAL_ROWS + GAP * (USUAL_ROWS - 1));
  return {
    w: unit * Math.max(1, Math.min(columns, Math.round(wide ?? 1))),
    h: high === undefined ? usual : Math.max(FEWEST_ROWS, Math.min(MOST_ROWS, Math.round(high * USUAL_ROWS))),
  };
}

/** The size of a panel that was placed by hand on a wider board. */
export function flowingSize(place: PanelPlace, columns: number): Size {
  const unit = COLUMNS / columns;
  return { w: unit * Math.max(1, Math.round(place.w / unit)), h: place.h };
}

/** Height of a grid row: as much as fills `available` pixels with that many rows, within reason. */
export function rowHeight(available: number, rows: number): number {
  if (rows === 0) return ROW;
  return Math.floor(Math.max(ROW, Math.min(ROW * TALLEST, available / rows - GAP)));
}

/** A size hint in panels. */
function hint(value: number | null | undefined, pixelsAPanel: number): number | undefined {
  if (typeof value !== "number" || !Number.isFinite(value) || value <= 0) return undefined;
  return value <= LARGEST_UNIT ? value : value / pixelsAPanel;
}
