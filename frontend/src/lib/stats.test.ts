import { describe, expect, it } from "vitest";
import { windowStats } from "./stats";

describe("statistics of a window", () => {
  it("are those of its values, gaps left out", () => {
    const values = Float64Array.of(4, Number.NaN, 2, 9, 1);
    expect(windowStats(values)).toEqual({ min: 1, mean: 4, max: 9, last: 1, count: 4 });
    expect(windowStats(values, 2, 4)).toEqual({ min: 2, mean: 5.5, max: 9, last: 9, count: 2 });
  });

  it("say that the newest value is a gap", () => {
    expect(windowStats(Float64Array.of(1, Number.NaN)).last).toBeNaN();
  });

  it("are nothing where there is nothing", () => {
    for (const values of [new Float64Array(), Float64Array.of(Number.NaN)]) {
      const { min, mean, max, count } = windowStats(values);
      expect([min, mean, max]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
      expect(count).toBe(0);
    }
  });

  it("keep their digits far from zero", () => {
    const values = Float64Array.from({ length: 200_000 }, (_, i) => 1e15 + (i % 2));
    expect(windowStats(values).mean).toBeCloseTo(1e15 + 0.5, 0);
  });
});
