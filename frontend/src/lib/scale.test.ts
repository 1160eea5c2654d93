import { describe, expect, it } from "vitest";
import { logTicks, valueTicks } from "../chart/axes";
import { valueToPixel } from "../chart/projection";
import { ticksOf, within } from "../panels/space";
import { bounded, extent, niceStep, valueRange } from "./scale";

describe("extent", () => {
  it("leaves gaps out", () => {
    expect(
      extent([
        [Number.NaN, 3, 1],
        [7, Number.NaN],
      ]),
    ).toEqual([1, 7]);
    expect(extent([[Number.NaN], []])).toEqual([Number.NaN, Number.NaN]);
  });

  it("can keep to what a log axis shows", () => {
    expect(extent([[-5, 0, 0.1, 20]], true)).toEqual([0.1, 20]);
  });
});

describe("valueRange", () => {
  it("holds all values, on round numbers", () => {
    const [low, high] = valueRange([113.2, 187.9], {});
    expect(low).toBeLessThanOrEqual(113.2);
    expect(high).toBeGreaterThanOrEqual(187.9);
    expect([low % 10, high % 10]).toEqual([0, 0]);
  });

  it("does not move while values stay within it", () => {
    expect(valueRange([113, 187], {})).toEqual(valueRange([114, 184], {}));
  });

  it("keeps to fixed ends", () => {
    expect(valueRange([20, 300], { min: 0, max: 100 })).toEqual([0, 100]);
    expect(valueRange([20, 30], { max: 100 })[1]).toBe(100);
  });

  it("starts bars and areas at zero, also below it", () => {
    expect(valueRange([900, 1_000], { zero: true })[0]).toBe(0);
    expect(valueRange([-50, -40], { zero: true })[1]).toBe(0);
  });

  it("keeps a near zero in sight", () => {
    expect(valueRange([10, 100], {})[0]).toBe(0);
    expect(valueRange([1_000, 1_010], {})[0]).toBeGreaterThan(900);
  });

  it("makes room around a flat line and around nothing", () => {
    for (const flat of [0, 5, -5, 1e9, 1e-9]) {
      const [low, high] = valueRange([flat, flat], {});
      expect(low, `around ${flat}`).toBeLessThan(high);
      expect(low).toBeLessThanOrEqual(flat);
      expect(high).toBeGreaterThanOrEqual(flat);
    }
    expect(valueRange([Number.NaN, Number.NaN], {})).toEqual([0, 1]);
  });

  it("stands ends that contradict each other or the values", () => {
    for (const wish of [{ min: 10, max: 0 }, { min: 5, max: 5 }, { min: 500 }, { max: -500 }, { min: Number.NaN }]) {
      const [low, high] = valueRange([0, 100], wish);
      expect(high, JSON.stringify(wish)).toBeGreaterThan(low);
    }
  });

  it("takes whole powers of ten on a log scale", () => {
    expect(valueRange([3, 420], { log: true })).toEqual([1, 1_000]);
    expect(valueRange([3, 420], { log: true, min: 0 }), "a log scale has no zero").toEqual([1, 1_000]);
    const [low, high] = valueRange([Number.NaN, Number.NaN], { log: true });
    expect(high).toBeGreaterThan(low);
    expect(low).toBeGreaterThan(0);
  });
});

/** What a publisher may send, and what drawing has to get over: numbers whose difference overflows, or is nothing at all. */
const EXTREMES: readonly (readonly number[])[] = [
  [0],
  [5, 5],
  [1.7e308, -1.7e308],
  [1.7e308],
  [Number.MAX_VALUE, Number.POSITIVE_INFINITY],
  [Number.NEGATIVE_INFINITY, 3],
  [5e-324],
  [0, 5e-324],
  [5e-324, 1e-323],
  [-5e-324, 1.7e308],
  [1e17, 1e17 + 64],
  [1e16, 1e16 + 2],
  [-1e17, -1e17 - 64],
  [2 ** 53, 2 ** 53 + 2],
  [1e-9, 2e-9],
  [Number.NaN],
  [],
];
const WISHES = [
  {},
  { zero: true },
  { min: 1e16, max: 1e16 },
  { min: 7, max: 7 },
  { min: 10, max: -10 },
  { min: -1.7e308, max: 1.7e308 },
  { min: 0, max: 5e-324 },
  { min: 1.7e308 },
  { max: -1.7e308 },
  { min: 1e17, max: 1e17 + 64 },
];

describe("whatever numbers are sent, a scale", () => {
  const cases = EXTREMES.flatMap((values) =>
    WISHES.flatMap((wish) => [false, true].map((log) => ({ values, wish: { ...wish, log } }))),
  );

  it.each(cases)("of $values with $wish has two ends, room between them, and some marks", ({ values, wish }) => {
    const [low, high] = valueRange(extent([values], wish.log), wish);
    expect(Number.isFinite(high - low), `${low} to ${high}`).toBe(true);
    expect(high).toBeGreaterThan(low);
    if (wish.log) expect(low).toBeGreaterThan(0);
    const marks = (wish.log ? logTicks : valueTicks)(low, high, 300, 50);
    expect(marks.length).toBeGreaterThan(0);
    expect(marks.length).toBeLessThan(50);
    expect(new Set(marks).size, "marks that are the same").toBe(marks.length);
    if (!wish.log) expect(ticksOf([low, high]).length).toBeLessThan(20);
    const toY = valueToPixel(
      { left: 0, top: 0, width: 100, height: 100 },
      { from: 0, to: 1, low, high, log: wish.log },
    );
    for (const mark of marks) expect(toY(mark), `${mark} is in the box`).toBeGreaterThanOrEqual(-1);
    for (const mark of marks) expect(toY(mark)).toBeLessThanOrEqual(101);
    for (const value of values)
      expect(Number.isNaN(within(value, [low, high])), String(value)).toBe(Number.isNaN(value));
  });

  it("keeps ordinary numbers as they are, and brings the others into what can be counted with", () => {
    expect([0, -3.5, 1e-9, 1e99].map(bounded)).toEqual([0, -3.5, 1e-9, 1e99]);
    expect(bounded(5e-324)).toBe(0);
    expect(bounded(Number.NEGATIVE_INFINITY)).toBe(-1e300);
    expect(bounded(Number.NaN)).toBeNaN();
  });
});

it("counts in ones, twos and fives", () => {
  expect([0.13, 1, 3, 7, 24, 0].map(niceStep).map((step) => Number(step.toPrecision(3)))).toEqual([
    0.2, 1, 5, 10, 25, 1,
  ]);
});
