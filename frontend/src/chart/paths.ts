/**
 * The way of a line over a canvas: one pass over typed arrays, without allocation.
 *
 * Gaps (NaN) and lost samples (a step in the offset) end a run; where there are more samples than pixels, each pixel column gets
 * its first, smallest, largest and last value, so that no spike is ever lost.
 */

export interface PathSink {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
}

export interface LineInput {
  time: ArrayLike<number>;
  offset: ArrayLike<number>;
  values: ArrayLike<number>;
  length: number;
  /** Time to pixel: `time * scaleX + shiftX`. */
  scaleX: number;
  shiftX: number;
  /** Value to pixel. */
  toY: (value: number) => number;
  /** Pixels between the first and the last sample. */
  width: number;
}

/** Told where each run of samples without a gap begins and ends; `single` if it is one sample, a line of no length. */
export interface RunListener {
  runEnded(sink: PathSink, fromX: number, toX: number, lastY: number, single: boolean): void;
}

/** Below this many samples a pixel each of them is drawn as it is: a pixel column takes up to four points, so less would save nothing. */
const DECIMATE_FROM = 4;

export function traceLine(input: LineInput, sink: PathSink, listener?: RunListener): void {
  if (input.length >= input.width * DECIMATE_FROM) traceColumns(input, sink, listener);
  else traceAll(input, sink, listener);
}

function traceAll(input: LineInput, sink: PathSink, listener?: RunListener): void {
  const { time, offset, values, length, scaleX, shiftX, toY } = input;
  let open = false;
  let startX = 0;
  let lastX = 0;
  let lastY = 0;
  let count = 0;
  let lastOffset = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i] as number;
    const gap = Number.isNaN(value);
    if (open && (gap || (offset[i] as number) - lastOffset > 1)) {
      listener?.runEnded(sink, startX, lastX, lastY, count === 1);
      open = false;
    }
    lastOffset = offset[i] as number;
    if (gap) continue;
    lastX = (time[i] as number) * scaleX + shiftX;
    lastY = toY(value);
    if (open) sink.lineTo(lastX, lastY);
    else {
      sink.moveTo(lastX, lastY);
      startX = lastX;
      open = true;
      count = 0;
    }
    count++;
  }
  if (open) listener?.runEnded(sink, startX, lastX, lastY, count === 1);
}

function traceColumns(input: LineInput, sink: PathSink, listener?: RunListener): void {
  const { time, offset, values, length, scaleX, shiftX, toY } = input;
  let open = false;
  let startX = 0;
  let column = Number.NaN;
  let low = 0;
  let high = 0;
  let last = 0;
  let count = 0;
  let lastOffset = 0;

  const flush = (): void => {
    if (low !== high) {
      sink.lineTo(column, toY(low));
      sink.lineTo(column, toY(high));
      if (last !== high) sink.lineTo(column, toY(last));
    }
  };

  for (let i = 0; i < length; i++) {
    const value = values[i] as number;
    const gap = Number.isNaN(value);
    if (open && (gap || (offset[i] as number) - lastOffset > 1)) {
      flush();
      listener?.runEnded(sink, startX, column, toY(last), count === 1);
      open = false;
    }
    lastOffset = offset[i] as number;
    if (gap) continue;
    const x = Math.round((time[i] as number) * scaleX + shiftX);
    if (open && x === column) {
      if (value < low) low = value;
      else if (value > high) high = value;
      last = value;
      count++;
      continue;
    }
    if (open) {
      flush();
      sink.lineTo(x, toY(value));
      count++;
    } else {
      sink.moveTo(x, toY(value));
      startX = x;
      open = true;
      count = 1;
    }
    column = x;
    low = high = last = value;
  }
  if (open) {
    flush();
    listener?.runEnded(sink, startX, column, toY(last), count === 1);
  }
}

/** Stretches of time in which samples were lost: between neighbours whose offsets are more than one apart. */
export function lostStretches(view: {
  length: number;
  time: ArrayLike<number>;
  offset: ArrayLike<number>;
}): { from: number; to: number; lost: number }[] {
  const found: { from: number; to: number; lost: number }[] = [];
  for (let i = 1; i < view.length; i++) {
    const step = (view.offset[i] as number) - (view.offset[i - 1] as number);
    if (step > 1) found.push({ from: view.time[i - 1] as number, to: view.time[i] as number, lost: step - 1 });
  }
  return found;
}
