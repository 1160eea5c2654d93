import { describe, expect, it } from "vitest";
import { rows } from "../testing/made";
import { inOrder, MAX_SERIES, nearest, SampleRing, within } from "./ring";

function filled(capacity: number, count: number): SampleRing {
  const ring = new SampleRing(capacity);
  rows(1, count).forEach((row, i) => {
    ring.append(i + 1, row);
  });
  return ring;
}

describe("SampleRing", () => {
  it("keeps the newest samples in order, however often it slid", () => {
    for (const count of [0, 1, 9, 10, 11, 19, 20, 21, 1_234]) {
      const view = filled(10, count).view(100);
      const expected = rows(Math.max(1, count - 9), count).map((row) => row[1]);
      expect([...(view.columns[0] ?? [])], `after ${count} samples`).toEqual(count === 0 ? [] : expected);
      expect([...view.offset]).toEqual(count === 0 ? [] : expected);
    }
  });

  it("shows views of its own memory, not copies", () => {
    const ring = filled(10, 10);
    expect(ring.view(4).time.buffer).toBe(ring.view(9).time.buffer);
  });

  it("shows as many as asked for, up to an offset", () => {
    const ring = filled(10, 15);
    expect([...ring.view(3).offset]).toEqual([13, 14, 15]);
    expect([...ring.view(3, 12).offset]).toEqual([10, 11, 12]);
    expect([...ring.view(5, 7).offset]).toEqual([6, 7]);
    expect(ring.view(3, 2).length).toBe(0);
  });

  it("turns null, text and missing values into gaps", () => {
    const ring = new SampleRing(4);
    ring.append(1, [0, 1, 2]);
    ring.append(2, [1, null, "3"]);
    ring.append(3, [2, 5]);
    const [a, b] = ring.view(4).columns;
    expect([...(a ?? [])]).toEqual([1, Number.NaN, 5]);
    expect([...(b ?? [])]).toEqual([2, Number.NaN, Number.NaN]);
  });

  it("gives a series that comes later gaps for its past", () => {
    const ring = filled(10, 3);
    ring.append(4, [4_000, 4, 40, 400]);
    const view = ring.view(10);
    expect(ring.series).toBe(3);
    expect([...(view.columns[2] ?? [])]).toEqual([Number.NaN, Number.NaN, Number.NaN, 400]);
  });

  it("bounds the number of series", () => {
    const ring = new SampleRing(2);
    ring.append(1, [0, ...Array<number>(MAX_SERIES + 50).fill(1)]);
    expect(ring.series).toBe(MAX_SERIES);
  });

  it("keeps the newest samples when it is resized", () => {
    const ring = filled(10, 25);
    ring.resize(4);
    expect([...ring.view(100).offset]).toEqual([22, 23, 24, 25]);
    ring.resize(100);
    ring.append(26, [26_000, 26, 1]);
    expect([...ring.view(100).offset]).toEqual([22, 23, 24, 25, 26]);
    expect([...(ring.view(2).columns[1] ?? [])]).toEqual([Number.NaN, 1]);
  });

  it("forgets its samples and its series when cleared", () => {
    const ring = filled(10, 25);
    ring.clear();
    expect([ring.length, ring.series, ring.view(5).length]).toEqual([0, 0, 0]);
    ring.append(26, [26_000, 7]);
    expect([...ring.view(5).offset]).toEqual([26]);
  });

  it("holds what it shows through a pause, grows, and lets go after it", () => {
    const ring = filled(10, 10);
    ring.hold(10, 160 * 3 * 16);
    for (let offset = 11; offset <= 100; offset++) ring.append(offset, [offset * 1_000, offset]);
    expect([...ring.view(10, 10).offset], "what was shown at the pause").toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    ring.release(10);
    expect(ring.capacity).toBe(10);
    expect([...ring.view(100).offset]).toEqual([91, 92, 93, 94, 95, 96, 97, 98, 99, 100]);
  });

  it("stays bounded however long a pause lasts", () => {
    const ring = filled(10, 10);
    ring.hold(10, 160 * 3 * 16);
    for (let offset = 11; offset <= 5_000; offset++) ring.append(offset, [offset, offset]);
    expect(ring.capacity).toBeLessThanOrEqual(160);
  });

  it("knows when times went back, only while such a sample is in view", () => {
    const ring = filled(10, 5);
    expect(ring.view(10).sorted).toBe(true);
    ring.append(6, [2_500, 6]);
    ring.append(7, [8_000, 7]);
    expect(ring.view(10).sorted).toBe(false);
    expect(ring.view(2).sorted, "the view begins with the late sample").toBe(true);
    const ordered = inOrder(ring.view(10));
    expect([...ordered.time]).toEqual([1_000, 2_000, 2_500, 3_000, 4_000, 5_000, 8_000]);
    expect([...(ordered.columns[0] ?? [])]).toEqual([1, 2, 6, 3, 4, 5, 7]);
  });
});

describe("samples around a time", () => {
  const ring = new SampleRing(10);
  for (const [i, time] of [10, 20, 20, 40].entries()) ring.append(i + 1, [time, time * 10]);
  const view = ring.view(10);

  it("are those from its begin to its end, both included", () => {
    expect([...within(view, 11, 40).time]).toEqual([20, 20, 40]);
    expect([...(within(view, 20, 20).columns[0] ?? [])]).toEqual([200, 200]);
    expect(within(view, 21, 39).length).toBe(0);
  });

  it("or the nearest one", () => {
    expect([0, 14, 16, 29, 31, 99].map((time) => nearest(view, time))).toEqual([0, 0, 1, 2, 3, 3]);
    expect(nearest(new SampleRing(1).view(1), 5)).toBeUndefined();
  });
});
