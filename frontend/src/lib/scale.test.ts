import { describe, expect, it } from "vitest";
import { extent, niceStep, valueRange } from "./scale";

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

it("counts in ones, twos and fives", () => {
  expect([0.13, 1, 3, 7, 24, 0].map(niceStep).map((step) => Number(step.toPrecision(3)))).toEqual([
    0.2, 1, 5, 10, 25, 1,
  ]);
});
