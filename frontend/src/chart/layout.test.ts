import { describe, expect, it } from "vitest";
import { type LayoutWish, layOut } from "./layout";

const NOON = new Date(2026, 0, 1, 12).getTime();
const MINUTE = 60_000;

function wish(change: Partial<LayoutWish> = {}): LayoutWish {
  const scale = { from: NOON, to: NOON + MINUTE, low: 0, high: 100, log: false };
  return { width: 400, height: 236, scale, title: "", style: {}, ...change };
}

describe("a chart's layout", () => {
  it("spans its box from the first to the last time and from the lowest to the highest value", () => {
    const { box, toX, toY, timeAt } = layOut(wish());
    expect(box).toMatchObject({ top: 10, height: 200 });
    expect([toX(NOON), toX(NOON + MINUTE)].map(Math.round)).toEqual([box.left, box.left + box.width]);
    expect([toY(0), toY(100)]).toEqual([210, 10]);
    expect(timeAt(toX(NOON + 12_345))).toBeCloseTo(NOON + 12_345, 1);
  });

  it("gives each line of the grid its label, and times below", () => {
    const { labels, ys } = layOut(wish());
    const values = labels.filter(({ align }) => align === "right");
    expect(values.map(({ text }) => text)).toEqual(["0", "20", "40", "60", "80", "100"]);
    expect(values.map(({ y }) => y)).toEqual(ys);
    expect(labels.filter(({ align }) => align === "center").map(({ text }) => text)).toEqual([
      "12:00:00",
      "12:00:15",
      "12:00:30",
      "12:00:45",
    ]);
  });

  it("leaves room for long labels and for a title", () => {
    const short = layOut(wish()).box.left;
    const long = layOut(wish({ scale: { from: NOON, to: NOON + MINUTE, low: 0, high: 0.0004, log: false } })).box.left;
    expect(long).toBeGreaterThan(short + 10);
    expect(layOut(wish({ title: "Requests" })).box.left).toBe(short + 16);
  });

  it("leaves out a time that the chart's edge would cut off", () => {
    const { labels } = layOut(wish({ scale: { from: NOON + 1, to: NOON + 45_001, low: 0, high: 1, log: false } }));
    for (const { text, x } of labels.filter(({ align }) => align === "center"))
      expect(x + text.length * 3.3).toBeLessThanOrEqual(400);
    expect(labels.map(({ text }) => text)).not.toContain("12:00:45");
  });

  it("labels a log axis with what each power needs, and lets what it can't show leave by the bottom", () => {
    const { labels, toY, box } = layOut(wish({ scale: { from: 0, to: 1, low: 0.01, high: 10_000, log: true } }));
    const texts = labels.filter(({ align }) => align === "right").map(({ text }) => text);
    expect(texts).toEqual(["0.01", "0.1", "1", "10", "100", "1000", "10k"]);
    expect(toY(1)).toBeCloseTo(box.top + (box.height * 4) / 6, 6);
    expect(toY(0)).toBeGreaterThan(box.top + box.height);
  });

  it("holds in a panel with no room at all", () => {
    const { box } = layOut(wish({ width: 20, height: 20 }));
    expect(box.width).toBeGreaterThan(0);
    expect(box.height).toBeGreaterThan(0);
  });
});
