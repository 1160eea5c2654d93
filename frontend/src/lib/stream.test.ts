import { describe, expect, it } from "vitest";
import { delta, spec } from "../testing/made";
import { Stream } from "./stream";

const offsets = (stream: Stream): number[] => [...stream.ring.view(10_000).offset];

describe("Stream", () => {
  it("takes a snapshot, then what follows, and counts both", () => {
    const stream = new Stream(spec());
    stream.receive(delta(3, 6, { reset: true }), 6_000, 0);
    stream.receive(delta(5, 9), 9_000, 50);
    expect(offsets(stream)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect([stream.samples, stream.lost, stream.first, stream.offset]).toEqual([7, 0, 3, 9]);
  });

  it("keeps a hole where samples were lost", () => {
    const stream = new Stream(spec());
    stream.receive(delta(1, 3, { reset: true }), 0, 0);
    const received = stream.receive(delta(8, 9, { lost: 4 }), 0, 10);
    expect(received).toEqual({ samples: 2, lost: 4, restarted: false });
    expect(offsets(stream)).toEqual([1, 2, 3, 8, 9]);
    expect(stream.lost).toBe(4);
  });

  it("starts anew with a new epoch", () => {
    const stream = new Stream(spec());
    stream.receive(delta(1, 50), 0, 0);
    expect(stream.receive(delta(1, 2, { epoch: "e2", reset: true }), 0, 10).restarted).toBe(true);
    expect(offsets(stream)).toEqual([1, 2]);
    expect(stream.epoch).toBe("e2");
  });

  it("tells the age by the relay's clock, not by the browser's", () => {
    const stream = new Stream(spec());
    expect(stream.age(0)).toBeNaN();
    stream.receive(delta(1, 10), 12_500, 1_000);
    expect(stream.age(1_000)).toBe(2_500);
    expect(stream.age(4_000)).toBe(5_500);
  });

  it("learns no pace from a snapshot that comes in parts", () => {
    const stream = new Stream(spec());
    // A sample a second until second 200, in three packets of one tick each; then what follows as it is sent.
    stream.receive(delta(1, 80, { reset: true }), 200_000, 0);
    stream.receive(delta(81, 160), 200_050, 50);
    stream.receive(delta(161, 200), 200_100, 100);
    for (let i = 1; i <= 12; i++) stream.receive(delta(200 + i, 200 + i), 200_000 + i * 1_000, i * 1_000);
    expect(stream.samples).toBe(212);
    expect(stream.cadence.rate(12_000)).toBeCloseTo(1, 1);
  });

  it("counts a publisher whose clock is behind", () => {
    const stream = new Stream(spec());
    stream.receive(delta(1, 1, { reset: true }), 9_000_000, 0);
    for (let i = 1; i <= 40; i++) stream.receive(delta(1 + i, 1 + i), 9_000_000 + i * 500, i * 500);
    expect(stream.cadence.rate(20_000)).toBeCloseTo(2, 1);
  });

  it("goes on after it was cleared", () => {
    const stream = new Stream(spec());
    stream.receive(delta(1, 5), 0, 0);
    stream.clear();
    expect(offsets(stream)).toEqual([]);
    stream.receive(delta(4, 7), 0, 10);
    expect(offsets(stream)).toEqual([6, 7]);
  });

  it("has to be watched anew only when the form of its samples changes", () => {
    const stream = new Stream(spec());
    stream.receive(delta(1, 5), 0, 0);
    expect(stream.respec(spec({ type: "bar" }))).toBe(false);
    expect(stream.respec(spec({ name: "New" }))).toBe(false);
    expect(offsets(stream)).toHaveLength(5);
    expect(stream.respec(spec({ type: "text" }))).toBe(true);
    expect([stream.epoch, stream.offset, stream.shape]).toEqual(["", 0, "values"]);
  });

  it("keeps as many samples as the panel shows, and some to spare", () => {
    const stream = new Stream(spec({ active_points: 5_000 }));
    stream.receive(delta(1, 20_000), 0, 0);
    expect(stream.ring.view(5_000).length).toBe(5_000);
    expect(stream.ring.length).toBeLessThan(20_000);
  });

  it("bounds values by what they hold, not by rows", () => {
    const stream = new Stream(spec({ type: "scatter", active_points: 10 }));
    const points = Array.from({ length: 8 }, (_, i) => [i, i]);
    for (let offset = 1; offset <= 50; offset++) {
      stream.receive({ ...delta(1, 1), offset, rows: [[offset, points]] }, 0, offset);
    }
    expect(stream.values.length).toBeLessThanOrEqual(4);
    expect(stream.values.newest()?.offset).toBe(50);
  });

  it("takes the newest picture, and steps in between are no loss", () => {
    const stream = new Stream(spec({ type: "image" }));
    const picture = { id: "cpu", epoch: "e1", time: 0, value: "data:" };
    stream.receivePicture({ ...picture, offset: 4 }, 0, 0);
    stream.receivePicture({ ...picture, offset: 9 }, 0, 1);
    expect(stream.receivePicture({ ...picture, offset: 9 }, 0, 2).samples).toBe(0);
    expect([stream.samples, stream.lost, stream.offset, stream.unshown]).toEqual([2, 0, 9, 9]);
  });

  it("can show what it showed when it was paused", () => {
    const stream = new Stream(spec({ type: "custom" }));
    stream.receive({ ...delta(1, 1), rows: [[0, { a: 1 }]] }, 0, 0);
    stream.hold(1 << 20);
    stream.receive({ ...delta(2, 2), rows: [[0, { a: 2 }]] }, 0, 0);
    expect(stream.values.newest(1)?.value).toEqual({ a: 1 });
    stream.release();
    expect(stream.values.newest()?.value).toEqual({ a: 2 });
  });
});
