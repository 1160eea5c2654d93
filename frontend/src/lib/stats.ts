/** What the samples in a chart's window amount to: one pass over a typed array, gaps left out. Run at the legend's pace and not at the chart's. */

export interface WindowStats {
  min: number;
  mean: number;
  max: number;
  /** The newest value, NaN if it is a gap. */
  last: number;
  /** Values that are no gaps. */
  count: number;
}

/** Of `values` from `start` up to `end`. All NaN when there is nothing but gaps. */
export function windowStats(values: ArrayLike<number>, start = 0, end = values.length): WindowStats {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let count = 0;
  // A running mean: a sum of 200,000 large numbers would lose the digits that a legend shows.
  let mean = 0;
  for (let i = start; i < end; i++) {
    const value = values[i] as number;
    // False for NaN.
    if (!(value >= Number.NEGATIVE_INFINITY)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    count++;
    mean += (value - mean) / count;
  }
  const last = end > start ? (values[end - 1] as number) : Number.NaN;
  if (count === 0) return { min: Number.NaN, mean: Number.NaN, max: Number.NaN, last, count };
  return { min, mean, max, last, count };
}
