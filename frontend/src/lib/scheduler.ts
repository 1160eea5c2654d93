/**
 * One animation frame loop for all panels: a panel draws when it has news, is on the screen, and the page is visible.
 *
 * A frame has a budget. Panels that do not fit wait for the next frame in their order, so that a heavy board slows down evenly
 * and stays usable instead of freezing; `deferred` counts it, and the board says so.
 */

export interface Drawable {
  draw(): void;
}

export interface FrameClock {
  request(callback: () => void): number;
  cancel(handle: number): void;
  now(): number;
}

/**
 * A frame costs layout, paint and compositing however little is drawn in it, so splitting a tick's panels over two frames is dearer than
 * one long one: 20 charts of 4 × 1,000 samples take about 10 ms. Input waits this long at the most.
 */
const BUDGET_MS = 20;

export class Scheduler {
  readonly #clock: FrameClock;
  readonly #budget: number;
  /** In the order in which they asked. */
  readonly #waiting = new Set<Drawable>();
  readonly #onScreen = new Set<Drawable>();
  #handle: number | undefined;
  #awake = true;
  /** Frames that had to leave panels for the next one. */
  deferred = 0;
  /** Draws so far. */
  draws = 0;

  constructor(clock: FrameClock, budget = BUDGET_MS) {
    this.#clock = clock;
    this.#budget = budget;
  }

  /** The panel has something new to show. */
  mark(item: Drawable): void {
    this.#waiting.add(item);
    if (this.#onScreen.has(item)) this.#request();
  }

  setOnScreen(item: Drawable, onScreen: boolean): void {
    if (onScreen) {
      this.#onScreen.add(item);
      if (this.#waiting.has(item)) this.#request();
    } else this.#onScreen.delete(item);
  }

  /** While asleep (hidden page) nothing draws; on waking each panel with news draws once. */
  setAwake(awake: boolean): void {
    this.#awake = awake;
    if (awake) this.#request();
    else if (this.#handle !== undefined) {
      this.#clock.cancel(this.#handle);
      this.#handle = undefined;
    }
  }

  remove(item: Drawable): void {
    this.#waiting.delete(item);
    this.#onScreen.delete(item);
  }

  #request(): void {
    if (!this.#awake || this.#handle !== undefined) return;
    this.#handle = this.#clock.request(() => this.#frame());
  }

  #frame(): void {
    this.#handle = undefined;
    const deadline = this.#clock.now() + this.#budget;
    let left = false;
    for (const item of [...this.#waiting]) {
      if (!this.#onScreen.has(item)) continue;
      if (left) break;
      this.#waiting.delete(item);
      this.draws++;
      item.draw();
      left = this.#clock.now() >= deadline;
    }
    if ([...this.#waiting].some((item) => this.#onScreen.has(item))) {
      if (left) this.deferred++;
      this.#request();
    }
  }
}
