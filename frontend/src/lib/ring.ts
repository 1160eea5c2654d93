/**
 * The newest samples of one numeric stream in typed arrays, always contiguous, so that a chart draws from them without a copy.
 *
 * It slides instead of wrapping round: the buffers hold twice the capacity, samples go to the end, and when the end is reached the
 * newest `capacity` samples move to the front. That is one copied number a sample, and `view` is a `subarray`.
 */
import type { Row } from "../wire";

/** Values beyond this many in one sample are not kept: no panel can tell 1,024 series apart, and memory is bounded by it. */
export const MAX_SERIES = 1024;

/** A pause may grow a ring this much: at a usual 20 samples a second that is a quarter of an hour, in a few megabytes. */
const HELD_FACTOR = 16;

/** Samples in a row, oldest first. The arrays are views: valid until the ring is written to. */
export interface SampleView {
  readonly length: number;
  readonly time: Float64Array;
  /** A step of more than 1 between neighbours is a place where samples were lost. */
  readonly offset: Float64Array;
  readonly columns: readonly Float64Array[];
  /** Whether the times never go back. */
  readonly sorted: boolean;
}

export class SampleRing {
  #capacity: number;
  #start = 0;
  #end = 0;
  #time: Float64Array;
  #offset: Float64Array;
  #columns: Float64Array[] = [];
  /** The offset of the newest sample whose time is before its predecessor's. */
  #lastStepBack = 0;
  /** While held, samples from this offset on stay, as far as `#heldMost` allows. */
  #heldFrom = Number.POSITIVE_INFINITY;
  #heldMost = 0;

  constructor(capacity: number) {
    this.#capacity = Math.max(1, Math.floor(capacity));
    this.#time = new Float64Array(this.#capacity * 2);
    this.#offset = new Float64Array(this.#capacity * 2);
  }

  get capacity(): number {
    return this.#capacity;
  }

  get length(): number {
    return Math.min(this.#end - this.#start, this.#capacity);
  }

  get series(): number {
    return this.#columns.length;
  }

  /** Adds one sample. A row that is shorter than others has gaps at its end; a longer one adds series. */
  append(offset: number, row: Row): void {
    if (this.#end === this.#time.length) this.#slide();
    const at = this.#end;
    const time = Number(row[0]);
    if (at > this.#start && time < (this.#time[at - 1] as number)) this.#lastStepBack = offset;
    this.#time[at] = time;
    this.#offset[at] = offset;
    const values = Math.min(row.length - 1, MAX_SERIES);
    while (this.#columns.length < values) this.#columns.push(new Float64Array(this.#time.length).fill(Number.NaN));
    for (let k = 0; k < this.#columns.length; k++) {
      const value = k < values ? row[k + 1] : null;
      (this.#columns[k] as Float64Array)[at] = typeof value === "number" ? value : Number.NaN;
    }
    this.#end++;
    if (this.#end - this.#start > this.#capacity) {
      const wanted = this.#capacity * 2;
      if (wanted <= this.#heldMost && (this.#offset[this.#start] as number) >= this.#heldFrom) this.resize(wanted);
      else this.#start++;
    }
  }

  /** Keeps the newest `count` samples of now while more come in (a pause), growing up to `HELD_FACTOR` times. */
  hold(count: number): void {
    const held = this.view(count);
    this.#heldFrom = held.offset[0] ?? 0;
    this.#heldMost = this.#capacity * HELD_FACTOR;
  }

  release(capacity: number): void {
    this.#heldFrom = Number.POSITIVE_INFINITY;
    this.#heldMost = 0;
    this.resize(capacity);
  }

  /** The newest `count` samples with an offset up to `until`. */
  view(count: number, until = Number.POSITIVE_INFINITY): SampleView {
    const end = until === Number.POSITIVE_INFINITY ? this.#end : this.#after(until);
    const start = Math.max(this.#start, end - Math.max(0, Math.floor(count)));
    return {
      length: end - start,
      time: this.#time.subarray(start, end),
      offset: this.#offset.subarray(start, end),
      columns: this.#columns.map((column) => column.subarray(start, end)),
      sorted: end === start || this.#lastStepBack <= (this.#offset[start] as number),
    };
  }

  clear(): void {
    this.#start = this.#end = 0;
    this.#columns = [];
    this.#lastStepBack = 0;
  }

  /** Changes how much is kept, and keeps the newest of what there is. */
  resize(capacity: number): void {
    const wanted = Math.max(1, Math.floor(capacity));
    if (wanted === this.#capacity) return;
    const kept = this.view(wanted);
    const moved = (from: Float64Array, fill: number): Float64Array => {
      const to = new Float64Array(wanted * 2).fill(fill, from.length);
      to.set(from);
      return to;
    };
    this.#time = moved(kept.time, 0);
    this.#offset = moved(kept.offset, 0);
    this.#columns = kept.columns.map((column) => moved(column, Number.NaN));
    this.#start = 0;
    this.#end = kept.length;
    this.#capacity = wanted;
  }

  #slide(): void {
    const start = this.#start;
    const end = this.#end;
    this.#time.copyWithin(0, start, end);
    this.#offset.copyWithin(0, start, end);
    for (const column of this.#columns) column.copyWithin(0, start, end);
    this.#start = 0;
    this.#end = end - start;
  }

  /** The position after the newest sample whose offset is at most `until` (offsets rise). */
  #after(until: number): number {
    let low = this.#start;
    let high = this.#end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#offset[middle] as number) <= until) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The same samples in the order of their times, for a chart that can only draw forwards. Copies; rarely needed. */
export function inOrder(view: SampleView): SampleView {
  if (view.sorted) return view;
  const order = Array.from({ length: view.length }, (_, i) => i);
  order.sort((a, b) => (view.time[a] as number) - (view.time[b] as number) || a - b);
  const pick = (from: Float64Array): Float64Array => Float64Array.from(order, (i) => from[i] as number);
  // Neighbours by time are no neighbours by offset, so lost samples can't be told from reordered ones: none are marked.
  return {
    length: view.length,
    time: pick(view.time),
    offset: Float64Array.from(order, (_, i) => i + 1),
    columns: view.columns.map(pick),
    sorted: true,
  };
}
