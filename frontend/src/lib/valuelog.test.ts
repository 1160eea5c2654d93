import { describe, expect, it, vi } from "vitest";
import { ValueLog } from "./valuelog";

function offsets(log: ValueLog): number[] {
  return log.between(0).map(({ offset }) => offset);
}

describe("a log of values", () => {
  it("keeps the newest, however many came, and finds no other", () => {
    const log = new ValueLog(100);
    for (let n = 1; n <= 1_234; n++) {
      log.append(n, n * 10, `value ${n}`);
      const first = Math.max(1, n - 99);
      expect(log.length).toBe(n - first + 1);
      expect(log.oldest?.offset).toBe(first);
      expect(log.newest(first)?.value).toBe(`value ${first}`);
      expect(log.newest(first - 1)).toBeUndefined();
      expect(log.offsetAt(first * 10 - 1)).toBe(0);
      expect(log.weightUpTo(n, Number.POSITIVE_INFINITY)).toBe(log.weight);
    }
    expect(offsets(log)).toEqual(Array.from({ length: 100 }, (_, i) => 1_135 + i));
    log.clear();
    log.append(1, 10, "anew");
    expect(offsets(log)).toEqual([1]);
  });

  it("is bounded by what its values hold, and keeps the newest whatever it weighs", () => {
    const log = new ValueLog(10, (value) => value as number);
    for (const [i, weight] of [3, 4, 5, 1].entries()) log.append(i + 1, 0, weight);
    expect(offsets(log)).toEqual([2, 3, 4]);
    log.append(5, 0, 1_000);
    expect(offsets(log)).toEqual([5]);
    expect(log.weight).toBe(1_000);
  });

  it("counts what falls out of a pause", () => {
    const log = new ValueLog(10);
    for (let n = 1; n <= 10; n++) log.append(n, n, n);
    log.hold(4);
    for (let n = 11; n <= 50; n++) log.append(n, n, n);
    expect(log.length).toBe(40);
    expect(log.fellOut).toBe(10);
    log.release();
    expect(log.length).toBe(10);
  });

  it("moves its memory seldom, however often something goes", () => {
    const log = new ValueLog(10_000);
    for (let n = 1; n <= 10_000; n++) log.append(n, n, n);
    const splice = vi.spyOn(Array.prototype, "splice");
    for (let n = 10_001; n <= 20_000; n++) log.append(n, n, n);
    const moves = splice.mock.calls.length;
    splice.mockRestore();
    expect(moves).toBeLessThan(20);
    expect(log.length).toBe(10_000);
  });
});
