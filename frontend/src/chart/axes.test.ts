import { describe, expect, it } from "vitest";
import { logTicks, timeTicks, valueTicks } from "./axes";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const utc = (): number => 0;

describe("marks of a value axis", () => {
  it("are round, inside of the range, and no nearer than asked", () => {
    expect(valueTicks(0, 100, 300, 50)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(valueTicks(-0.35, 0.35, 200, 50)).toEqual([-0.2, 0, 0.2]);
    expect(valueTicks(1e9, 1.1e9, 200, 40)).toEqual([1e9, 1.02e9, 1.04e9, 1.06e9, 1.08e9, 1.1e9]);
  });

  it("are none where the range is no range", () => {
    expect(valueTicks(Number.NaN, Number.NaN, 200, 30)).toEqual([]);
    expect(valueTicks(0, Number.POSITIVE_INFINITY, 200, 30)).toEqual([]);
  });
});

describe("marks of a log axis", () => {
  it("are powers of ten, and only every so many where they would crowd", () => {
    expect(logTicks(0.01, 1_000, 300, 30)).toEqual([0.01, 0.1, 1, 10, 100, 1_000]);
    expect(logTicks(1e-6, 1e6, 180, 30)).toEqual([1e-6, 1e-4, 1e-2, 1, 1e2, 1e4, 1e6]);
  });

  it("are more where a range has no two powers, and round steps where it is narrower still", () => {
    expect(logTicks(2, 60, 300, 30)).toEqual([2, 5, 10, 20, 50]);
    expect(logTicks(11, 14, 120, 30)).toEqual([11, 12, 13, 14]);
  });

  it("are none below zero, where there is no logarithm", () => {
    expect(logTicks(-1, 10, 300, 30)).toEqual([]);
  });
});

describe("marks of a time axis", () => {
  it("are on round seconds, minutes and hours", () => {
    const { times, step } = timeTicks(61_500, 121_500, 400, 76, utc);
    expect(step).toBe(15_000);
    expect(times).toEqual([75_000, 90_000, 105_000, 120_000]);
    expect(timeTicks(0, 5 * HOUR, 400, 76, utc).step).toBe(HOUR);
  });

  it("count hours and days by the clock on the wall", () => {
    // Half an hour ahead of full hours, as in India.
    const ahead = (): number => 5.5 * HOUR;
    expect(timeTicks(0, 3 * HOUR, 300, 76, ahead).times).toEqual([0.5 * HOUR, 1.5 * HOUR, 2.5 * HOUR]);
  });

  it("stay on midnight when the clocks are put forward in between", () => {
    // An hour ahead of UTC for three days, then two.
    const spring = (time: number): number => (time < 3 * DAY ? HOUR : 2 * HOUR);
    const { times, step } = timeTicks(0, 6 * DAY, 600, 76, spring);
    expect(step).toBe(DAY);
    expect(times.map((time) => (time + spring(time)) % DAY)).toEqual(times.map(() => 0));
    expect(times).toHaveLength(6);
  });

  it("are few even for years, and none without a stretch", () => {
    expect(timeTicks(0, 20_000 * DAY, 500, 76, utc).times.length).toBeLessThan(8);
    expect(timeTicks(5, 5, 500, 76, utc).times).toEqual([]);
  });
});
