/**
 * One animation frame loop for all panels: a panel draws when it has news, is on the screen, and the page is visible.
 *
 * A frame has a budget. Panels that do not fit wait for the next frame in their order, so that a heavy board slows down evenly
 * and stays usable instead of freezing; `deferred` counts it, and the board says so. A panel that another thread paints waits for it: only
 * what is on the screen counts as drawn.
 */

export interface Drawable {
  draw(): void;
  /** What it drew is painted by another thread, and not on the screen yet: it is drawn again when `painted` was told. */
  readonly painting?: boolean;
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
  /** In the order in which they asked, and when they could first have been drawn. */
  readonly #waiting = new Map<Drawable, number>();
  readonly #onScreen = new Set<Drawable>();
  /** Drawn and not yet painted, and since when they could have been. */
  readonly #painting = new Map<Drawable, number>();
  /** Has been painted before. */
  readonly #begun = new WeakSet<Drawable>();
  #handle: number | undefined;
  #awake = true;
  /** Frames that had to leave panels for the next one. */
  deferred = 0;
  /** Draws so far. */
  draws = 0;
  /** Since the last look at the pace: who was drawn how often, and how long they waited for it in all. */
  readonly #drawn = new Set<Drawable>();
  #drawnTimes = 0;
  #waits = 0;
  #waited = 0;
  #since = 0;

  constructor(clock: FrameClock, budget = BUDGET_MS) {
    this.#clock = clock;
    this.#budget = budget;
  }

  /** The panel has something new to show. */
  mark(item: Drawable): void {
    if (!this.#waiting.has(item)) this.#waiting.set(item, this.#clock.now());
    if (this.#onScreen.has(item)) this.#request();
  }

  setOnScreen(item: Drawable, onScreen: boolean): void {
    if (onScreen) {
      this.#onScreen.add(item);
      if (this.#waiting.has(item)) {
        this.#waiting.set(item, this.#clock.now());
        this.#request();
      }
    } else this.#onScreen.delete(item);
  }

  /** Panels that were drawn and are not on the screen yet. */
  get painting(): number {
    return this.#painting.size;
  }

  /** While asleep (hidden page) nothing draws; on waking each panel with news draws once. */
  setAwake(awake: boolean): void {
    this.#awake = awake;
    if (awake) {
      // Nobody waited for what happened in the dark.
      for (const item of this.#waiting.keys()) this.#waiting.set(item, this.#clock.now());
      for (const item of this.#painting.keys()) this.#painting.set(item, this.#clock.now());
      this.pace();
      this.#request();
    } else if (this.#handle !== undefined) {
      this.#clock.cancel(this.#handle);
      this.#handle = undefined;
    }
  }

  /** How often a panel with news is drawn a second, and how long it waits for that on average, since the last call. */
  pace(): { hz: number; waitMs: number } {
    const now = this.#clock.now();
    // Who waits for its painter waits, too: one that has stopped must not look like one that keeps up.
    for (const [item, since] of this.#painting) if (item.painting) this.#wait(now - since);
    const seconds = (now - this.#since) / 1_000;
    const hz = this.#drawn.size === 0 ? 0 : this.#drawnTimes / this.#drawn.size / Math.max(0.001, seconds);
    const waitMs = this.#waits === 0 ? 0 : this.#waited / this.#waits;
    this.#drawn.clear();
    this.#drawnTimes = this.#waits = this.#waited = 0;
    this.#since = now;
    return { hz, waitMs };
  }

  /** What the panel drew is on the screen. */
  painted(item: Drawable): void {
    const since = this.#painting.get(item);
    if (since === undefined) return;
    this.#painting.delete(item);
    // The first waits for the painter's own start, too: that is no pace.
    if (this.#begun.has(item)) this.#wait(this.#clock.now() - since);
    this.#begun.add(item);
    this.#count(item);
    if (this.#waiting.has(item) && this.#onScreen.has(item)) this.#request();
  }

  remove(item: Drawable): void {
    this.#waiting.delete(item);
    this.#painting.delete(item);
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
    for (const [item, since] of [...this.#waiting]) {
      if (!this.#onScreen.has(item) || item.painting) continue;
      if (left) break;
      this.#waiting.delete(item);
      const waited = this.#clock.now() - since;
      item.draw();
      if (item.painting) this.#painting.set(item, since);
      else {
        this.#wait(waited);
        this.#count(item);
      }
      left = this.#clock.now() >= deadline;
    }
    if ([...this.#waiting.keys()].some((item) => this.#onScreen.has(item) && !item.painting)) {
      if (left) this.deferred++;
      this.#request();
    }
  }

  #count(item: Drawable): void {
    this.draws++;
    this.#drawn.add(item);
    this.#drawnTimes++;
  }

  #wait(ms: number): void {
    this.#waits++;
    this.#waited += ms;
  }
}
