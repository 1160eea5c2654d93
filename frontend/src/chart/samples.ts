/** The samples of a frame in one array that goes to the painter and comes back: times, offsets, then the values of each series. */
import type { SampleView } from "../lib/ring";

export interface Samples {
  readonly count: number;
  readonly array: Float64Array<ArrayBuffer>;
}

/** Copies what is shown, into `spare` if that is large enough. Copying is quick; the way of a line through its pixels is the painter's work. */
export function copySamples(view: SampleView, columns: readonly Float64Array[], spare?: ArrayBuffer): Samples {
  const count = view.length;
  const needed = count * (2 + columns.length);
  const fits = spare !== undefined && spare.byteLength >= needed * Float64Array.BYTES_PER_ELEMENT;
  // Some room for what comes: a chart that fills up would need another array with each sample.
  const array = fits ? new Float64Array(spare) : new Float64Array(Math.ceil(needed * 1.25));
  for (const [i, part] of [view.time, view.offset, ...columns].entries()) array.set(part, i * count);
  return { count, array };
}

/** One of its parts: 0 the times, 1 the offsets, then the series. */
export function partOf({ count, array }: Samples, part: number): Float64Array {
  return array.subarray(part * count, (part + 1) * count);
}
