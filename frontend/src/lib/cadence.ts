/**
 * A stream's habit: how fast its samples come, and whether it is late measured by itself.
 *
 * Kept over the last arrivals only, so that a stream which changes its pace is believed within a few samples.
 */

/** Enough to smooth a jittery sender, few enough to follow a new pace soon. */
const REMEMBERED = 24;
/** A stream is not called late earlier than this: a browser's own hiccup is about that long. */
const LEAST_PATIENCE_MS = 3_000;
/** Late means this many of its own longest usual waits. */
const PATIENCE = 4;

interface Arrival {
  at: number;
  samples: number;
  /** Whether the wait before it says something about the stream, and not about the way to it. */
  telling: boolean;
}

export class Cadence {
  #arrivals: Arrival[] = [];
  /** Interval learned from sample times of a snapshot, until arrivals tell better. */
  #seed = Number.NaN;
  /** Nothing could arrive before this moment, whatever was sent. */
  #excused = Number.NEGATIVE_INFINITY;

  /** `samples` arrived at `now` (ms of any steady clock). */
  arrived(samples: number, now: number): void {
    const before = this.#arrivals[this.#arrivals.length - 1];
    this.#arrivals.push({ at: now, samples, telling: before === undefined || before.at >= this.#excused });
    if (this.#arrivals.length > REMEMBERED) this.#arrivals.shift();
  }

  /** Until `now` nothing could arrive (the line was down, or nobody had asked): that wait is not the stream's. */
  excuse(now: number): void {
    this.#excused = now;
  }

  /** A snapshot's span: `samples` samples lay `span` ms apart in all. */
  seed(samples: number, span: number): void {
    if (samples > 1 && span > 0) this.#seed = span / (samples - 1);
  }

  forget(): void {
    this.#arrivals = [];
    this.#seed = Number.NaN;
  }

  /** Samples a second, or NaN when there is nothing to tell it from. Falls while nothing comes. */
  rate(now: number): number {
    const n = this.#arrivals.length;
    // A few arrivals say less than a whole snapshot.
    if (n < 3 || (n < 10 && !Number.isNaN(this.#seed))) return 1000 / this.#seed;
    const [first, last] = [this.#arrivals[0], this.#arrivals[n - 1]] as [Arrival, Arrival];
    const samples = this.#arrivals.reduce((sum, arrival) => sum + arrival.samples, 0) - first.samples;
    // The wait that is running counts once it is longer than usual: else a stream that stopped would keep its rate for ever.
    const usual = (last.at - first.at) / (n - 1);
    const running = now - Math.max(last.at, this.#excused);
    const waiting = running > usual * 2 ? running : 0;
    return (samples * 1000) / Math.max(1, last.at - first.at + waiting);
  }

  /** Whether the stream has been silent for longer than it ever is. Unknown habits are never late. */
  late(now: number): boolean {
    const n = this.#arrivals.length;
    const last = this.#arrivals[n - 1];
    if (last === undefined) return false;
    let longest = n < 4 ? this.#seed : 0;
    for (let i = 1; i < n && n >= 4; i++) {
      const [before, arrival] = [this.#arrivals[i - 1], this.#arrivals[i]] as [Arrival, Arrival];
      if (arrival.telling) longest = Math.max(longest, arrival.at - before.at);
    }
    if (Number.isNaN(longest)) return false;
    return now - Math.max(last.at, this.#excused) > Math.max(LEAST_PATIENCE_MS, longest * PATIENCE);
  }
}
