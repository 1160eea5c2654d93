/** What `scatter3d`, `line3d` and `surface` samples hold, bounded to what a canvas draws in a frame. */

export type Point3 = readonly [number, number, number];

/** More points than this are no cloud but a wall. */
export const MOST_POINTS = 20_000;
/** Rows and columns of a surface that is drawn; a larger one is thinned. */
export const MOST_LINES = 64;

/** The newest `most` points of rows that hold one or many each, oldest first. */
export function newestPoints3(rows: readonly unknown[], most: number): Point3[] {
  const limit = Math.min(most, MOST_POINTS);
  const found: Point3[] = [];
  for (let i = rows.length - 1; i >= 0 && found.length < limit; i--) {
    const row = rows[i];
    if (!Array.isArray(row)) continue;
    const points: unknown[] = typeof row[0] === "number" ? [row] : row;
    for (let k = points.length - 1; k >= 0 && found.length < limit; k--) {
      const point = points[k];
      if (Array.isArray(point) && point.length >= 3 && point.slice(0, 3).every(Number.isFinite)) {
        found.push([point[0], point[1], point[2]]);
      }
    }
  }
  return found.reverse();
}

export interface Surface {
  /** Rows and columns of the matrix as sent. */
  rows: number;
  cols: number;
  /** Those that are drawn: indices into the matrix. */
  rowsAt: number[];
  colsAt: number[];
  /** Heights of those, row by row; NaN where there is none. */
  heights: Float64Array;
}

export function readSurface(value: unknown): Surface | undefined {
  if (!Array.isArray(value)) return undefined;
  const matrix = value.filter(Array.isArray) as unknown[][];
  const rows = matrix.length;
  const cols = Math.max(0, ...matrix.slice(0, MOST_LINES).map((row) => row.length));
  if (rows < 2 || cols < 2) return undefined;
  const rowsAt = spread(rows);
  const colsAt = spread(cols);
  const heights = new Float64Array(rowsAt.length * colsAt.length).fill(Number.NaN);
  let at = 0;
  for (const row of rowsAt) {
    for (const col of colsAt) {
      const height = matrix[row]?.[col];
      if (typeof height === "number") heights[at] = height;
      at++;
    }
  }
  return { rows, cols, rowsAt, colsAt, heights };
}

/** At most `MOST_LINES` of `count` indices, evenly, with both ends. */
function spread(count: number): number[] {
  const kept = Math.min(count, MOST_LINES);
  return Array.from({ length: kept }, (_, i) => Math.round((i * (count - 1)) / (kept - 1)));
}
