import { describe, expect, it } from "vitest";
import {
  clip,
  formatAge,
  formatEnds,
  formatParts,
  formatPlain,
  formatPower,
  formatRange,
  formatRate,
  formatSpan,
  formatTicks,
  formatTime,
  formatValue,
} from "./format";

const nbsp = "\u00a0";

describe("formatValue", () => {
  it.each([
    [0, "0"],
    [41.23456, "41.23"],
    [5, "5"],
    [1234.56, "1235"],
    [9.99999, "10.00"],
    [12345, "12,345"],
    [12345.67, "12,346"],
    [1234567, "1,234,567"],
    [0.0123456, "0.0123"],
    [-3.5, "−3.500"],
    [-0.00000001, "−1.00e−8"],
    [1e19, `10${nbsp}E`],
    [1e21, "1.00e+21"],
    [Number.NaN, "–"],
    [Number.POSITIVE_INFINITY, "–"],
  ])("shows %d as %s", (value, text) => {
    expect(formatValue(value)).toBe(text);
  });

  it("keeps to the decimals that were asked for", () => {
    expect(formatValue(41.26, { decimals: 1 })).toBe("41.3");
    expect(formatValue(41, { decimals: 2 })).toBe("41.00");
    expect(formatValue(-0.001, { decimals: 1 }), "no minus before nothing").toBe("0.0");
  });

  it("scales units that take prefixes, and no others", () => {
    expect(formatValue(5_870_000, { unit: "B/s" })).toBe(`5.870${nbsp}MB/s`);
    expect(formatValue(0.00042, { unit: "s" })).toBe(`420${nbsp}µs`);
    expect(formatValue(52_000, { unit: "%" })).toBe(`52,000${nbsp}%`);
    expect(formatValue(99, { unit: "%" })).toBe(`99${nbsp}%`);
    expect(formatParts(1234, { unit: "rpm" })).toEqual({ digits: "1234", unit: "rpm" });
  });
});

describe("formatTicks", () => {
  it("gives all labels the same decimals and prefix", () => {
    expect(formatTicks([0, 0.25, 0.5])).toEqual(["0", "0.25", "0.50"]);
    expect(formatTicks([0, 2_500_000, 5_000_000])).toEqual(["0", "2.5M", "5.0M"]);
    expect(formatTicks([0, 50, 100])).toEqual(["0", "50", "100"]);
    expect(formatTicks([0, 10_000, 20_000], { unit: "%" })).toEqual(["0", "10,000", "20,000"]);
  });

  it("tells tiny and huge values as powers of ten, with as many digits as tell them apart", () => {
    expect(formatTicks([0, 1e-9, 2e-9])).toEqual(["0", "1e−9", "2e−9"]);
    expect(formatTicks([-2.5e-9, 0, 2.5e-9])).toEqual(["−2.5e−9", "0", "2.5e−9"]);
    expect(formatTicks([1.0001e-9, 1.0002e-9])).toEqual(["1.0001e−9", "1.0002e−9"]);
    expect(formatTicks([0, 1e22])).toEqual(["0", "1e22"]);
    expect(formatTicks([0, 2e20])).toEqual(["0", "200E"]);
    expect([1e-9, 1e-6, 1e-3, 1, 1e3, 1e24].map(formatPower)).toEqual(["1e−9", "1e−6", "0.001", "1", "1000", "1e24"]);
  });

  it("leaves labels that are none empty", () => {
    expect(formatTicks([1, Number.NaN, 100])).toEqual(["1", "", "100"]);
  });
});

describe("times", () => {
  const noon = new Date(2026, 2, 4, 12, 5, 7, 89).getTime();
  it("are as fine as the step between them", () => {
    expect(formatTime(noon, 86_400_000)).toBe("2026-03-04");
    expect(formatTime(noon, 60_000)).toBe("12:05");
    expect(formatTime(noon, 5_000)).toBe("12:05:07");
    expect(formatTime(noon, 200)).toBe("12:05:07.0");
    expect(formatTime(noon, 10)).toBe("12:05:07.089");
  });

  it("of no sense are empty", () => {
    expect(formatTime(Number.NaN)).toBe("");
    expect(formatTime(1e300)).toBe("");
  });

  it("ago are short", () => {
    expect([300, 12_000, 200_000, 7_200_000, 4e8].map(formatAge)).toEqual([
      "now",
      "12 s ago",
      "3 min ago",
      "2 h ago",
      "5 d ago",
    ]);
    expect([400, 30_000, 600_000].map(formatSpan)).toEqual(["400 ms", "30 s", "10 min"]);
  });
});

it("rates read in the unit that suits them", () => {
  expect([1_234.4, 20, 2.04, 0.5, 0.01, 0, Number.NaN].map(formatRate)).toEqual([
    "1234/s",
    "20/s",
    "2/s",
    "30/min",
    "36/h",
    "",
    "",
  ]);
});

it("a range names its unit where it is not that of the number beside it", () => {
  expect(formatRange(1, 3, { unit: "°C", decimals: 0 }, "°C")).toBe("1 … 3");
  expect(formatRange(500, 52_000, { unit: "B" }, "B")).toBe(`500${nbsp}B … 52${nbsp}kB`);
  // What a house takes from the grid and gives to it: beside "350 W", "−11 … 11" would be a thousand times too little.
  expect(formatRange(-10_500, 11_200, { unit: "W", decimals: 1 }, "W")).toBe(`−10.5${nbsp}kW … 11.2${nbsp}kW`);
  expect(formatRange(-10_500, 11_200, { unit: "W", decimals: 1 }, "kW")).toBe("−10.5 … 11.2");
});

it("the ends of a scale are told exactly, though one step of their distance would not need it", () => {
  expect(formatEnds(36.5, 41.5)).toEqual(["36.5", "41.5"]);
  expect(formatEnds(0, 100)).toEqual(["0", "100"]);
  expect(formatEnds(12_500, 37_500)).toEqual(["12.5k", "37.5k"]);
});

it("decimals that were asked for of a number leave enough of it when it gets a prefix", () => {
  expect(formatValue(15_400_000, { decimals: 0 })).toBe(`15.4${nbsp}M`);
  expect(formatValue(12_400, { unit: "B/s", decimals: 0 })).toBe(`12.4${nbsp}kB/s`);
  expect(formatValue(123_456, { unit: "W", decimals: 0 })).toBe(`123${nbsp}kW`);
  expect(formatValue(12_400, { unit: "B/s", decimals: 3 })).toBe(`12.400${nbsp}kB/s`);
});

it("a number among its like has no prefix, and does not vanish", () => {
  expect(formatPlain(1_738_324_800, 0)).toBe("1,738,324,800");
  expect(formatPlain(0.00042, 5)).toBe("0.00042");
  expect(formatPlain(1e-7, 2)).toBe("1.00e−7");
  expect(formatPlain(0, 2)).toBe("0.00");
  expect(formatPlain(Number.NaN)).toBe("–");
});

it("clips what no panel can show", () => {
  expect(clip("x".repeat(10_000_000), 50)).toHaveLength(50);
  expect(clip("short")).toBe("short");
});
