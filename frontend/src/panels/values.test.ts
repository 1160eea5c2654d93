/** What panels make of values in the forms that publishers send. */
import { describe, expect, it } from "vitest";
import { coloured, customConfig } from "./custom-config";
import { logLines } from "./log-lines";
import { newestPoints } from "./point-rows";

describe("points", () => {
  it("come one or many a row, and the newest stay", () => {
    const rows = [
      [[1, 1]],
      [
        [2, 2],
        [3, 3],
      ],
      [4, 4, 9],
    ];
    expect(newestPoints(rows, 3).map((point) => [point.x, point.y, point.r])).toEqual([
      [2, 2, 4],
      [3, 3, 4],
      [4, 4, 9],
    ]);
  });

  it("that are none are left out, and radii are bounded", () => {
    expect(newestPoints([null, "x", [["a", 1]], [[1]], [[1, 2, 1e9]]], 10)).toMatchObject([{ x: 1, y: 2, r: 120 }]);
  });
});

describe("log lines", () => {
  it("come as text, as objects, or as lists of them", () => {
    expect(logLines([{ level: "WARN", text: "a" }, { text: "b" }, "c"])).toEqual([
      { level: "warning", text: "a" },
      { level: "", text: "b" },
      { level: "", text: "c" },
    ]);
    expect(logLines(42)).toEqual([{ level: "", text: "42" }]);
    expect(logLines(null)).toEqual([]);
  });

  it("have no level that is not one", () => {
    expect(logLines({ level: "constructor", text: "x" })).toEqual([{ level: "", text: "x" }]);
  });
});

describe("customConfig", () => {
  const base = {
    type: "bar",
    data: { labels: ["a"], datasets: [{ label: "one", data: [1] }] },
    options: { indexAxis: "y" },
  };

  it("takes the whole configuration from the sample", () => {
    expect(customConfig(undefined, base)).toEqual(base);
    expect(customConfig({ type: "pie", data: {} }, base)?.type).toBe("bar");
  });

  it("puts a sample's data into the spec's configuration", () => {
    expect(customConfig(base, [4, 5])?.data.datasets).toEqual([{ label: "one", data: [4, 5] }]);
    expect(
      customConfig(base, [
        [1, 2, 3],
        [4, 5, 6],
      ])?.data.datasets,
    ).toEqual([{ label: "one", data: [1, 2, 3] }, { data: [4, 5, 6] }]);
    expect(
      customConfig(base, [
        [1, 2],
        [3, 4],
      ])?.data.datasets,
      "points",
    ).toEqual([
      {
        label: "one",
        data: [
          [1, 2],
          [3, 4],
        ],
      },
    ]);
    expect(customConfig(base, { labels: ["x"], datasets: [{ data: [9] }] })?.data).toEqual({
      labels: ["x"],
      datasets: [{ label: "one", data: [9] }],
    });
  });

  it("is none without a type, and survives odd parts", () => {
    expect(customConfig(undefined, undefined)).toBeUndefined();
    expect(customConfig({ data: {} }, [1])).toBeUndefined();
    expect(customConfig({ type: "bar", data: 7, options: "x" }, undefined)).toEqual({
      type: "bar",
      data: { datasets: [] },
      options: {},
    });
  });

  it("reaches no prototype", () => {
    const evil = JSON.parse(
      '{"type": "bar", "data": {"datasets": [{"__proto__": {"polluted": 1}}]}, "options": {"constructor": {"prototype": {"polluted": 1}}}}',
    );
    const config = customConfig(undefined, evil);
    expect(JSON.stringify(config)).not.toContain("polluted");
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe("colours of a custom chart", () => {
  const of = (type: string, set: Record<string, unknown>, options: Record<string, unknown> = {}) =>
    coloured({ type, data: { datasets: [set] }, options }, "dark").data.datasets[0];

  it("are the board's where a data set names none", () => {
    expect(of("bar", { data: [1, 2] })?.backgroundColor).toMatch(/^#/);
    expect(of("line", { data: [1, 2] })?.borderColor).toMatch(/^#/);
    expect(new Set(of("pie", { data: [1, 2, 3] })?.backgroundColor as string[]).size).toBe(3);
  });

  it("stay the publisher's", () => {
    expect(of("bar", { data: [1], backgroundColor: "red" })).toEqual({ data: [1], backgroundColor: "red" });
    expect(of("bar", { data: [1] }, { elements: { bar: { backgroundColor: "red" } } })).toEqual({ data: [1] });
  });
});
