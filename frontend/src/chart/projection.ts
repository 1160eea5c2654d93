/** From times and values to places in a box: the same arithmetic where a chart is laid out and where it is painted. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Scale {
  /** The stretch of time, ms UTC. */
  readonly from: number;
  readonly to: number;
  /** The range of values. */
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
}

export function timeToPixel(box: Box, { from, to }: Scale): { scaleX: number; shiftX: number } {
  const scaleX = box.width / (to - from);
  return { scaleX, shiftX: box.left - from * scaleX };
}

export function valueToPixel(box: Box, { low, high, log }: Scale): (value: number) => number {
  const bottom = box.top + box.height;
  if (!log) {
    const scale = box.height / (high - low);
    return (value) => bottom - (value - low) * scale;
  }
  // What a log axis can't show (zero and below) leaves by the bottom edge.
  const floor = Math.log10(low);
  const scale = box.height / (Math.log10(high) - floor);
  return (value) => (value > 0 ? bottom - (Math.log10(value) - floor) * scale : bottom + box.height);
}
