/** Waits that double, with jitter, so that a crowd that lost the same server does not come back at once. */
export class Backoff {
  readonly #first: number;
  readonly #most: number;
  #next: number;

  constructor(first = 250, most = 10_000) {
    this.#first = first;
    this.#most = most;
    this.#next = first;
  }

  reset(): void {
    this.#next = this.#first;
  }

  /** Milliseconds until the next try. */
  next(): number {
    const wait = this.#next * (0.5 + Math.random() / 2);
    this.#next = Math.min(this.#next * 2, this.#most);
    return wait;
  }
}
