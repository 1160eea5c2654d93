import { beforeEach, describe, expect, it } from "vitest";
import { type Drawable, Scheduler } from "./scheduler";

let now = 0;
let pending: (() => void) | undefined;
const clock = {
  request(callback: () => void): number {
    pending = callback;
    return 1;
  },
  cancel(): void {
    pending = undefined;
  },
  now: () => now,
};

/** Lets the browser draw a frame, if one was asked for. */
function frame(): boolean {
  const callback = pending;
  pending = undefined;
  callback?.();
  return callback !== undefined;
}

class Item implements Drawable {
  draws = 0;
  constructor(readonly cost = 0) {}
  draw(): void {
    this.draws++;
    now += this.cost;
  }
}

let scheduler: Scheduler;
beforeEach(() => {
  now = 0;
  pending = undefined;
  scheduler = new Scheduler(clock, 10);
});

describe("Scheduler", () => {
  it("tells how often a panel is drawn, and how long it waits for it", () => {
    const items = [new Item(8), new Item(8)];
    for (const item of items) scheduler.setOnScreen(item, true);
    scheduler.pace();
    for (let i = 0; i < 10; i++) {
      for (const item of items) scheduler.mark(item);
      now += 184;
      frame();
    }
    const { hz, waitMs } = scheduler.pace();
    expect(hz).toBeCloseTo(5, 5);
    expect(waitMs).toBeCloseTo(188, 5);
    expect(scheduler.pace(), "nothing since").toEqual({ hz: 0, waitMs: 0 });
  });

  it("counts no wait of a panel out of sight or of a hidden page", () => {
    const item = new Item();
    scheduler.mark(item);
    now += 5_000;
    scheduler.setOnScreen(item, true);
    scheduler.setAwake(false);
    now += 5_000;
    scheduler.setAwake(true);
    frame();
    expect(item.draws).toBe(1);
    expect(scheduler.pace().waitMs).toBe(0);
  });

  it("draws a panel once a frame, however much news it has", () => {
    const item = new Item();
    scheduler.setOnScreen(item, true);
    for (let i = 0; i < 5; i++) scheduler.mark(item);
    frame();
    expect(item.draws).toBe(1);
  });

  it("asks for no frame while there is nothing to draw", () => {
    const item = new Item();
    scheduler.setOnScreen(item, true);
    expect(frame()).toBe(false);
    scheduler.mark(item);
    expect(frame()).toBe(true);
    expect(frame()).toBe(false);
  });

  it("leaves panels out of sight alone until they are seen", () => {
    const item = new Item();
    scheduler.mark(item);
    expect(frame()).toBe(false);
    scheduler.setOnScreen(item, true);
    frame();
    expect(item.draws).toBe(1);
  });

  it("draws nothing while the page is hidden, and each panel once on return", () => {
    const item = new Item();
    scheduler.setOnScreen(item, true);
    scheduler.mark(item);
    scheduler.setAwake(false);
    for (let i = 0; i < 100; i++) scheduler.mark(item);
    expect(frame()).toBe(false);
    scheduler.setAwake(true);
    frame();
    expect(item.draws).toBe(1);
  });

  it("spreads what does not fit over frames, in turn, and counts it", () => {
    const items = [new Item(6), new Item(6), new Item(6), new Item(6)];
    for (const item of items) {
      scheduler.setOnScreen(item, true);
      scheduler.mark(item);
    }
    frame();
    expect(items.map((item) => item.draws)).toEqual([1, 1, 0, 0]);
    // News of the first must not push the others back.
    scheduler.mark(items[0] as Item);
    frame();
    expect(items.map((item) => item.draws)).toEqual([1, 1, 1, 1]);
    frame();
    expect(items.map((item) => item.draws)).toEqual([2, 1, 1, 1]);
    expect(scheduler.deferred).toBe(2);
  });

  it("forgets a removed panel", () => {
    const item = new Item();
    scheduler.setOnScreen(item, true);
    scheduler.mark(item);
    scheduler.remove(item);
    frame();
    expect(item.draws).toBe(0);
  });

  it("draws no panel again that is still being painted, and counts it when it is on the screen", () => {
    const item = Object.assign(new Item(), { painting: false });
    const draw = item.draw.bind(item);
    item.draw = () => {
      draw();
      item.painting = true;
    };
    scheduler.setOnScreen(item, true);
    scheduler.pace();
    scheduler.mark(item);
    frame();
    expect([item.draws, scheduler.draws]).toEqual([1, 0]);
    scheduler.mark(item);
    frame();
    expect(frame(), "no frame is asked for meanwhile").toBe(false);
    expect(item.draws).toBe(1);
    now += 300;
    expect(scheduler.pace().waitMs, "a painter that does not answer is seen").toBeGreaterThanOrEqual(300);
    item.painting = false;
    scheduler.painted(item);
    expect(scheduler.draws).toBe(1);
    expect(frame(), "news that came meanwhile is drawn now").toBe(true);
    expect(item.draws).toBe(2);
  });

  it("lets go of a panel that was taken away while it was painted", () => {
    const item = Object.assign(new Item(), { painting: true });
    scheduler.setOnScreen(item, true);
    item.painting = false;
    scheduler.mark(item);
    frame();
    scheduler.remove(item);
    scheduler.painted(item);
    expect(scheduler.draws).toBe(1);
  });
});
