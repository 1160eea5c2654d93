/** Rectangles whose areas are given, as near to squares as they come (Bruls, Huizing, van Wijk: "Squarified Treemaps"). */

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A box for each of `weights`, in their order, inside of `within`. Weights need not be sorted, but large ones first look best. */
export function squarify(weights: readonly number[], within: Box): Box[] {
  const boxes: Box[] = [];
  let { x, y, width, height } = within;
  let left = weights.reduce((sum, weight) => sum + weight, 0);
  let start = 0;
  while (start < weights.length) {
    if (!(left > 0) || width <= 0 || height <= 0) {
      boxes.push({ x, y, width: 0, height: 0 });
      start++;
      continue;
    }
    const scale = (width * height) / left;
    const side = Math.min(width, height);
    // As many into this strip as make its boxes squarer.
    let end = start;
    let sum = 0;
    let best = Number.POSITIVE_INFINITY;
    let least = Number.POSITIVE_INFINITY;
    let most = 0;
    for (let i = start; i < weights.length; i++) {
      const area = (weights[i] as number) * scale;
      const [nextLeast, nextMost] = [Math.min(least, area), Math.max(most, area)];
      const total = sum + area;
      const worst = Math.max((side * side * nextMost) / (total * total), (total * total) / (side * side * nextLeast));
      if (i > start && worst > best) break;
      [least, most, sum, best, end] = [nextLeast, nextMost, total, worst, i + 1];
    }
    const upright = width >= height;
    const thickness = Math.min(sum / side, upright ? width : height);
    let along = 0;
    for (let i = start; i < end; i++) {
      const length = sum > 0 ? (((weights[i] as number) * scale) / sum) * side : 0;
      boxes.push(
        upright
          ? { x, y: y + along, width: thickness, height: length }
          : { x: x + along, y, width: length, height: thickness },
      );
      along += length;
      left -= weights[i] as number;
    }
    if (upright) {
      x += thickness;
      width -= thickness;
    } else {
      y += thickness;
      height -= thickness;
    }
    start = end;
  }
  return boxes;
}
