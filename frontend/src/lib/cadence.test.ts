import { describe, expect, it } from "vitest";
import { Cadence } from "./cadence";

/** `count` arrivals of one sample, `every` ms apart, from 0 on. */
function steady(count: number, every: number): Cadence {
  const cadence = new Cadence();
  for (let i = 0; i < count; i++) cadence.arrived(1, i * every);
  return cadence;
}

describe("Cadence", () => {
  it("learns the rate from arrivals", () => {
    expect(steady(24, 100).rate(2_300)).toBeCloseTo(10, 5);
  });

  it("counts samples and not packets", () => {
    const cadence = new Cadence();
    for (let i = 0; i < 20; i++) cadence.arrived(50, i * 50);
    expect(cadence.rate(950)).toBeCloseTo(1_000, 5);
  });

  it("takes a snapshot's pace until arrivals say more", () => {
    const cadence = new Cadence();
    expect(cadence.rate(0)).toBeNaN();
    cadence.seed(101, 50_000);
    cadence.arrived(101, 0);
    expect(cadence.rate(0)).toBeCloseTo(2, 5);
  });

  it("lets the rate fall while nothing comes", () => {
    const cadence = steady(24, 100);
    expect(cadence.rate(2_300 + 10_000)).toBeLessThan(2.5);
  });

  it("calls a stream late by its own habit", () => {
    const fast = steady(24, 50);
    const slow = steady(24, 60_000);
    expect(fast.late(23 * 50 + 2_000), "a hiccup").toBe(false);
    expect(fast.late(23 * 50 + 4_000)).toBe(true);
    expect(slow.late(23 * 60_000 + 120_000), "within its habit").toBe(false);
    expect(slow.late(23 * 60_000 + 300_000)).toBe(true);
  });

  it("never calls late what it does not know", () => {
    const cadence = new Cadence();
    expect(cadence.late(1e9)).toBe(false);
    cadence.arrived(1, 0);
    expect(cadence.late(1e9), "one sample is no habit").toBe(false);
  });

  it("forgets", () => {
    const cadence = steady(24, 100);
    cadence.forget();
    expect(cadence.rate(5_000)).toBeNaN();
    expect(cadence.late(1e9)).toBe(false);
  });
});

describe("waits that are not the stream's", () => {
  const steady = (): Cadence => {
    const cadence = new Cadence();
    for (let i = 0; i <= 10; i++) cadence.arrived(1, i * 1_000);
    return cadence;
  };

  it("do not make it late", () => {
    const cadence = steady();
    expect(cadence.late(60_000)).toBe(true);
    cadence.excuse(59_000);
    expect(cadence.late(60_000), "it has a second since the line is up").toBe(false);
    expect(cadence.late(64_000)).toBe(true);
  });

  it("do not teach it patience, and do not change its rate", () => {
    const cadence = steady();
    cadence.excuse(60_000);
    // What was missed comes at once.
    cadence.arrived(51, 61_000);
    for (let i = 1; i <= 5; i++) cadence.arrived(1, 61_000 + i * 1_000);
    expect(cadence.late(66_000 + 3_500)).toBe(false);
    expect(cadence.late(66_000 + 4_500), "four of its own seconds").toBe(true);
    expect(cadence.rate(66_500)).toBeCloseTo(1, 1);
  });
});
