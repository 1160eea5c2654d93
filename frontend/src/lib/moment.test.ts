import { describe, expect, it } from "vitest";
import { FOLLOWS, followKey, pan, REACHES, reachesFor, stepOf, zoom } from "./moment";

const window = { from: 1_000, to: 11_000 };

describe("a window of time", () => {
  it("is moved, but never past what is known", () => {
    expect(pan(window, -500, 20_000)).toEqual({ at: 10_500, span: 10_000 });
    expect(pan(window, 50_000, 20_000)).toEqual({ at: 20_000, span: 10_000 });
  });

  it("is zoomed around the pointer", () => {
    expect(zoom(window, 0.5, 6_000, 20_000)).toEqual({ at: 8_500, span: 5_000 });
    expect(zoom(window, 0.5, 1_000, 20_000), "around its begin").toEqual({ at: 6_000, span: 5_000 });
    expect(zoom(window, 2, 6_000, 12_000), "up to the newest").toEqual({ at: 12_000, span: 20_000 });
  });

  it("has a shortest and a longest span", () => {
    expect(zoom(window, 1e-9, 6_000, 20_000).span).toBeGreaterThan(1);
    expect(Number.isFinite(zoom(window, 1e12, 6_000, 20_000).span)).toBe(true);
  });
});

describe("the scrubber", () => {
  it("reaches as far as there is something", () => {
    expect(reachesFor(10_000)).toEqual([60_000]);
    expect(reachesFor(400_000)).toEqual([60_000, 300_000, 900_000]);
    expect(reachesFor(1e15)).toEqual(REACHES);
  });

  it("steps by round numbers, finer the less it reaches", () => {
    expect(REACHES.map(stepOf)).toEqual([500, 3_000, 5_000, 30_000, 60_000, 300_000, 300_000]);
    expect(stepOf(0)).toBeGreaterThan(0);
  });
});

it("what is followed has a text of its own", () => {
  expect(new Set(FOLLOWS.map(followKey)).size).toBe(FOLLOWS.length);
  expect(followKey({ samples: 0 })).toBe("");
});
