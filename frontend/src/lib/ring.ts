/**
 * The newest samples of one numeric stream in typed arrays, always contiguous, so that a chart draws from them without a copy.
 *
 * It slides instead of wrapping round: the buffers hold twice the capacity, samples go to the end, and when the end is reached the
 * newest `capacity` samples move to the front. That is one copied number a sample, and `view` is a `subarray`.
 */
import type { Row } from "../wire";

/** Values beyond this many in one sample are not kept: no panel can tell 1,024 series apart, and memory is bounded by it. */
export const MAX_SERIES = 1024;

/** A ring's arrays are twice its capacity, eight bytes a number. */
const BYTES_A_NUMBER = 16;

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
  /** While held, samples from this offset on stay, as far as `#heldBytes` allow. */
  #heldFrom = Number.POSITIVE_INFINITY;
  #heldBytes = 0;
  /** Samples younger than this, measured by the newest, stay as far as `#reachMost` allows. */
  #reach = 0;
  #reachMost = 0;
  /** Held samples that had to go since there were more than may be held. */
  fellOut = 0;

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
    if (this.#end - this.#start > this.#capacity && !this.#grow(time)) {
      if ((this.#offset[this.#start] as number) >= this.#heldFrom) this.fellOut++;
      this.#start++;
    }
  }

  /** Keeps the newest `count` samples of now, and all that come (a pause), in at most `bytes` of memory: then the oldest go, and are counted. */
  hold(count: number, bytes: number): void {
    this.#heldFrom = this.view(count).offset[0] ?? 0;
    this.#heldBytes = bytes;
    this.fellOut = 0;
  }

  release(capacity: number): void {
    this.#heldFrom = Number.POSITIVE_INFINITY;
    this.#heldBytes = this.fellOut = 0;
    // A reach has made the ring as large as it needs to be.
    if (this.#reach === 0 || capacity > this.#capacity) this.resize(capacity);
  }

  /** Keeps the last `reach` ms by growing up to `most` samples; 0 ends that. */
  follow(reach: number, most: number): void {
    this.#reach = reach;
    this.#reachMost = most;
  }

  /** Whether it may be larger than its stream asks for, and must not shrink now. */
  get growing(): boolean {
    return this.#reach > 0 || this.#heldBytes > 0;
  }

  /** Adds samples before the oldest: consecutive, the last of them just before it. Grows as far as the reach or the capacity allows. */
  prepend(firstOffset: number, rows: readonly Row[]): void {
    const now = this.view(this.#capacity);
    const room = Math.max(this.#capacity, this.#reachMost) - now.length;
    const fitting = rows.slice(Math.max(0, rows.length - room));
    const grown = new SampleRing(Math.max(this.#capacity, now.length + fitting.length));
    for (const [i, row] of fitting.entries()) grown.append(firstOffset + rows.length - fitting.length + i, row);
    for (let i = 0; i < now.length; i++) {
      const row: Row = [now.time[i] as number];
      for (const column of now.columns) row.push(column[i]);
      grown.append(now.offset[i] as number, row);
    }
    this.#capacity = grown.#capacity;
    this.#time = grown.#time;
    this.#offset = grown.#offset;
    this.#columns = grown.#columns;
    this.#start = grown.#start;
    this.#end = grown.#end;
    this.#lastStepBack = grown.#lastStepBack;
  }

  /** Offset and time of the oldest sample; undefined without any. */
  get oldest(): { offset: number; time: number } | undefined {
    if (this.#end === this.#start) return undefined;
    const at = this.#end - this.length;
    return { offset: this.#offset[at] as number, time: this.#time[at] as number };
  }

  /** The offset of the newest sample at or before `time`; 0 if there is none. */
  offsetAt(time: number): number {
    const first = this.#end - this.length;
    if (this.#end === first) return 0;
    // Where times go back only a look at each of them tells.
    let at = this.#end - 1;
    if (this.view(this.#capacity).sorted) at = this.#firstAfter(time) - 1;
    else while (at >= first && (this.#time[at] as number) > time) at--;
    return at < first ? 0 : (this.#offset[at] as number);
  }

  /** Samples at or after time `from` with an offset up to `until`, and the one before them, so that a line comes in from the edge. */
  since(from: number, until = Number.POSITIVE_INFINITY): SampleView {
    const all = this.view(this.#capacity, until);
    if (!all.sorted) return all;
    const start = Math.max(this.#end - this.length, this.#firstAfter(from) - 1);
    return this.view(this.#after(until) - start, until);
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

  /** Makes room where a hold or the reach asks for it. `time` is the newest sample's. */
  #grow(time: number): boolean {
    const wanted = this.#capacity * 2;
    const oldest = this.#start;
    const held =
      (this.#offset[oldest] as number) >= this.#heldFrom &&
      wanted * (this.#columns.length + 2) * BYTES_A_NUMBER <= this.#heldBytes;
    const reached = wanted <= this.#reachMost && (this.#time[oldest] as number) > time - this.#reach;
    if (held || reached) this.resize(wanted);
    return held || reached;
  }

  /** The position of the first sample later than `time`, where times never go back. */
  #firstAfter(time: number): number {
    let low = this.#start;
    let high = this.#end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#time[middle] as number) <= time) low = middle + 1;
      else high = middle;
    }
    return low;
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

/** The newest `most` of some samples. */
export function newestOf(view: SampleView, most: number): SampleView {
  if (view.length <= most) return view;
  const from = view.length - most;
  const { time, offset, columns, sorted } = view;
  return {
    length: most,
    time: time.subarray(from),
    offset: offset.subarray(from),
    columns: columns.map((column) => column.subarray(from)),
    sorted,
  };
}

/** The samples from time `from` to time `to`, of some that are sorted. */
export function within(view: SampleView, from: number, to: number): SampleView {
  const start = firstAt(view, from);
  const end = firstAt(view, to, true);
  const { time, offset, columns, sorted } = view;
  return {
    length: end - start,
    time: time.subarray(start, end),
    offset: offset.subarray(start, end),
    columns: columns.map((column) => column.subarray(start, end)),
    sorted,
  };
}

/** The position of the sample whose time is nearest, of some that are sorted; undefined without any. */
export function nearest(view: SampleView, time: number): number | undefined {
  if (view.length === 0) return undefined;
  const after = Math.min(firstAt(view, time), view.length - 1);
  const before = Math.max(0, after - 1);
  return time - (view.time[before] as number) < (view.time[after] as number) - time ? before : after;
}

/** The position of the first sample at `time` or later; `past`: later only. */
function firstAt({ time, length }: SampleView, from: number, past = false): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = time[middle] as number;
    if (at < from || (past && at === from)) low = middle + 1;
    else high = middle;
  }
  return low;
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
