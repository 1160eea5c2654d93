/** The points that rows of a `scatter` or `bubble` stream hold. */

/** Radii are pixels, as in Chart.js; a publisher's slip must not paint the whole panel. */
const LARGEST_RADIUS = 120;

export interface Point {
  x: number;
  y: number;
  _custom?: number;
  r?: number;
}

/** The newest `most` points of rows that hold one or many each. What is no point is left out. */
export function newestPoints(rows: readonly unknown[], most: number): Point[] {
  const found: Point[] = [];
  for (let i = rows.length - 1; i >= 0 && found.length < most; i--) {
    const row = rows[i];
    if (!Array.isArray(row)) continue;
    const points: unknown[] = typeof row[0] === "number" ? [row] : row;
    for (let k = points.length - 1; k >= 0 && found.length < most; k--) {
      const point = points[k];
      if (!Array.isArray(point)) continue;
      const [x, y, r] = point as unknown[];
      if (typeof x !== "number" || typeof y !== "number") continue;
      const radius = typeof r === "number" ? Math.min(LARGEST_RADIUS, Math.max(0.5, Math.abs(r))) : 4;
      // Chart.js keeps a bubble's radius in `_custom` when it does not parse.
      found.push({ x, y, _custom: radius, r: radius });
    }
  }
  return found.reverse();
}
