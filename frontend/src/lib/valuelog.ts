/**
 * The newest samples of a stream whose values are no plain numbers (texts, points, pictures, ...): bounded by weight, not by rows,
 * since one sample may hold a thousand points or lines.
 */

export interface ValueSample {
  readonly time: number;
  readonly offset: number;
  readonly value: unknown;
  readonly weight: number;
}

/** Stands where a sample was that had to go, so that its value goes at once. */
const GONE: ValueSample = { time: Number.NaN, offset: 0, value: undefined, weight: 0 };
/** Taking something from an array's front moves all of it (half a millisecond at 200,000 samples): done once so large a part can go. */
const SPARE_PART = 1 / 16;

export class ValueLog {
  #samples: ValueSample[] = [];
  /** Where the oldest one is: before it are those that are gone. */
  #first = 0;
  #weight = 0;
  #budget: number;
  #pinned: ValueSample | undefined;
  /** What the budget was before a pause made it larger. */
  #usual: number | undefined;
  /** Held samples that had to go since there were more than may be held. */
  fellOut = 0;
  readonly #weigh: (value: unknown) => number;

  /** `weigh` tells how many things (points, lines) a value holds; the newest `budget` of them stay, and always the newest sample. */
  constructor(budget: number, weigh: (value: unknown) => number = () => 1) {
    this.#budget = budget;
    this.#weigh = weigh;
  }

  get length(): number {
    return this.#samples.length - this.#first;
  }

  get weight(): number {
    return this.#weight;
  }

  append(offset: number, time: number, value: unknown): void {
    const weight = Math.max(1, this.#weigh(value));
    this.#samples.push({ time, offset, value, weight });
    this.#weight += weight;
    this.#trim();
  }

  /** The newest sample with an offset up to `until`. */
  newest(until = Number.POSITIVE_INFINITY): ValueSample | undefined {
    for (let i = this.#samples.length - 1; i >= this.#first; i--) {
      const sample = this.#samples[i] as ValueSample;
      if (sample.offset <= until) return sample;
    }
    return this.#pinned !== undefined && this.#pinned.offset <= until ? this.#pinned : undefined;
  }

  /** Offset of the newest sample at or before `time`; 0 if there is none. */
  offsetAt(time: number): number {
    for (let i = this.#samples.length - 1; i >= this.#first; i--) {
      const sample = this.#samples[i] as ValueSample;
      if (sample.time <= time) return sample.offset;
    }
    return this.#pinned !== undefined && this.#pinned.time <= time ? this.#pinned.offset : 0;
  }

  /** The weight of the samples up to an offset, counted backwards until it is `enough`. */
  weightUpTo(until: number, enough: number): number {
    let weight = 0;
    for (let i = this.#samples.length - 1; i >= this.#first && weight < enough; i--) {
      const sample = this.#samples[i] as ValueSample;
      if (sample.offset <= until) weight += sample.weight;
    }
    return weight;
  }

  get oldest(): ValueSample | undefined {
    return this.#samples[this.#first];
  }

  /** Keeps what is the newest sample now (a pause), whatever comes, and up to `factor` times as much as usual beside it. */
  hold(factor: number): void {
    this.#pinned = this.#samples[this.#samples.length - 1];
    this.#usual ??= this.#budget;
    // Where one sample is all that is kept, the next ones would not be small either.
    if (this.#usual > 1) this.#budget = this.#usual * factor;
    this.fellOut = 0;
  }

  release(): void {
    this.#pinned = undefined;
    this.fellOut = 0;
    if (this.#usual !== undefined) this.#budget = this.#usual;
    this.#usual = undefined;
    this.#trim();
  }

  /** Samples after offset `after` and up to `until`, oldest first. */
  between(after: number, until = Number.POSITIVE_INFINITY): ValueSample[] {
    let start = this.#samples.length;
    while (start > this.#first && (this.#samples[start - 1] as ValueSample).offset > after) start--;
    const found = this.#samples.slice(start);
    while (found.length > 0 && (found[found.length - 1] as ValueSample).offset > until) found.pop();
    return found;
  }

  resize(budget: number): void {
    // During a pause nothing shrinks.
    if (this.#usual === undefined) this.#budget = budget;
    else this.#usual = budget;
    this.#trim();
  }

  clear(): void {
    this.#samples = [];
    this.#first = 0;
    this.#weight = 0;
    this.#pinned = undefined;
  }

  #trim(): void {
    const before = this.#first;
    while (this.#first < this.#samples.length - 1) {
      const oldest = this.#samples[this.#first] as ValueSample;
      if (this.#weight - oldest.weight < this.#budget) break;
      this.#weight -= oldest.weight;
      this.#samples[this.#first++] = GONE;
    }
    if (this.#usual !== undefined && this.#usual > 1) this.fellOut += this.#first - before;
    if (this.#first <= this.#samples.length * SPARE_PART) return;
    this.#samples.splice(0, this.#first);
    this.#first = 0;
  }
}
