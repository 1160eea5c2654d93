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

export class Cadence {
  #at: number[] = [];
  #counts: number[] = [];
  /** Interval learned from sample times of a snapshot, until arrivals tell better. */
  #seed = Number.NaN;

  /** `samples` arrived at `now` (ms of any steady clock). */
  arrived(samples: number, now: number): void {
    this.#at.push(now);
    this.#counts.push(samples);
    if (this.#at.length > REMEMBERED) {
      this.#at.shift();
      this.#counts.shift();
    }
  }

  /** A snapshot's span: `samples` samples lay `span` ms apart in all. */
  seed(samples: number, span: number): void {
    if (samples > 1 && span > 0) this.#seed = span / (samples - 1);
  }

  forget(): void {
    this.#at = [];
    this.#counts = [];
    this.#seed = Number.NaN;
  }

  /** Samples a second, or NaN when there is nothing to tell it from. Falls while nothing comes. */
  rate(now: number): number {
    const n = this.#at.length;
    // A few arrivals say less than a whole snapshot.
    if (n < 3 || (n < 10 && !Number.isNaN(this.#seed))) return 1000 / this.#seed;
    const first = this.#at[0] as number;
    const last = this.#at[n - 1] as number;
    let samples = 0;
    for (let i = 1; i < n; i++) samples += this.#counts[i] as number;
    // The wait that is running counts once it is longer than usual: else a stream that stopped would keep its rate for ever.
    const usual = (last - first) / (n - 1);
    const waiting = now - last > usual * 2 ? now - last : 0;
    return (samples * 1000) / Math.max(1, last - first + waiting);
  }

  /** Whether the stream has been silent for longer than it ever is. Unknown habits are never late. */
  late(now: number): boolean {
    const n = this.#at.length;
    const last = this.#at[n - 1];
    if (last === undefined) return false;
    let longest = n < 4 ? this.#seed : 0;
    if (n >= 4)
      for (let i = 1; i < n; i++) longest = Math.max(longest, (this.#at[i] as number) - (this.#at[i - 1] as number));
    if (Number.isNaN(longest)) return false;
    return now - last > Math.max(LEAST_PATIENCE_MS, longest * PATIENCE);
  }
}
