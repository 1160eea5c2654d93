import { describe, expect, it } from "vitest";
import { laidOut, panned, WHOLE, zoomed } from "./picture-view";

const frame = { width: 400, height: 300 };
const picture = { width: 800, height: 400 };

describe("a picture in its panel", () => {
  it("is whole and in the middle at first", () => {
    expect(laidOut(WHOLE, picture, frame)).toEqual({ zoom: 0.5, x: 0, y: 50 });
  });

  it("keeps what is under the pointer when it comes nearer", () => {
    const at = { x: 100, y: 150 };
    const before = laidOut(WHOLE, picture, frame);
    const after = zoomed(WHOLE, picture, frame, 2, at);
    expect((at.x - after.x) / 2).toBeCloseTo((at.x - before.x) / before.zoom);
    expect((at.y - after.y) / 2).toBeCloseTo((at.y - before.y) / before.zoom);
  });

  it("never leaves an edge inside of the panel", () => {
    const near = zoomed(WHOLE, picture, frame, 1);
    expect(panned(near, picture, frame, 10_000, 10_000)).toEqual({ zoom: 1, x: 0, y: 0 });
    expect(panned(near, picture, frame, -10_000, -10_000)).toEqual({ zoom: 1, x: -400, y: -100 });
    expect(panned(WHOLE, picture, frame, 50, 50), "a whole picture does not move").toEqual(WHOLE);
  });

  it("comes nearer by each step, however small it is", () => {
    const tiny = { width: 4, height: 2 };
    const whole = laidOut(WHOLE, tiny, frame).zoom;
    expect(zoomed(WHOLE, tiny, frame, whole * 1.4).zoom).toBeCloseTo(whole * 1.4);
  });

  it("has bounds to its zoom", () => {
    expect(zoomed(WHOLE, picture, frame, 1e9).zoom).toBe(32);
    expect(zoomed(WHOLE, picture, frame, 0).zoom).toBe(0.02);
  });
});
